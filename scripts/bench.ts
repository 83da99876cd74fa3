/** `npm run bench -- gateway|swap [--quick] [--json]`: side by side with what a user would pick instead. */
import { parseArgs } from "node:util";
import { benchGateway } from "#bench/gateway/bench.ts";
import { benchSwap } from "#bench/swap/bench.ts";
import { type Asked, SWAP_USAGE, swapOptions } from "#bench/swap/options.ts";

const BENCHES: Record<string, { usage: string; run(asked: Asked): Promise<number> }> = {
  gateway: { usage: "gateway", run: benchGateway },
  swap: { usage: SWAP_USAGE, run: async (asked) => benchSwap(swapOptions(asked)) },
};

const { values, positionals } = parseArgs({
  options: {
    size: { type: "string" },
    swaps: { type: "string" },
    rate: { type: "string" },
    writes: { type: "string" },
    mode: { type: "string" },
    quick: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  },
  allowPositionals: true,
});
const bench = Object.hasOwn(BENCHES, positionals[0] ?? "") ? BENCHES[positionals[0]!] : undefined;
if (bench === undefined || positionals.length !== 1) {
  for (const { usage } of Object.values(BENCHES))
    console.error(`usage: npm run bench -- ${usage} [--quick] [--json]`);
  process.exit(2);
}
process.exit(
  await bench.run(values).catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error));
    return 1;
  }),
);
