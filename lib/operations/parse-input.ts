/** Checks what came in against a verb's schema. */
import type { z } from "zod";
import { OperationError } from "./errors.ts";

/** Throws `invalid`, naming every key that is wrong. */
export function parseInput<S extends z.ZodType>(schema: S, input: unknown): z.output<S> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => {
    const path = issue.path.join(".");
    return path ? `${path}: ${issue.message}` : issue.message;
  });
  throw new OperationError("invalid", problems.join("; "));
}
