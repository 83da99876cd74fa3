/** `npm run bench -- gateway [--quick] [--json]`: side by side with what a user would pick instead. */
import { parseArgs } from "node:util";
import { benchGateway } from "#bench/gateway/bench.ts";

const BENCHES: Record<string, (options: { quick: boolean; json: boolean }) => Promise<number>> = {
  gateway: benchGateway,
};

const { values, positionals } = parseArgs({
  options: { quick: { type: "boolean", default: false }, json: { type: "boolean", default: false } },
  allowPositionals: true,
});
const bench = Object.hasOwn(BENCHES, positionals[0] ?? "") ? BENCHES[positionals[0]!] : undefined;
if (bench === undefined || positionals.length !== 1) {
  console.error(`usage: npm run bench -- ${Object.keys(BENCHES).join("|")} [--quick] [--json]`);
  process.exit(2);
}
process.exit(
  await bench(values).catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error));
    return 1;
  }),
);
