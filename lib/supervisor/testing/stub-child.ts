/** Stands for engine, gateway or web in tests of the supervisor: reports itself and waits. */
import { writeWhole } from "#lib/config/atomic-file.ts";
import { identityOf } from "#lib/observability/process-identity.ts";

const [file, behaviour] = process.argv.slice(2);
if (behaviour === "dies") process.exit(7);
await writeWhole(file!, JSON.stringify(identityOf(process.pid)));
if (behaviour === "stubborn") process.on("SIGTERM", () => {});
setInterval(() => {}, 1_000);
