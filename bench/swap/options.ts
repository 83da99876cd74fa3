/** What the command line asks a bench of switches for. */
import type { SwapOptions } from "./bench.ts";
import { MODES, type ModeName } from "./mode.ts";
import { parseSize } from "./size.ts";

export interface Asked {
  size?: string;
  swaps?: string;
  rate?: string;
  writes?: string;
  mode?: string;
  quick: boolean;
  json: boolean;
}

export const SWAP_USAGE =
  "swap [--size 10MB,100MB,1GB] [--swaps 20] [--rate 500] [--writes 100] [--mode stream|snapshot]";

const FULL = { size: "10MB,100MB,1GB", swaps: "20", pauseMs: 3_000 };
const QUICK = { size: "10MB,100MB", swaps: "6", pauseMs: 2_000 };

/** `rate`: reads a second, `writes` beside them. Throws, saying what is wrong with what was asked. */
export function swapOptions({ quick, json, ...asked }: Asked): SwapOptions {
  const base = quick ? QUICK : FULL;
  const sizes = (asked.size ?? base.size).split(",").map((text) => {
    const bytes = parseSize(text);
    if (bytes === null) throw new Error(`--size takes sizes such as 10MB,1GB, not ${text}`);
    return bytes;
  });
  const mode = asked.mode ?? "stream";
  if (!Object.hasOwn(MODES, mode)) throw new Error(`--mode takes ${Object.keys(MODES).join(" or ")}`);
  return {
    sizes,
    swaps: whole("swaps", asked.swaps ?? base.swaps, 1),
    rates: {
      reads: whole("rate", asked.rate ?? "500", 1),
      writes: whole("writes", asked.writes ?? "100", 1),
    },
    mode: mode as ModeName,
    pauseMs: base.pauseMs,
    json,
  };
}

function whole(name: string, text: string, least: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least) return value;
  throw new Error(`--${name} takes a whole number from ${least} on, not ${text}`);
}
