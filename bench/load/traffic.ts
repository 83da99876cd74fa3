/** What the visitors of the example shop do: the mix of reads and writes, and how each answer counts. */
import type { Ledger } from "../ledger/ledger.ts";
import { contentOf } from "../ledger/uploads.ts";
import type { Write, WriteRecord } from "../ledger/writes.ts";
import type { Answer, Exchange } from "./exchange.ts";
import { errorReason } from "./exchange.ts";
import type { Ending } from "./samples.ts";

export interface Result {
  kind: string;
  ending: Ending;
  reason: string | null;
}

export interface Traffic {
  read(timeoutMs: number): Promise<Result>;
  write(timeoutMs: number): Promise<Result>;
  /** An upload whose body takes `overMs` to arrive. */
  slowUpload(timeoutMs: number, overMs: number): Promise<Result>;
}

export interface TrafficOptions {
  /** Default true. False for large data: counting reads every row, and would be most of the load. */
  counts?: boolean;
}

type ReadKind = "ref" | "count" | "page" | "entries" | "upload";

/** Of twelve reads and of twelve writes. */
const READS = [
  ...["ref", "count", "page", "ref", "ref", "entries"],
  ...["upload", "ref", "count", "page", "ref", "ref"],
] as ReadKind[];
const WRITES = [
  ...["order", "entry", "add", "order", "entry", "delete"],
  ...["upload", "add", "order", "entry", "add", "order"],
] as Write["kind"][];

export function shopTraffic(
  exchange: Exchange,
  ledger: Ledger,
  { counts = true }: TrafficOptions = {},
): Traffic {
  let reads = 0;
  let writes = 0;
  return {
    async read(timeoutMs) {
      const { kind, path, ref } = wish(READS[reads++ % READS.length] ?? "page", ledger, counts);
      try {
        const answer = await exchange.send("GET", path, undefined, timeoutMs);
        // An acknowledged order must be readable, and as itself.
        if (answer.status === 200 && ref !== undefined && answer.json?.ref !== ref)
          return { kind, ending: "failed", reason: "another order's answer" };
        return { kind, ...judge(answer) };
      } catch (error) {
        return { kind, ending: "failed", reason: errorReason(error) };
      }
    },
    write: (timeoutMs) => send(begin(ledger, WRITES[writes++ % WRITES.length] ?? "order"), { timeoutMs }),
    slowUpload: (timeoutMs, overMs) => send(ledger.beginUpload(), { timeoutMs, overMs }),
  };

  async function send(
    record: WriteRecord,
    { timeoutMs, overMs }: { timeoutMs: number; overMs?: number },
  ): Promise<Result> {
    const { write } = record;
    const kind = overMs === undefined ? write.kind : `slow ${write.kind}`;
    const { method, path, body } = message(record);
    const sent = overMs !== undefined && Buffer.isBuffer(body) ? { content: body, overMs } : body;
    try {
      const answer = await exchange.send(method, path, sent, timeoutMs);
      const another =
        write.kind === "upload" && answer.status === 201 && answer.json?.sha256 !== write.sha256;
      const id = answer.json?.id;
      ledger.settle(record, outcomeOf(answer), id === undefined || id === null ? null : String(id));
      return another
        ? { kind, ending: "failed", reason: "another upload's answer" }
        : { kind, ...judge(answer) };
    } catch (error) {
      ledger.settle(record, "unknown");
      return { kind, ending: "failed", reason: errorReason(error) };
    }
  }
}

/** What a read of this kind can ask for now; another kind while nothing is known that it could be about. */
function wish(
  wanted: ReadKind,
  ledger: Ledger,
  counts: boolean,
): { kind: ReadKind; path: string; ref?: string } {
  const upload = wanted === "upload" ? ledger.knownUpload() : null;
  if (upload !== null) return { kind: "upload", path: `/uploads/${upload}` };
  const ref = ledger.knownRef();
  if (wanted === "page" || (ref === null && !counts)) return { kind: "page", path: "/" };
  if (ref === null || (wanted === "count" && counts)) return { kind: "count", path: "/orders/count" };
  const name = encodeURIComponent(ref);
  if (wanted === "entries") return { kind: "entries", path: `/entries?ref=${name}` };
  return { kind: "ref", path: `/orders/${name}`, ref };
}

const judge = ({ status }: Answer): Omit<Result, "kind"> => ({
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
