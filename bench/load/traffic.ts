/** What the visitors of the example shop do: the mix of reads and writes, and how each answer counts. */
import type { Ledger } from "../ledger/ledger.ts";
import { contentOf } from "../ledger/uploads.ts";
import type { Write, WriteRecord } from "../ledger/writes.ts";
import type { Answer, Exchange } from "./exchange.ts";
import { errorReason } from "./exchange.ts";
import type { Ending } from "./samples.ts";

export interface Result {
  ending: Ending;
  reason: string | null;
}

export interface Traffic {
  read(timeoutMs: number): Promise<Result>;
  write(timeoutMs: number): Promise<Result>;
}

/** Of twelve reads and of twelve writes. */
const READS = [
  ...["ref", "count", "page", "ref", "ref", "entries"],
  ...["upload", "ref", "count", "page", "ref", "ref"],
] as ("ref" | "count" | "page" | "entries" | "upload")[];
const WRITES = [
  ...["order", "entry", "add", "order", "entry", "delete"],
  ...["upload", "add", "order", "entry", "add", "order"],
] as Write["kind"][];

export function shopTraffic(exchange: Exchange, ledger: Ledger): Traffic {
  let reads = 0;
  let writes = 0;
  return {
    async read(timeoutMs) {
      const kind = READS[reads++ % READS.length];
      const ref = ledger.knownRef();
      const upload = kind === "upload" ? ledger.knownUpload() : null;
      const path = upload
        ? `/uploads/${upload}`
        : kind === "page"
          ? "/"
          : kind === "count" || ref === null
            ? "/orders/count"
            : kind !== "entries"
              ? `/orders/${encodeURIComponent(ref)}`
              : `/entries?ref=${encodeURIComponent(ref)}`;
      try {
        const answer = await exchange.send("GET", path, undefined, timeoutMs);
        // An acknowledged order must be readable, and as itself.
        if (answer.status === 200 && kind === "ref" && ref !== null && answer.json?.ref !== ref)
          return { ending: "failed", reason: "another order's answer" };
        return judge(answer);
      } catch (error) {
        return { ending: "failed", reason: errorReason(error) };
      }
    },
    async write(timeoutMs) {
      const record = begin(ledger, WRITES[writes++ % WRITES.length] ?? "order");
      const { method, path, body } = message(record);
      try {
        const answer = await exchange.send(method, path, body, timeoutMs);
        const { write } = record;
        const result: Result =
          write.kind === "upload" && answer.status === 201 && answer.json?.sha256 !== write.sha256
            ? { ending: "failed", reason: "another upload's answer" }
            : judge(answer);
        const id = answer.json?.id;
        ledger.settle(record, outcomeOf(answer), id === undefined || id === null ? null : String(id));
        return result;
      } catch (error) {
        ledger.settle(record, "unknown");
        return { ending: "failed", reason: errorReason(error) };
      }
    },
  };
}

const judge = ({ status }: Answer): Result => ({
  ending: status >= 200 && status < 300 ? "ok" : status === 503 || status === 409 ? "refused" : "failed",
  reason: status >= 200 && status < 300 ? null : String(status),
});

/**
 * Statuses by which the shop and the gate say that nothing was written. The delete of an acknowledged entry that is
 * answered 404 deleted nothing: the entry must be there, or it was lost.
 */
const NOT_WRITTEN = new Set([400, 404, 409, 413, 503]);

function outcomeOf({ status }: Answer): "acknowledged" | "refused" | "unknown" {
  if (status >= 200 && status < 300) return "acknowledged";
  return NOT_WRITTEN.has(status) ? "refused" : "unknown";
}

function begin(ledger: Ledger, kind: Write["kind"]): WriteRecord {
  if (kind === "upload") return ledger.beginUpload();
  if (kind === "order") return ledger.beginOrder();
  if (kind === "add") return ledger.beginAdd();
  return (kind === "delete" ? ledger.beginDelete() : null) ?? ledger.beginEntry();
}

function message({ write }: WriteRecord): { method: string; path: string; body?: unknown } {
  switch (write.kind) {
    case "order":
      return { method: "POST", path: "/orders", body: { ref: write.ref, amount: write.amount } };
    case "entry":
      return { method: "POST", path: "/entries", body: { ref: write.ref, delta: write.delta } };
    case "delete":
      return { method: "DELETE", path: `/entries/${encodeURIComponent(write.id)}` };
    case "upload":
      return { method: "POST", path: "/uploads", body: contentOf(write.ref, write.bytes) };
    case "add":
      return {
        method: "POST",
        path: `/accounts/${encodeURIComponent(write.account)}/add`,
        body: { delta: write.delta },
      };
  }
}
