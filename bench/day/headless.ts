/** The day with nobody at the screen: sets up, plays, tears down; the report is the last line of standard output. */
import { mkdtempSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { openHome } from "#lib/config/open-home.ts";
import { removeHome } from "#lib/config/prepare-home.ts";
import { playDay } from "./day.ts";
import { startInstallation } from "./installation.ts";
import { stopRequest } from "./stop-request.ts";

export interface HeadlessOptions {
  /** Kept, and gone on from. Default: a new one that is deleted afterwards. */
  home?: string;
  /** Default: 8080, or any free one if that is taken. */
  port?: number;
  json: boolean;
}

/** Resolves with the exit code: 0 only if everything went right. */
export async function runHeadless({ home, port, json }: HeadlessOptions): Promise<number> {
  const began = performance.now();
  const say = (line: string) =>
    process.stderr.write(`${((performance.now() - began) / 1_000).toFixed(1).padStart(6)} s  ${line}\n`);
  const dir = home ? resolve(home) : mkdtempSync(join(tmpdir(), "signalbox-day-"));
  say(`starting everything in ${dir}`);
  const installation = await startInstallation({ home: dir, port: port ?? (await anyPort(8080)), say });
  const stop = async () => {
    say("stopping everything");
    await installation.stop();
    if (!home) await removeHome(openHome(installation.environment));
  };
  void stopRequest().then(() => stop().finally(() => process.exit(130)));

  const report = await playDay(installation, say);
  await stop();
  if (!report.ok && home) say(`logs are in ${join(dir, "logs")}`);
  say(report.ok ? "the day went right" : "the day went wrong");
  console.log(json ? JSON.stringify(report) : JSON.stringify(report, null, 2));
  return report.ok ? 0 : 1;
}

/** `wanted` if it is free, else one that is. */
function anyPort(wanted: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", () => (wanted === 0 ? reject(new Error("no port is free")) : resolve(anyPort(0))));
    probe.listen(wanted, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address ? address.port : wanted));
    });
  });
}
