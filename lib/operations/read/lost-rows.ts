/** The rows that a rollback left behind, as they were kept. */
import { createReadStream, type ReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { homePaths } from "#lib/config/home.ts";
import { type OperationContext, requireRoleFor } from "../context.ts";
import { notFound } from "../errors.ts";

export interface LostRows {
  /** For the person's download folder. */
  fileName: string;
  bytes: number;
  /** JSON lines, one row each. */
  content: ReadStream;
}

/** Needs operator, because they are the visitors' data. Throws `not-found` when the run left nothing behind. */
export async function lostRows(context: OperationContext, runId: string): Promise<LostRows> {
  // Both parts of the path come from the store, never from the request.
  const run = await context.store.run.findUnique({
    where: { id: runId },
    select: { id: true, app: { select: { name: true } } },
  });
  requireRoleFor(context, "operator", run?.app.name, `There is no run ${runId}.`);
  if (!run) throw notFound(`There is no run ${runId}.`);
  const path = join(homePaths(context.home).lost, run.app.name, `${run.id}.jsonl`);
  const file = await open(path, "r").catch(() => null);
  if (file === null) throw notFound("This run left no rows behind.");
  const { size } = await file.stat();
  return {
    fileName: `lost-rows-${run.app.name}-${run.id}.jsonl`,
    bytes: size,
    content: createReadStream(path, { fd: file }),
  };
}
