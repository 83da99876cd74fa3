/** Who looks at a page. Authorisation itself is in the operations. */
import { headers } from "next/headers";
import { redirect } from "next/navigation";
import { cache } from "react";
import { contextFor } from "#lib/http/request-context.ts";
import type { OperationContext } from "#lib/operations/context.ts";

/** Null: nobody who is known. Asked once per request, however many parts of the page want to know. */
export const visitor = cache(async (): Promise<OperationContext | null> => contextFor(await headers()));

/** Sends everybody else to sign in, and back to `path` after. */
export async function signedIn(path: string): Promise<OperationContext> {
  const context = await visitor();
  if (context) return context;
  redirect(path === "/" ? "/sign-in" : `/sign-in?next=${encodeURIComponent(path)}`);
}
