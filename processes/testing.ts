/** For tests: the gateway's processes over a home of their own, two apps behind them, and visitors. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { Agent } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Home } from "#lib/config/home.ts";
import { livingGateways } from "#lib/gateway/control-file.ts";
import { askGateway, sayName, shopRoutes, startApp, type TestApp, until } from "#lib/gateway/testing.ts";
import { freePort } from "#lib/store/postgres-server.ts";

export const ENTRY = join(import.meta.dirname, "gateway.ts");

export class ProcessSite {
  readonly dir = mkdtempSync(join(tmpdir(), "signalbox-gateway-process-"));
  readonly home: Home = { dir: this.dir, root: this.dir, maintenance: join(this.dir, "maintenance") };
  readonly port: number;
  blue: TestApp;
  green: TestApp;
  readonly #children: ChildProcess[] = [];

  private constructor(port: number, blue: TestApp, green: TestApp) {
    this.port = port;
    this.blue = blue;
    this.green = green;
    mkdirSync(this.home.maintenance);
  }

  static async make(): Promise<ProcessSite> {
    return new ProcessSite(
      await freePort(),
      await startApp(sayName("blue")),
      await startApp(sayName("green")),
    );
  }

  get routes() {
    return shopRoutes(this.blue.port, this.green.port);
  }

  /** What the keeper says of itself once all of its workers serve. */
  get keeper(): { pid: number; metrics: { port: number } } | null {
    try {
      return JSON.parse(readFileSync(join(this.dir, "run", "gateway-main.json"), "utf8"));
    } catch {
      return null;
    }
  }

  get workers(): number[] {
    return livingGateways(this.home).map(({ pid }) => pid);
  }

  environment(databaseUrl?: string) {
    return {
      PATH: process.env.PATH,
      NODE_ENV: "production" as const,
      SIGNALBOX_HOME: this.dir,
      SIGNALBOX_PORT: String(this.port),
      SIGNALBOX_LOG_LEVEL: "error",
      SIGNALBOX_GATEWAY_WORKERS: "2",
      ...(databaseUrl ? { DATABASE_URL: databaseUrl } : {}),
    };
  }

  /** Nothing listens on port 1: by default the store is away. */
  async start(databaseUrl = "postgresql://nobody@127.0.0.1:1/none"): Promise<ChildProcess> {
    const child = spawn(process.execPath, [ENTRY], {
      env: this.environment(databaseUrl),
      stdio: ["ignore", "ignore", "inherit"],
    });
    this.#children.push(child);
    await until(() => this.keeper?.pid === child.pid, 20_000);
    return child;
  }

  writeRoutes(): void {
    const table = { version: 1, dashboardHosts: [], apps: [this.routes] };
    writeFileSync(join(this.dir, "routes.json"), JSON.stringify(table));
  }

  /** The keeper, and the workers whether they have one or not. */
  async killAll(child: ChildProcess): Promise<void> {
    const left = this.workers;
    if (child.exitCode === null && child.signalCode === null) await end(child, "SIGKILL");
    for (const pid of left) send(pid, "SIGKILL");
    await until(() => this.workers.length === 0);
  }

  async remove(): Promise<void> {
    for (const child of this.#children.splice(0)) await this.killAll(child);
    await Promise.all([this.blue.stop(), this.green.stop()]);
    rmSync(this.dir, { recursive: true, force: true });
  }

  /** Visitors with kept and with new connections, and what became of their requests. */
  visitors(count = 16) {
    const agent = new Agent({ keepAlive: true });
    const failed: string[] = [];
    let ok = 0;
    let going = true;
    const visit = async (visitor: number) => {
      try {
        const { status } = await askGateway(this.port, { agent: visitor % 4 === 0 ? undefined : agent });
        if (status === 200) ok += 1;
        else failed.push(String(status));
      } catch (error) {
        failed.push((error as NodeJS.ErrnoException).code ?? String(error));
      }
    };
    const all = Array.from({ length: count }, async (_, visitor) => {
      while (going) {
        await visit(visitor);
        await new Promise((resolve) => setTimeout(resolve, 3));
      }
    });
    return {
      more: (answers = 300) => {
        const wanted = ok + answers;
        return until(() => ok >= wanted);
      },
      /** Resolves with the failures. */
      async stop(): Promise<string[]> {
        going = false;
        await Promise.all(all);
        agent.destroy();
        return failed;
      },
    };
  }
}

export async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  const exited = once(child, "exit");
  child.kill(signal);
  return (await exited)[0];
}

/** To a process that may be gone by then. */
export function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended before.
  }
}
