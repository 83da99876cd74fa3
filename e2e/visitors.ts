/** Visitors who read and write while a test goes on, and the proof that none of them noticed. */
import { expect } from "@playwright/test";
import { Ledger } from "#bench/ledger/ledger.ts";
import { httpReader } from "#bench/ledger/reader.ts";
import { verify } from "#bench/ledger/verify.ts";
import { type Load, startLoad } from "#bench/load/load.ts";
import { site } from "./installation.ts";

export class Visitors {
  readonly load: Load;
  readonly #ledger = new Ledger();
  readonly #host: string;

  constructor(host: string, { reads = 20, writes = 8 } = {}) {
    this.#host = host;
    this.load = startLoad({
      gatewayPort: site.gatewayPort,
      host,
      readsPerSecond: reads,
      writesPerSecond: writes,
      ledger: this.#ledger,
      timeoutMs: 60_000,
    });
  }

  /** Sends them home: every request got through, and every acknowledged write is there once. */
  async leaveContent(): Promise<void> {
    await this.leaveWithAll();
    const { requests, failures } = this.load.report();
    expect(requests.total).toBeGreaterThan(0);
    expect({ failed: requests.failed, failures }).toEqual({ failed: 0, failures: {} });
  }

  /** Sends them home: every acknowledged write is there once. */
  async leaveWithAll(): Promise<void> {
    await this.load.stop();
    const rows = await httpReader({ port: site.gatewayPort, host: this.#host })();
    const verdict = verify(this.#ledger.records, rows, this.#ledger.prefix);
    expect(verdict.acknowledged).toBeGreaterThan(0);
    expect({ lost: verdict.lost, doubled: verdict.doubled, details: verdict.details }).toEqual({
      lost: 0,
      doubled: 0,
      details: [],
    });
  }
}
