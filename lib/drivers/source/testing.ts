/** For tests: a home, an app's folder, and repositories behind real servers. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Home, homePaths } from "#lib/config/home.ts";
import { SOURCE_APP } from "./contract.ts";

const run = promisify(execFile);

export const MANIFEST = `name: ${SOURCE_APP}\nversion: 1.0.0\nprocesses: { web: node server.js }\n`;

export interface SourceBench {
  home: Home;
  dir: string;
  /** What lies where sources are fetched, beside uploads themselves. */
  left(): Promise<string[]>;
  remove(): Promise<void>;
}

export async function sourceBench(): Promise<SourceBench> {
  const dir = await mkdtemp(join(tmpdir(), "signalbox-source-"));
  const home: Home = {
    dir: join(dir, "home"),
    root: join(dir, "home"),
    maintenance: join(dir, "maintenance"),
  };
  await mkdir(home.dir);
  return {
    home,
    dir,
    left: async () => {
      const names = await readdir(join(homePaths(home).uploads, SOURCE_APP)).catch(() => []);
      return names.filter((name) => name.startsWith("."));
    },
    remove: () => rm(dir, { recursive: true, force: true }),
  };
}

export async function writeApp(folder: string, files: Record<string, string> = {}): Promise<string> {
  await mkdir(folder, { recursive: true });
  const all = { "signalbox.yaml": MANIFEST, "server.js": "console.log(1)\n", ...files };
  for (const [name, text] of Object.entries(all)) {
    await mkdir(join(folder, name, ".."), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  return folder;
}

export interface TestRepository {
  folder: string;
  git(...args: string[]): Promise<string>;
  /** Everything as it is now; answers the commit's id. */
  commit(message: string): Promise<string>;
}

export async function makeRepository(folder: string): Promise<TestRepository> {
  await writeApp(folder);
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_AUTHOR_NAME: "Anna",
    GIT_AUTHOR_EMAIL: "anna@example.com",
    GIT_COMMITTER_NAME: "Anna",
    GIT_COMMITTER_EMAIL: "anna@example.com",
  } as unknown as NodeJS.ProcessEnv;
  const git = async (...args: string[]) => (await run("git", args, { cwd: folder, env })).stdout.trim();
  await git("init", "--quiet", "--initial-branch=main");
  return {
    folder,
    git,
    async commit(message) {
      await git("add", "--all");
      await git("commit", "--quiet", "--message", message);
      return git("rev-parse", "HEAD");
    },
  };
}

export interface GitServer {
  url(repository: string): string;
  requests: { url: string; authorization: string | undefined }[];
  close(): Promise<void>;
}

/** The folders below `root` over http, by git's own program; with `token` only for who has it as a password. */
export async function serveGit(
  root: string,
  options: { token?: string; moved?: string; stall?: boolean } = {},
): Promise<GitServer> {
  const requests: GitServer["requests"] = [];
  const server = createServer((incoming, outgoing) => {
    const { url = "", headers } = incoming;
    requests.push({ url, authorization: headers.authorization });
    if (options.stall) return;
    if (options.moved) return void outgoing.writeHead(301, { location: `${options.moved}${url}` }).end();
    const given = Buffer.from(headers.authorization?.replace(/^Basic /, "") ?? "", "base64").toString();
    if (options.token && given.slice(given.indexOf(":") + 1) !== options.token) {
      return void outgoing.writeHead(401, { "www-authenticate": 'Basic realm="git"' }).end();
    }
    backend(root, incoming, outgoing);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    requests,
    url: (repository) => `http://127.0.0.1:${port}/${repository}/.git`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

function backend(root: string, incoming: IncomingMessage, outgoing: ServerResponse): void {
  const url = new URL(incoming.url ?? "/", "http://git");
  const child = spawn("git", ["http-backend"], {
    env: {
      PATH: process.env.PATH,
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: "1",
      PATH_INFO: url.pathname,
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: incoming.method,
      CONTENT_TYPE: incoming.headers["content-type"] ?? "",
      HTTP_CONTENT_ENCODING: incoming.headers["content-encoding"] ?? "",
      GIT_PROTOCOL: String(incoming.headers["git-protocol"] ?? ""),
    } as unknown as NodeJS.ProcessEnv,
  });
  incoming.pipe(child.stdin);
  child.stdin.on("error", () => {});
  const pieces: Buffer[] = [];
  child.stdout.on("data", (piece) => pieces.push(piece));
  child.stdout.on("end", () => {
    const all = Buffer.concat(pieces);
    const end = all.indexOf("\r\n\r\n");
    const lines = all.toString("latin1", 0, end).split("\r\n");
    const status = Number(
      /^Status: (\d+)/.exec(lines.find((line) => line.startsWith("Status:")) ?? "")?.[1] ?? 200,
    );
    for (const line of lines.filter((each) => !each.startsWith("Status:"))) {
      const at = line.indexOf(":");
      outgoing.setHeader(line.slice(0, at), line.slice(at + 1).trim());
    }
    outgoing.writeHead(status).end(all.subarray(end + 4));
  });
}

/** A folder with an `ssh` that writes down how it was called and runs the other side here. */
export async function standInSsh(folder: string): Promise<{ path: string; log: string }> {
  await mkdir(folder, { recursive: true });
  const log = join(folder, "calls");
  const script = `#!/bin/sh
echo "$@" >> '${log}'
while [ $# -gt 0 ]; do
  if [ "$1" = -i ]; then stat -c '%a' "$2" >> '${log}'; cat "$2" >> '${log}'; fi
  last="$1"; shift
done
exec sh -c "$last"
`;
  await writeFile(join(folder, "ssh"), script);
  await chmod(join(folder, "ssh"), 0o755);
  return { path: folder, log };
}
