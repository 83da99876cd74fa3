/** Compares what the ledger recorded with what the data holds. Pure. */
import { ADDS_PER_ACCOUNT, decodeSum, deltaOf } from "./deltas.ts";
import type { AccountRow, EntryRow, OrderRow, Snapshot, UploadRow } from "./reader.ts";
import type { WriteRecord } from "./writes.ts";

export interface Verdict {
  acknowledged: number;
  refused: number;
  unknown: number;
  /** Acknowledged, and taken back by a rollback that announced it. */
  rolledBack: number;
  /** Acknowledged, but its effect is not in the data, or not as sent. */
  lost: number;
  /** In the data more than once. */
  doubled: number;
  /** In the data although refused, taken back or never sent. */
  unexplained: number;
  /** The first 20 findings, as sentences. */
  details: string[];
}

const DETAILS = 20;

/** May a write be in the data (`true`), must it be (`must`), or must it not (`false`)? */
type Expectation = "must" | "may" | "not";

const expectation = (record: WriteRecord): Expectation => {
  if (record.rolledBack || record.outcome === "refused") return "not";
  return record.outcome === "acknowledged" ? "must" : "may";
};

/** Rows and accounts that do not start with `prefix` are somebody else's and are left out. */
export function verify(records: WriteRecord[], snapshot: Snapshot, prefix: string): Verdict {
  const verdict: Verdict = {
    acknowledged: 0,
    refused: 0,
    unknown: 0,
    rolledBack: 0,
    lost: 0,
    doubled: 0,
    unexplained: 0,
    details: [],
  };
  for (const record of records) {
    if (record.outcome === "acknowledged") verdict.acknowledged++;
    else if (record.outcome === "refused") verdict.refused++;
    else verdict.unknown++;
    if (record.rolledBack && record.outcome === "acknowledged") verdict.rolledBack++;
  }
  const find: Find = (kind, sentence, count = 1) => {
    verdict[kind] += count;
    if (verdict.details.length < DETAILS) verdict.details.push(`${kind}: ${sentence}`);
  };
  verifyOrders(records, groupByRef(snapshot.orders, prefix), find);
  verifyEntries(records, groupByRef(snapshot.entries, prefix), find);
  verifyAccounts(records, snapshot.accounts, prefix, find);
  verifyUploads(records, groupByRef(snapshot.uploads, prefix), find);
  return verdict;
}

type Find = (kind: "lost" | "doubled" | "unexplained", sentence: string, count?: number) => void;

function verifyOrders(records: WriteRecord[], rows: Map<string, OrderRow[]>, find: Find): void {
  for (const record of records) {
    const { write } = record;
    if (write.kind !== "order") continue;
    const found = rows.get(write.ref) ?? [];
    rows.delete(write.ref);
    checkCount(`order ${write.ref}`, expectation(record), found.length, record, find);
    if (found[0] && found[0].amount !== write.amount)
      find("lost", `order ${write.ref} was sent with amount ${write.amount} and holds ${found[0].amount}`);
  }
  for (const ref of rows.keys()) find("unexplained", `order ${ref} was never sent`);
}

/** A file is there as it was sent, under the hash of its content, and nowhere else. */
function verifyUploads(records: WriteRecord[], rows: Map<string, UploadRow[]>, find: Find): void {
  for (const record of records) {
    const { write } = record;
    if (write.kind !== "upload") continue;
    const found = rows.get(write.ref) ?? [];
    rows.delete(write.ref);
    checkCount(`upload ${write.ref}`, expectation(record), found.length, record, find);
    const asSent = found.some((row) => row.sha256 === write.sha256 && row.content === write.sha256);
    if (found[0] && !asSent)
      find("lost", `upload ${write.ref} holds ${found[0].bytes} bytes that are not the ${write.bytes} sent`);
  }
  for (const ref of rows.keys()) find("unexplained", `upload ${ref} was never sent`);
}

function verifyEntries(records: WriteRecord[], rows: Map<string, EntryRow[]>, find: Find): void {
  const deletes = new Map<string, WriteRecord>();
  for (const record of records) if (record.write.kind === "delete") deletes.set(record.write.ref, record);
  for (const record of records) {
    const { write } = record;
    if (write.kind !== "entry") continue;
    const found = rows.get(write.ref) ?? [];
    rows.delete(write.ref);
    const wrong = found.find((row) => row.delta !== write.delta);
    if (wrong) find("lost", `entry ${write.ref} was sent with delta ${write.delta} and holds ${wrong.delta}`);
    const deletion = deletes.get(write.ref);
    const deleted: Expectation = deletion ? expectation(deletion) : "not";
    if (deleted === "not") {
      checkCount(`entry ${write.ref}`, expectation(record), found.length, record, find);
      continue;
    }
    const id = deletion?.write.kind === "delete" ? deletion.write.id : null;
    const others = found.filter((row) => row.id !== id).length;
    if (others > 0) find("doubled", `entry ${write.ref} is there ${others} more time(s)`, others);
    if (deleted === "must" && found.length > others)
      find("lost", `the delete of entry ${write.ref}, ${told(deletion ?? record)}`);
  }
  for (const ref of rows.keys()) find("unexplained", `entry ${ref} was never sent`);
}

function verifyAccounts(records: WriteRecord[], rows: AccountRow[], prefix: string, find: Find): void {
  const sums = new Map(
    rows.filter((row) => row.name.startsWith(prefix)).map((row) => [row.name, row.balance]),
  );
  const adds = new Map<string, Map<number, WriteRecord>>();
  for (const record of records) {
    if (record.write.kind !== "add") continue;
    const own = adds.get(record.write.account) ?? new Map<number, WriteRecord>();
    adds.set(record.write.account, own.set(record.write.delta, record));
  }
  for (const [account, own] of adds) {
    const sum = sums.get(account) ?? 0;
    sums.delete(account);
    const { times, rest } = decodeSum(sum);
    if (rest !== 0) find("unexplained", `account ${account} holds ${sum}, more than all of its adds`);
    for (let index = 0; index < ADDS_PER_ACCOUNT; index++) {
      const landed = times[index] ?? 0;
      const record = own.get(deltaOf(index));
      const what = `add of ${deltaOf(index)} to account ${account}`;
      if (record) checkCount(what, expectation(record), landed, record, find);
      else if (landed > 0) find("unexplained", `${what} was never sent`);
    }
  }
  for (const account of sums.keys()) find("unexplained", `account ${account} was never used`);
}

function checkCount(
  what: string,
  expected: Expectation,
  found: number,
  record: WriteRecord,
  find: Find,
): void {
  if (found === 0) {
    if (expected === "must") find("lost", `${what}, ${told(record)}`);
    return;
  }
  if (expected === "not")
    find("unexplained", `${what} is there although it was ${record.rolledBack ? "rolled back" : "refused"}`);
  if (found > 1) find("doubled", `${what} is there ${found} times`, found - 1);
}

const told = (record: WriteRecord): string =>
  `${record.outcome} at ${new Date(record.settledAt ?? record.begunAt).toISOString()}`;

function groupByRef<Row extends { ref: string }>(rows: Row[], prefix: string): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    if (!row.ref.startsWith(prefix)) continue;
    const group = groups.get(row.ref);
    if (group) group.push(row);
    else groups.set(row.ref, [row]);
  }
  return groups;
}
