/**
 * `npm run demo`: everything started, the example shop live under traffic, and the addresses printed. Runs until
 * Ctrl-C; the next start goes on from the same state. `--json` prints one line for programs; `--headless` plays
 * a scripted day instead and exits. `--home DIR` and `--port N` let several run side by side.
 */
import { parseArgs } from "node:util";
import { runDemo } from "#bench/day/demo.ts";
import { runHeadless } from "#bench/day/headless.ts";

const { values } = parseArgs({
  options: {
    headless: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    home: { type: "string" },
    port: { type: "string" },
  },
});
const port = values.port === undefined ? undefined : Number(values.port);
if (port !== undefined && !(Number.isInteger(port) && port > 0 && port < 65_536)) {
  console.error(`--port takes a number from 1 to 65535, not ${values.port}`);
  process.exit(2);
}
const options = { home: values.home, port, json: values.json };
// Whatever still waits for something by then must not keep this alive.
process.exit(
  await (values.headless ? runHeadless(options) : runDemo(options)).catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error));
    return 1;
  }),
);
