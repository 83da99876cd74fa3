/** What a signed-in person changes about themselves. */
import { randomUUID } from "node:crypto";
import { hashPassword, verifyPassword } from "better-auth/crypto";
import { z } from "zod";
import type { OperationContext } from "#lib/operations/context.ts";
import { notFound, OperationError } from "#lib/operations/errors.ts";
import { parseInput } from "#lib/operations/parse-input.ts";
import { recordAudit } from "#lib/operations/record-audit.ts";
import { isUniqueViolation } from "#lib/operations/unique-violation.ts";
import { MAX_PASSWORD, MIN_PASSWORD } from "./auth.ts";
import { type UserView, userInclude, userView } from "./user-view.ts";

export const updateAccountInput = z.strictObject({
  name: z.string().trim().min(1).max(100).optional(),
  email: z.email().toLowerCase().max(200).optional(),
});

export const setPasswordInput = z.strictObject({
  password: z.string().min(MIN_PASSWORD).max(MAX_PASSWORD),
  /** Needed when there is one already. */
  currentPassword: z.string().max(MAX_PASSWORD).optional(),
});

export async function getAccount({ store, actor }: OperationContext): Promise<UserView> {
  const user = await store.user.findUnique({
    where: { id: personId(actor) },
    include: userInclude,
  });
  if (!user) throw notFound("There is no such person.");
  return userView(user);
}

/** Throws `invalid` when the address is somebody else's. */
export async function updateAccount(
  context: OperationContext,
  input: z.input<typeof updateAccountInput>,
): Promise<UserView> {
  const changes = parseInput(updateAccountInput, input);
  const { store, actor } = context;
  const id = personId(actor);
  try {
    await store.$transaction(async (tx) => {
      await tx.user.update({ where: { id }, data: changes });
      await recordAudit(tx, actor, { action: "account.update", detail: changes });
    });
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    throw new OperationError("invalid", `There is a user with the address ${changes.email} already.`);
  }
  return getAccount(context);
}

/**
 * Ends the person's other sessions (`keepSession`: id of the one that asks). Throws `invalid` when the current
 * password is wrong.
 */
export async function setPassword(
  { store, actor }: OperationContext,
  input: z.input<typeof setPasswordInput>,
  keepSession?: string,
): Promise<void> {
  const { password, currentPassword = "" } = parseInput(setPasswordInput, input);
  const userId = personId(actor);
  const account = await store.account.findFirst({ where: { userId, providerId: "credential" } });
  if (account?.password && !(await verifyPassword({ hash: account.password, password: currentPassword }))) {
    throw new OperationError("invalid", "currentPassword: it is not the current password");
  }
  const hash = await hashPassword(password);
  await store.$transaction(async (tx) => {
    if (account) await tx.account.update({ where: { id: account.id }, data: { password: hash } });
    else {
      const id = randomUUID();
      await tx.account.create({
        data: { id, accountId: userId, providerId: "credential", userId, password: hash },
      });
    }
    await tx.session.deleteMany({ where: { userId, ...(keepSession && { id: { not: keepSession } }) } });
    await recordAudit(tx, actor, { action: "account.password" });
  });
}

/** Throws `forbidden` for what is no person. */
export function personId(actor: OperationContext["actor"]): string {
  if (actor.kind === "user") return actor.id;
  throw new OperationError("forbidden", "Only a signed-in person has an account.");
}
