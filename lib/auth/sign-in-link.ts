/** Links that sign one person in once: for the first start, for new users, for an admin who lost the password. */
import { randomUUID } from "node:crypto";
import { recordAudit } from "#lib/operations/record-audit.ts";
import type { Actor } from "#lib/operations/views.ts";
import type { Store, StoreTransaction } from "#lib/store/client.ts";
import { hashSecret, randomSecret } from "./secrets.ts";

export const SIGN_IN_LINK_PATH = "/sign-in/link/";

export type LinkFor = { userId: string } | { firstRun: true };

/** The token is not stored and can't be shown again. Path: SIGN_IN_LINK_PATH + token. */
export async function mintSignInLink(
  store: Store | StoreTransaction,
  link: LinkFor & { ttlMs: number },
): Promise<string> {
  const token = randomSecret();
  await store.signInLink.create({
    data: {
      id: randomUUID(),
      tokenHash: hashSecret(token),
      userId: "userId" in link ? link.userId : null,
      expiresAt: new Date(Date.now() + link.ttlMs),
    },
  });
  return token;
}

/** For whoever owns the machine: signs the first admin in, or makes one when nobody is there yet. */
export async function mintAdminLink(store: Store, ttlMs: number, actor?: Actor): Promise<string> {
  return store.$transaction(async (tx) => {
    const admin = await tx.user.findFirst({
      where: { role: "admin", suspendedAt: null },
      orderBy: { createdAt: "asc" },
    });
    if (actor) {
      const detail = admin ? { user: admin.id, email: admin.email } : {};
      await recordAudit(tx, actor, { action: "user.link", detail });
    }
    return mintSignInLink(tx, admin ? { userId: admin.id, ttlMs } : { firstRun: true, ttlMs });
  });
}

export type LinkResult = { ok: true; userId: string } | { ok: false; reason: "unknown" | "used" | "expired" };

/** Uses the link up. Of many who open it at once, one gets in. */
export async function consumeSignInLink(store: Store, token: string): Promise<LinkResult> {
  const tokenHash = hashSecret(token);
  return store.$transaction(async (tx) => {
    const now = new Date();
    const { count } = await tx.signInLink.updateMany({
      where: { tokenHash, usedAt: null, expiresAt: { gt: now } },
      data: { usedAt: now },
    });
    const link = await tx.signInLink.findUnique({ where: { tokenHash } });
    if (link === null) return { ok: false, reason: "unknown" };
    if (count === 0) return { ok: false, reason: link.usedAt === null ? "expired" : "used" };
    if (link.userId === null) return firstAdmin(tx);
    const user = await tx.user.findUnique({ where: { id: link.userId } });
    if (user === null || user.suspendedAt !== null) return { ok: false, reason: "unknown" };
    return { ok: true, userId: user.id };
  });
}

/** Any number that nothing else in the store's database locks. */
const FIRST_ADMIN_LOCK = 5_167_061_122n;

/** A first-run link is worth nothing once somebody is there. */
async function firstAdmin(tx: StoreTransaction): Promise<LinkResult> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(${FIRST_ADMIN_LOCK})`;
  if ((await tx.user.count()) > 0) return { ok: false, reason: "used" };
  const id = randomUUID();
  // Name, address and password are set on the account page.
  await tx.user.create({ data: { id, name: "Admin", email: "admin@signalbox.invalid", role: "admin" } });
  const actor = { kind: "user", id, name: "Admin" } as const;
  await recordAudit(tx, actor, { action: "user.create", detail: { role: "admin", firstRun: true } });
  return { ok: true, userId: id };
}
