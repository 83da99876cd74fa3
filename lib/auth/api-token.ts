/** API tokens: `sbx_` and 256 random bits, kept as a hash, with a role of their own. */
import { randomUUID } from "node:crypto";
import { z } from "zod";
import { appName } from "#lib/config/manifest.ts";
import { type OperationActor, type OperationContext, requireRole } from "#lib/operations/context.ts";
import { notFound } from "#lib/operations/errors.ts";
import { parseInput } from "#lib/operations/parse-input.ts";
import { recordAudit } from "#lib/operations/record-audit.ts";
import { type Role, roleSchema } from "#lib/operations/role.ts";
import type { Store, StoreTransaction } from "#lib/store/client.ts";
import { hashSecret, randomSecret } from "./secrets.ts";

const PREFIX = "sbx_";

export const createTokenInput = z.strictObject({
  name: z.string().trim().min(1).max(100),
  role: roleSchema.exclude(["none"]),
  /** Names of the apps that it is for; default: all. */
  apps: z.array(appName).min(1).max(200).optional(),
  /** Default: it does not expire. */
  expiresInDays: z.number().int().min(1).max(3650).optional(),
});

export interface TokenView {
  id: string;
  name: string;
  role: Role;
  /** Empty: all. */
  apps: string[];
  createdBy: string;
  createdAt: string;
  expiresAt: string | null;
  lastUsedAt: string | null;
  revokedAt: string | null;
  /** `expiring`: within two weeks. */
  state: "active" | "expiring" | "expired" | "revoked";
}

/** Needs admin. `secret` is shown this once. */
export async function createToken(
  context: OperationContext,
  input: z.input<typeof createTokenInput>,
): Promise<{ token: TokenView; secret: string }> {
  requireRole(context, "admin");
  const { name, role, apps = [], expiresInDays } = parseInput(createTokenInput, input);
  const secret = PREFIX + randomSecret();
  const { store, actor } = context;
  const expiresAt = expiresInDays === undefined ? null : new Date(Date.now() + expiresInDays * 86_400_000);
  return store.$transaction(async (tx) => {
    await requireApps(tx, apps);
    const id = randomUUID();
    const token = await tx.apiToken.create({
      data: { id, name, role, apps, tokenHash: hashSecret(secret), createdBy: actor.name, expiresAt },
    });
    const detail = { token: id, name, role, apps, expiresAt: expiresAt?.toISOString() ?? null };
    await recordAudit(tx, actor, { action: "token.create", detail });
    return { token: tokenView(token), secret };
  });
}

async function requireApps(tx: StoreTransaction, names: string[]): Promise<void> {
  const found = await tx.app.findMany({ where: { name: { in: names } }, select: { name: true } });
  const missing = names.find((name) => !found.some((app) => app.name === name));
  if (missing !== undefined) throw notFound(`There is no app named ${missing}.`);
}

/** Needs admin. Newest first. */
export async function listTokens(context: OperationContext): Promise<TokenView[]> {
  requireRole(context, "admin");
  const tokens = await context.store.apiToken.findMany({ orderBy: { createdAt: "desc" } });
  return tokens.map(tokenView);
}

/** Needs admin. It is refused from then on. Throws `not-found`; revoking twice is harmless. */
export async function revokeToken(context: OperationContext, id: string): Promise<TokenView> {
  requireRole(context, "admin");
  const { store, actor } = context;
  return store.$transaction(async (tx) => {
    const now = new Date();
    const { count } = await tx.apiToken.updateMany({
      where: { id, revokedAt: null },
      data: { revokedAt: now },
    });
    const token = await tx.apiToken.findUnique({ where: { id } });
    if (!token) throw notFound("There is no such token.");
    if (count > 0) {
      await recordAudit(tx, actor, { action: "token.revoke", detail: { token: id, name: token.name } });
    }
    return tokenView(token);
  });
}

const USE_NOTED_MS = 60_000;

/** Whose token it is; null when it is unknown, expired or revoked. */
export async function tokenActor(store: Store, secret: string): Promise<OperationActor | null> {
  if (!secret.startsWith(PREFIX)) return null;
  const token = await store.apiToken.findUnique({ where: { tokenHash: hashSecret(secret) } });
  const now = new Date();
  if (!token || token.revokedAt !== null || (token.expiresAt !== null && token.expiresAt <= now)) return null;
  const noted = token.lastUsedAt?.getTime() ?? 0;
  if (now.getTime() - noted > USE_NOTED_MS) {
    await store.apiToken.updateMany({ where: { id: token.id }, data: { lastUsedAt: now } });
  }
  const who = { kind: "token" as const, id: token.id, name: token.name };
  if (token.apps.length === 0) return { ...who, role: token.role };
  return { ...who, role: "none", apps: new Map(token.apps.map((app) => [app, token.role])) };
}

interface TokenRow {
  id: string;
  name: string;
  role: Role;
  apps: string[];
  createdBy: string;
  createdAt: Date;
  expiresAt: Date | null;
  lastUsedAt: Date | null;
  revokedAt: Date | null;
}

const tokenView = ({ id, name, role, apps, createdBy, ...dates }: TokenRow): TokenView => ({
  id,
  name,
  role,
  apps,
  createdBy,
  createdAt: dates.createdAt.toISOString(),
  expiresAt: dates.expiresAt?.toISOString() ?? null,
  lastUsedAt: dates.lastUsedAt?.toISOString() ?? null,
  revokedAt: dates.revokedAt?.toISOString() ?? null,
  state: stateOf(dates),
});

const SOON_MS = 14 * 86_400_000;

function stateOf({ revokedAt, expiresAt }: Pick<TokenRow, "revokedAt" | "expiresAt">): TokenView["state"] {
  if (revokedAt !== null) return "revoked";
  const left = expiresAt === null ? Number.POSITIVE_INFINITY : expiresAt.getTime() - Date.now();
  if (left <= 0) return "expired";
  return left < SOON_MS ? "expiring" : "active";
}
