import { explain } from "./explain.ts";
import { createProgram } from "./program.ts";

try {
  await createProgram(process).parseAsync(process.argv);
} catch (error) {
  process.exitCode = explain(error, process);
}
