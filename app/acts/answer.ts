/** From an operation to what a server action answers. */
import { headers } from "next/headers";
import type { Outcome } from "#components/ui/outcome.ts";
import { isSameOrigin } from "#lib/auth/site-origin.ts";
import { installation } from "#lib/http/installation.ts";
import { contextFor } from "#lib/http/request-context.ts";
import { createLog } from "#lib/observability/log.ts";
import type { OperationContext } from "#lib/operations/context.ts";
import { asOperationError } from "#lib/operations/errors.ts";

const log = createLog("web");

/** Refusals are answers. What is not meant for the reader's eyes goes to the log. */
export async function answer<T>(operate: (context: OperationContext) => Promise<T>): Promise<Outcome<T>> {
  try {
    const request = await headers();
    // Next compares too, but lets a request without Origin pass.
    if (!isSameOrigin(request, installation().dashboardHosts)) {
      return refusal("This does not come from the dashboard's own pages.", "Reload the page and try again.");
    }
    const context = await contextFor(request);
    if (context === null) {
      return refusal(
        "You are not signed in any more.",
        "Sign in in another tab, then press the button again.",
      );
    }
    return { ok: true, value: await operate(context) };
  } catch (error) {
    const known = asOperationError(error);
    if (known) {
      return {
        ok: false,
        unknown: known.code === "unavailable",
        what: known.message,
        remedy: known.remedy ?? null,
        findings: known.findings ?? [],
        run: known.run ?? null,
      };
    }
    log.error({ err: error }, "an act failed");
    return {
      ...refusal("Something went wrong in the dashboard.", "The web process's log says what. Try again."),
      unknown: true,
    };
  }
}

const refusal = (what: string, remedy: string) => ({
  ok: false as const,
  what,
  remedy,
  findings: [],
  run: null,
});
