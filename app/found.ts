import { notFound } from "next/navigation";
import { OperationError } from "#lib/operations/errors.ts";

/** What was asked for, or the page that says that it isn't there. */
export async function found<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof OperationError && error.code === "not-found") notFound();
    throw error;
  }
}
