/** Roles of one person in single apps. */
import { notFound } from "#lib/operations/errors.ts";
import { recordAudit } from "#lib/operations/record-audit.ts";
import type { Role } from "#lib/operations/role.ts";
import type { Actor } from "#lib/operations/views.ts";
import type { StoreTransaction } from "#lib/store/client.ts";

/** `none` takes the role away. One audit entry for each app in which something changes. Throws `not-found`. */
export async function giveAppRoles(
  tx: StoreTransaction,
  actor: Actor,
  user: { id: string; email: string },
  roles: Record<string, Role>,
): Promise<void> {
  for (const [name, role] of Object.entries(roles)) {
    const app = await tx.app.findFirst({ where: { name, removedAt: null }, select: { id: true } });
    if (!app) throw notFound(`There is no app named ${name}.`);
    const key = { userId_appId: { userId: user.id, appId: app.id } };
    const from = (await tx.membership.findUnique({ where: key }))?.role ?? "none";
    if (from === role) continue;
    if (role === "none") await tx.membership.delete({ where: key });
    else {
      const create = { userId: user.id, appId: app.id, role };
      await tx.membership.upsert({ where: key, create, update: { role } });
    }
    const detail = { user: user.id, email: user.email, from, to: role };
    await recordAudit(tx, actor, { action: "user.app-role", appName: name, detail });
  }
}
