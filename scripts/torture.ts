/**
 * `npm run torture -- --swaps N --kill`: swaps and rollbacks under load, with every process and both PostgreSQL
 * servers dying at every boundary of every step, and at random moments. `--quick` takes a sample of N switches,
 * `--seed S` makes the same choices again, `--json` prints one line for programs.
 */
import { randomBytes } from "node:crypto";
import { parseArgs } from "node:util";
import { DEFAULT_MODE, MODES } from "#bench/torture/mode.ts";
import { runTortureCommand } from "#bench/torture/run.ts";

const { values } = parseArgs({
  options: {
    swaps: { type: "string", default: "20" },
    kill: { type: "boolean", default: false },
    quick: { type: "boolean", default: false },
    seed: { type: "string" },
    mode: { type: "string", default: DEFAULT_MODE },
    json: { type: "boolean", default: false },
  },
});
const swaps = Number(values.swaps);
const mode = MODES.find((name) => name === values.mode);
if (!(Number.isInteger(swaps) && swaps > 0) || !mode) {
  console.error(`--swaps takes a number from 1 on, --mode one of ${MODES.join(" and ")}`);
  process.exit(2);
}
const { kill, quick, json, seed = randomBytes(4).toString("hex") } = values;
// Whatever still waits for something by then must not keep this alive.
process.exit(
  await runTortureCommand({ swaps, mode, kill, quick, json, seed }).catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error));
    return 1;
  }),
);
