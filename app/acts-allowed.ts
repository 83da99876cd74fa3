/** Why somebody may not act, for the buttons of a page. The operations decide again. */
import type { Finding } from "#lib/engine/model.ts";
import { appsWithRole, type OperationContext, roleIn } from "#lib/operations/context.ts";
import { roleAtLeast } from "#lib/operations/role.ts";

/** In one app; without `app`, in any. Null: they may. */
export function actsRefusal(context: OperationContext, app?: string): Finding | null {
  const { actor } = context;
  const role = app === undefined ? actor.role : roleIn(actor, app);
  const may =
    app === undefined ? appsWithRole(context, "operator")?.length !== 0 : roleAtLeast(role, "operator");
  if (may) return null;
  return {
    code: "forbidden",
    severity: "refuse",
    what: `You are ${role === "none" ? "no operator of any app" : role}; acts need the role operator.`,
    remedy: "Ask an admin for the role, or an operator to do it.",
  };
}
