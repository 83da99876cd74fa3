/** A host name leads to one place: the dashboard, or one app. */
import type { StoreTransaction } from "#lib/store/client.ts";
import { type OperationContext, roleIn } from "./context.ts";
import { OperationError, refused } from "./errors.ts";

/** Throws `invalid` for a host of the dashboard and `refused` for one of another app. `appId` null: a new app. */
export async function requireFree(
  tx: StoreTransaction,
  { dashboardHosts, actor }: OperationContext,
  hosts: string[],
  appId: string | null,
): Promise<void> {
  const own = hosts.find((host) => dashboardHosts.includes(host));
  if (own !== undefined) {
    throw new OperationError("invalid", `${own} is an address of this dashboard.`, {
      remedy: "Choose another name for the app, such as a subdomain.",
    });
  }
  const taken = await tx.domain.findMany({
    where: { host: { in: hosts }, ...(appId !== null && { appId: { not: appId } }) },
    include: { app: { select: { name: true } } },
    orderBy: { host: "asc" },
  });
  if (taken.length === 0) return;
  throw refused(
    taken.map(({ host, app }) => ({
      code: "domain-taken",
      severity: "refuse",
      // Whose it is stays between those who may see that app.
      what: `${host} belongs to ${roleIn(actor, app.name) === "none" ? "another app" : `the app ${app.name}`}.`,
      remedy: `Unpublish it there first, or choose another name.`,
    })),
  );
}
