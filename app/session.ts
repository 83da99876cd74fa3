/** Who looks at a page. Authorisation itself is in the operations. */
import { headers } from "next/headers";
import { redirect } from "next/navigation";
import { cache } from "react";
import { siteOrigin } from "#lib/auth/site-origin.ts";
import { installation } from "#lib/http/installation.ts";
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

/** Of the browser that asks; undefined when it can't be told. */
export async function sessionId(): Promise<string | undefined> {
  const request = await headers();
  const site = installation();
  const origin = siteOrigin(request, site.dashboardHosts);
  if (origin === null) return undefined;
  return (await site.authFor(origin).api.getSession({ headers: request }))?.session.id;
}
