/** The load as a process of its own, so that nobody waits for what the bench does meanwhile. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { REPOSITORY } from "#lib/config/environment.ts";
import { SHOP } from "../day/shop.ts";
import { readJournal } from "../ledger/journal.ts";
import type { WriteRecord } from "../ledger/writes.ts";
import type { LoadReport } from "../load/report.ts";
import type { Sample } from "../load/samples.ts";

/** Longer than any window: visitors wait, they do not give up. */
const TIMEOUT_MS = 45_000;
/** So many that a stall never waits for a socket: 600 a second for ten seconds. */
const CONNECTIONS = 6_000;

export interface Rates {
  /** Per second. */
  reads: number;
  writes: number;
}

export interface Visitors {
  /** One more upload, now, that takes this long to arrive. */
  slowUpload(slowMs: number): void;
  /** No new requests; resolves with what all of them saw when the last one is answered. */
  stop(): Promise<Seen>;
  /** At once, with nothing to show for it. Harmless when repeated. */
  kill(): void;
}

export interface Seen {
  visits: Sample[];
  records: WriteRecord[];
  /** Of the ledger's rows. */
  prefix: string;
  report: LoadReport;
  /** Of one core. */
  cpuShare: number;
}

/** `files`: where the ledger and the samples are written, a path that others are made from. */
export function startVisitors(port: number, { reads, writes }: Rates, files: string): Visitors {
  const [ledger, samples] = [`${files}-ledger.jsonl`, `${files}-samples.json`];
  const child = fork(
    join(REPOSITORY, "bench", "load", "main.ts"),
    [
      ...["--port", String(port), "--host", SHOP.publicHost, "--no-counts"],
      ...["--reads", String(reads), "--writes", String(writes)],
      ...["--timeout", String(TIMEOUT_MS), "--connections", String(CONNECTIONS)],
      ...["--ledger", ledger, "--samples", samples],
    ],
    { stdio: ["ignore", "pipe", "inherit", "ipc"], detached: true },
  );
  const output = collect(child);
  const ended = once(child, "close");
  return {
    slowUpload: (slowMs) => void child.send({ slowMs }),
    async stop() {
      child.kill("SIGTERM");
      await ended;
      const last = output().trim().split("\n").at(-1);
      if (!last) throw new Error("the load ended without a report");
      const { cpuShare, prefix, ...report } = JSON.parse(last) as LoadReport & {
        cpuShare: number;
        prefix: string;
      };
      const visits = JSON.parse(readFileSync(samples, "utf8")) as Sample[];
      return { visits, records: readJournal(ledger), prefix, report, cpuShare };
    },
    kill: () => void child.kill("SIGKILL"),
  };
}

function collect(child: ChildProcess): () => string {
  const chunks: string[] = [];
  child.stdout!.setEncoding("utf8").on("data", (chunk: string) => chunks.push(chunk));
  return () => chunks.join("");
}
