/** People who may sign in. Every change needs admin and leaves an audit entry in the same transaction. */
import { randomUUID } from "node:crypto";
import { z } from "zod";
import { type OperationContext, requireRole } from "#lib/operations/context.ts";
import { notFound, OperationError, refused } from "#lib/operations/errors.ts";
import { parseInput } from "#lib/operations/parse-input.ts";
import { recordAudit } from "#lib/operations/record-audit.ts";
import { type Role, roleSchema } from "#lib/operations/role.ts";
import { isUniqueViolation } from "#lib/operations/unique-violation.ts";
import type { StoreTransaction } from "#lib/store/client.ts";
import { mintSignInLink } from "./sign-in-link.ts";

const INVITATION_MS = 7 * 86_400_000;

export const createUserInput = z.strictObject({
  name: z.string().trim().min(1).max(100),
  email: z.email().toLowerCase().max(200),
  role: roleSchema,
});

export interface UserView {
  id: string;
  name: string;
  email: string;
  role: Role;
  createdAt: string;
  /** Without one a person gets in by link only. */
  hasPassword: boolean;
}

/** `link` is a sign-in token to hand over, good once within a week. */
export async function createUser(
  context: OperationContext,
  input: z.input<typeof createUserInput>,
): Promise<{ user: UserView; link: string }> {
  requireRole(context, "admin");
  const { name, email, role } = parseInput(createUserInput, input);
  const { store, actor } = context;
  try {
    return await store.$transaction(async (tx) => {
      const user = await tx.user.create({ data: { id: randomUUID(), name, email, role } });
      const link = await mintSignInLink(tx, { userId: user.id, ttlMs: INVITATION_MS });
      await recordAudit(tx, actor, { action: "user.create", detail: { user: user.id, email, role } });
      return { user: userView({ ...user, accounts: [] }), link };
    });
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    throw new OperationError("invalid", `There is a user with the address ${email} already.`);
  }
}

/** By name. Needs admin. */
export async function listUsers(context: OperationContext): Promise<UserView[]> {
  requireRole(context, "admin");
  const users = await context.store.user.findMany({ include: withPassword, orderBy: { name: "asc" } });
  return users.map(userView);
}

/** Throws `refused` for the last admin's own. In force with the person's next request. */
export async function setRole(context: OperationContext, userId: string, role: Role): Promise<UserView> {
  requireRole(context, "admin");
  const wanted = parseInput(roleSchema, role);
  return context.store.$transaction(async (tx) => {
    const before = await lockUser(tx, userId, wanted);
    const user = await tx.user.update({
      where: { id: userId },
      data: { role: wanted },
      include: withPassword,
    });
    await recordAudit(tx, context.actor, {
      action: "user.role",
      detail: { user: userId, email: user.email, from: before.role, to: wanted },
    });
    return userView(user);
  });
}

/** Their sessions end with them. Throws `refused` for the last admin. */
export async function removeUser(context: OperationContext, userId: string): Promise<void> {
  requireRole(context, "admin");
  await context.store.$transaction(async (tx) => {
    const { email } = await lockUser(tx, userId, null);
    await tx.signInLink.deleteMany({ where: { userId } });
    await tx.user.delete({ where: { id: userId } });
    await recordAudit(tx, context.actor, { action: "user.remove", detail: { user: userId, email } });
  });
}

/** A new sign-in link for somebody who can't get in. Needs admin. */
export async function mintUserLink(context: OperationContext, userId: string): Promise<string> {
  requireRole(context, "admin");
  return context.store.$transaction(async (tx) => {
    const { email } = await lockUser(tx, userId, "admin");
    await recordAudit(tx, context.actor, { action: "user.link", detail: { user: userId, email } });
    return mintSignInLink(tx, { userId, ttlMs: INVITATION_MS });
  });
}

/** Takes the admins' rows too, so that two admins can't remove each other at once. */
async function lockUser(tx: StoreTransaction, id: string, next: Role | null) {
  await tx.$queryRaw`SELECT id FROM "user" WHERE id = ${id} OR role = 'admin' ORDER BY id FOR UPDATE`;
  const user = await tx.user.findUnique({ where: { id } });
  if (!user) throw notFound("There is no such user.");
  if (
    user.role === "admin" &&
    next !== "admin" &&
    (await tx.user.count({ where: { role: "admin" } })) === 1
  ) {
    throw refused([
      {
        code: "last-admin",
        severity: "refuse",
        what: `${user.name} is the only admin.`,
        remedy: "Make somebody else an admin first.",
      },
    ]);
  }
  return user;
}

const withPassword = { accounts: { where: { providerId: "credential" }, select: { id: true } } };

interface UserRow {
  id: string;
  name: string;
  email: string;
  role: Role;
  createdAt: Date;
  accounts: unknown[];
}

const userView = ({ id, name, email, role, createdAt, accounts }: UserRow): UserView => ({
  id,
  name,
  email,
  role,
  createdAt: createdAt.toISOString(),
  hasPassword: accounts.length > 0,
});
