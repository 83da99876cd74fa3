/** The way back in for whoever owns the machine. Only `signalbox link` on the machine itself calls it. */
import { randomUUID } from "node:crypto";
import { z } from "zod";
import { type OperationContext, requireRole } from "#lib/operations/context.ts";
import { parseInput } from "#lib/operations/parse-input.ts";
import { recordAudit } from "#lib/operations/record-audit.ts";
import { mintSignInLink } from "./sign-in-link.ts";

/**
 * Makes the person an admin who may sign in, whatever they were and whether they were there, and answers a sign-in
 * token. Their password stays. Everything is in the audit log under the OS user's name.
 */
export async function recoverAdmin(
  context: OperationContext,
  address: string,
  ttlMs: number,
): Promise<string> {
  requireRole(context, "admin");
  const email = parseInput(z.email().toLowerCase().max(200), address);
  const { store, actor } = context;
  return store.$transaction(async (tx) => {
    const found = await tx.user.findUnique({ where: { email } });
    const id = found?.id ?? randomUUID();
    if (!found) {
      const name = email.slice(0, email.indexOf("@"));
      await tx.user.create({ data: { id, name, email, role: "admin" } });
      await recordAudit(tx, actor, { action: "user.create", detail: { user: id, email, role: "admin" } });
    } else {
      await tx.user.update({ where: { id }, data: { role: "admin", suspendedAt: null } });
      if (found.role !== "admin") {
        const detail = { user: id, email, from: found.role, to: "admin" };
        await recordAudit(tx, actor, { action: "user.role", detail });
      }
      if (found.suspendedAt !== null) {
        await recordAudit(tx, actor, { action: "user.readmit", detail: { user: id, email } });
      }
    }
    await recordAudit(tx, actor, { action: "user.link", detail: { user: id, email } });
    return mintSignInLink(tx, { userId: id, ttlMs });
  });
}
