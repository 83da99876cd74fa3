/** For tests: a database server and processes that belong to somebody else. */
import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { accessSync } from "node:fs";
import { request } from "node:http";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { startTestCluster, type TestCluster } from "#lib/store/testing.ts";

const DEBIAN_15 = "/usr/lib/postgresql/15/bin";

export interface SomebodysApp {
  cluster: TestCluster;
  /** The role `notes` owns everything in the database `notes`, as most do. */
  url: string;
  adminUrl: string;
  /** Starts a copy of the app; returns where it answers. */
  start(env: Record<string, string>): Promise<string>;
  /** Statements as the administrator. */
  sql(text: string, database?: string): Promise<Record<string, unknown>[]>;
  /** What the database's own people granted, to be compared. */
  rights(): Promise<unknown>;
  stop(): Promise<void>;
}

export async function somebodysApp(): Promise<SomebodysApp> {
  const cluster = await startTestCluster({ binDir: exists(DEBIAN_15) ? DEBIAN_15 : undefined });
  const children: ChildProcess[] = [];
  const sql = async (text: string, database?: string) => {
    const client = new pg.Client({ connectionString: cluster.server.url(database) });
    await client.connect();
    try {
      const answer = await client.query(text);
      return (Array.isArray(answer) ? answer.at(-1) : answer).rows;
    } finally {
      await client.end();
    }
  };
  await sql("CREATE ROLE notes LOGIN PASSWORD 'secret'");
  await sql("CREATE DATABASE notes OWNER notes");
  const url = new URL(cluster.server.url("notes"));
  url.username = "notes";
  url.password = "secret";
  return {
    cluster,
    url: url.href,
    adminUrl: cluster.adminUrl,
    async start(env) {
      const child = spawn(process.execPath, [fileURLToPath(new URL("./notes-app.ts", import.meta.url))], {
        env: { PATH: process.env.PATH, ...env } as unknown as NodeJS.ProcessEnv,
        stdio: ["ignore", "pipe", "inherit"],
      });
      children.push(child);
      const [port] = await once(createInterface(child.stdout!), "line");
      return `http://127.0.0.1:${port}`;
    },
    sql,
    rights: () =>
      sql(
        `SELECT json_agg(x ORDER BY x::text) AS rights FROM (
           SELECT c.relname, pg_get_userbyid(c.relowner) AS owner, a.grantee::regrole::text, a.privilege_type
             FROM pg_class c CROSS JOIN LATERAL aclexplode(coalesce(c.relacl, acldefault(
               CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", c.relowner))) a
            WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'S')
           UNION ALL SELECT nspname, '', '', '' FROM pg_namespace WHERE nspname !~ '^pg_'
           UNION ALL SELECT rolname, rolcanlogin::text, rolsuper::text, '' FROM pg_roles WHERE rolname LIKE 'notes%') x`,
        "notes",
      ),
    async stop() {
      for (const child of children) child.kill("SIGKILL");
      await cluster.stop();
    },
  };
}

function exists(path: string): boolean {
  try {
    accessSync(`${path}/initdb`);
    return true;
  } catch {
    return false;
  }
}

/** Somebody's visitors: writes without a pause until stopped. Counts what was answered, and how. */
export function writers(how: { port: number; host?: string; count: number }) {
  const acknowledged: string[] = [];
  const failed: string[] = [];
  let going = true;
  let serial = 0;
  const group = randomUUID().slice(0, 8);
  const target = { port: how.port, host: how.host };
  const loop = async (writer: number) => {
    while (going) {
      serial += 1;
      const ref = `${group}-${writer}-${serial}`;
      const { status, body } = await post(target, `/notes/${ref}`);
      if (status === 201) acknowledged.push(ref);
      else failed.push(`${status} ${body}`.slice(0, 200));
      await new Promise((resolve) => setTimeout(resolve, 4));
    }
  };
  const loops = Array.from({ length: how.count }, (_, writer) => loop(writer));
  return {
    acknowledged,
    failed,
    /** From now on by another way: what a proxy in front does when it is led elsewhere. */
    lead(port: number, host: string) {
      Object.assign(target, { port, host });
    },
    async stop() {
      going = false;
      await Promise.all(loops);
    },
  };
}

function post({ port, host }: { port: number; host?: string }, path: string) {
  return new Promise<{ status: number; body: string }>((resolve) => {
    const outgoing = request(
      { host: "127.0.0.1", port, path, method: "POST", agent: false, headers: host ? { host } : {} },
      (answer) => {
        let body = "";
        answer.setEncoding("utf8").on("data", (piece) => {
          body += piece;
        });
        answer.on("end", () => resolve({ status: answer.statusCode ?? 0, body }));
      },
    );
    outgoing.on("error", (error) => resolve({ status: 0, body: error.message }));
    outgoing.end();
  });
}
