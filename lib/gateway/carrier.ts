/** What brings one request to a slot, and to whom it reports. */
import type { IncomingHttpHeaders } from "node:http";
import type { OwnReason } from "#lib/gate/answers.ts";
import type { Target } from "#lib/gate/routes.ts";
import type { ExchangeOptions } from "./exchange.ts";

/** What carries the request to the slot; it reports to its Receiver. */
export interface Carrier {
  resume(): void;
  abort(why: Error): void;
}

const UNREACHED = new Set([
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "UND_ERR_CONNECT_TIMEOUT",
]);

/** Whether no connection came about, so that nothing can have been carried out. */
export const isUnreached = (error: Error): boolean =>
  UNREACHED.has((error as NodeJS.ErrnoException).code ?? "");

/** What a carrier reports to. */
export interface Receiver {
  readonly options: ExchangeOptions;
  readonly target: Target;
  readonly over: boolean;
  outcome: "passed" | "retried" | "cut" | "timed-out" | "refused";
  interim(status: number, headers: [string, string][]): void;
  head(status: number, message: string | undefined, headers: IncomingHttpHeaders): void;
  /** False: wait for `resume`. */
  data(chunk: Buffer): boolean;
  end(trailers: NodeJS.Dict<string | string[]> | null): void;
  /** The slot will not answer, or not to the end. */
  failed(reason: OwnReason): void;
  /** Nothing was sent, as nobody was reached. True: another of the slot's processes is being asked. */
  divert(): boolean;
}
