/** People who may sign in. Every change needs admin and leaves an audit entry in the same transaction. */
import { randomUUID } from "node:crypto";
import { z } from "zod";
import { appName } from "#lib/config/manifest.ts";
import { type OperationContext, requireRole } from "#lib/operations/context.ts";
import { notFound, OperationError, refused } from "#lib/operations/errors.ts";
import { parseInput } from "#lib/operations/parse-input.ts";
import { recordAudit } from "#lib/operations/record-audit.ts";
import { type Role, roleSchema } from "#lib/operations/role.ts";
import { isUniqueViolation } from "#lib/operations/unique-violation.ts";
import type { StoreTransaction } from "#lib/store/client.ts";
import { giveAppRoles } from "./app-roles.ts";
import { mintSignInLink } from "./sign-in-link.ts";
import { type UserView, userInclude, userView } from "./user-view.ts";

const INVITATION_MS = 7 * 86_400_000;

/** By name of the app; `none` takes the role there away. */
const appRoles = z.record(appName, roleSchema);

export const createUserInput = z.strictObject({
  name: z.string().trim().min(1).max(100),
  email: z.email().toLowerCase().max(200),
  /** In every app. */
  role: roleSchema,
  apps: appRoles.optional(),
});

export const changeUserInput = z.strictObject({
  role: roleSchema.optional(),
  /** Apps that are not named keep theirs. */
  apps: appRoles.optional(),
  /** Suspended people keep their roles, and can't sign in. */
  suspended: z.boolean().optional(),
});

/** `link` is a sign-in token to hand over, good once within a week. */
export async function createUser(
  context: OperationContext,
  input: z.input<typeof createUserInput>,
): Promise<{ user: UserView; link: string }> {
  requireRole(context, "admin");
  const { name, email, role, apps = {} } = parseInput(createUserInput, input);
  const { store, actor } = context;
  try {
    return await store.$transaction(async (tx) => {
      const id = randomUUID();
      await tx.user.create({ data: { id, name, email, role } });
      await recordAudit(tx, actor, { action: "user.create", detail: { user: id, email, role } });
      await giveAppRoles(tx, actor, { id, email }, apps);
      const link = await mintSignInLink(tx, { userId: id, ttlMs: INVITATION_MS });
      return { user: await readUser(tx, id), link };
    });
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    throw new OperationError("invalid", `There is a user with the address ${email} already.`);
  }
}

/** By name. Needs admin. */
export async function listUsers(context: OperationContext): Promise<UserView[]> {
  requireRole(context, "admin");
  const users = await context.store.user.findMany({ include: userInclude, orderBy: { name: "asc" } });
  return users.map(userView);
}

/**
 * Needs admin. In force with the person's next request; suspending ends their sessions and takes their links. Throws
 * `refused` when no admin would be left, `not-found` for a person or an app that isn't there.
 */
export async function changeUser(
  context: OperationContext,
  userId: string,
  input: z.input<typeof changeUserInput>,
): Promise<UserView> {
  requireRole(context, "admin");
  const { role, apps = {}, suspended } = parseInput(changeUserInput, input);
  const { store, actor } = context;
  return store.$transaction(async (tx) => {
    const before = await lockUser(tx, userId, suspended ? null : (role ?? "unchanged"));
    const who = { user: userId, email: before.email };
    if (role !== undefined && role !== before.role) {
      await tx.user.update({ where: { id: userId }, data: { role } });
      const detail = { ...who, from: before.role, to: role };
      await recordAudit(tx, actor, { action: "user.role", detail });
    }
    if (suspended !== undefined && suspended !== (before.suspendedAt !== null)) {
      await tx.user.update({ where: { id: userId }, data: { suspendedAt: suspended ? new Date() : null } });
      if (suspended) {
        await tx.session.deleteMany({ where: { userId } });
        await tx.signInLink.deleteMany({ where: { userId } });
      }
      await recordAudit(tx, actor, { action: suspended ? "user.suspend" : "user.readmit", detail: who });
    }
    await giveAppRoles(tx, actor, before, apps);
    return readUser(tx, userId);
  });
}

/** Throws `refused` for the last admin's own. In force with the person's next request. */
export const setRole = (context: OperationContext, userId: string, role: Role): Promise<UserView> =>
  changeUser(context, userId, { role });

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

/** A new sign-in link for somebody who can't get in. Needs admin. Throws `refused` for suspended people. */
export async function mintUserLink(context: OperationContext, userId: string): Promise<string> {
  requireRole(context, "admin");
  return context.store.$transaction(async (tx) => {
    const { name, email, suspendedAt } = await lockUser(tx, userId, "unchanged");
    if (suspendedAt !== null) {
      throw refused([
        {
          code: "suspended",
          severity: "refuse",
          what: `${name} is suspended.`,
          remedy: "Let them in again first.",
        },
      ]);
    }
    await recordAudit(tx, context.actor, { action: "user.link", detail: { user: userId, email } });
    return mintSignInLink(tx, { userId, ttlMs: INVITATION_MS });
  });
}

const readUser = async (tx: StoreTransaction, id: string): Promise<UserView> =>
  userView(await tx.user.findUniqueOrThrow({ where: { id }, include: userInclude }));

/**
 * Takes the admins' rows too, so that two admins can't remove each other at once. `next`: the role that the person
 * will have, null when they will not be able to get in at all.
 */
async function lockUser(tx: StoreTransaction, id: string, next: Role | "unchanged" | null) {
  await tx.$queryRaw`SELECT id FROM "user" WHERE id = ${id} OR role = 'admin' ORDER BY id FOR UPDATE`;
  const user = await tx.user.findUnique({ where: { id } });
  if (!user) throw notFound("There is no such person.");
  const isAdmin = user.role === "admin" && user.suspendedAt === null;
  const stays = next === "admin" || next === "unchanged";
  if (isAdmin && !stays && (await tx.user.count({ where: { role: "admin", suspendedAt: null } })) === 1) {
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
