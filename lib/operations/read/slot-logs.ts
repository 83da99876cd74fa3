/** Log lines of a slot's processes, from the engine, as they come. */
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import type { z } from "zod";
import type { SlotName } from "#lib/engine/model.ts";
import { engineCalls, logLine } from "#lib/engine-service/control.ts";
import { type OperationContext, requireRole } from "../context.ts";
import { notFound, OperationError } from "../errors.ts";
import { askEngine } from "./engine-call.ts";

export type LogLineView = z.infer<typeof logLine>;

export interface LogQuery {
  process?: string;
  /** Lines from before; default 200. */
  tail?: number;
  /** Whether to go on with new lines; default true. */
  follow?: boolean;
}

/** Needs operator, because apps write what they like into their logs. Throws `unavailable` when no engine answers. */
export async function slotLogs(
  context: OperationContext,
  app: string,
  slot: SlotName,
  { process, tail = 200, follow = true }: LogQuery,
  signal: AbortSignal,
): Promise<AsyncIterable<LogLineView>> {
  requireRole(context, "operator", app);
  const found = await context.store.app.findUnique({ where: { name: app }, select: { id: true } });
  if (!found) throw notFound(`There is no app named ${app}.`);
  const question = engineCalls.logs.parse({ app, slot, process, tail, follow });
  const answer = await askEngine(context.home, "logs", question, signal);
  if (answer?.body) return lines(answer.body, signal);
  throw new OperationError("unavailable", "The engine does not answer.", {
    remedy: "See that the engine runs. The log files are in the slot's folder.",
  });
}

async function* lines(body: ReadableStream<Uint8Array>, signal: AbortSignal): AsyncGenerator<LogLineView> {
  const source = Readable.fromWeb(body as Parameters<typeof Readable.fromWeb>[0]);
  const reader = createInterface({ input: source, crlfDelay: Number.POSITIVE_INFINITY });
  try {
    for await (const line of reader) {
      if (line !== "") yield logLine.parse(JSON.parse(line));
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    reader.close();
    source.destroy();
  }
}
