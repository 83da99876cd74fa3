/** How long visitors would wait: the last measured copy, scaled to today's size of the data. Pure. */
import { z } from "zod";

/** What is read of a sync's or a swap's receipt; whatever else it holds is left alone. */
const measured = z.object({
  windowMs: z.number().nullish(),
  dataBytes: z.number().positive(),
  steps: z.array(z.object({ name: z.string(), ms: z.number() })),
});

/** Everything in a window beside the copy, when no swap has measured it yet. */
const UNMEASURED_OVERHEAD_MS = 300;

/** Null when the receipt has no copy in it. `liveBytes` null: the size is taken to be what it was then. */
export function forecastFrom(
  receipt: unknown,
  liveBytes: number | null,
): { windowMs: number; dataBytes: number } | null {
  const { data } = measured.safeParse(receipt);
  const copyMs = data?.steps.find((step) => step.name.startsWith("copy "))?.ms;
  if (data === undefined || copyMs === undefined) return null;
  const dataBytes = liveBytes ?? data.dataBytes;
  const overhead = data.windowMs ? Math.max(0, data.windowMs - copyMs) : UNMEASURED_OVERHEAD_MS;
  return { windowMs: Math.round(overhead + (copyMs * dataBytes) / data.dataBytes), dataBytes };
}
