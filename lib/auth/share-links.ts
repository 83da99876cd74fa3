/** Links that let whoever has them see an app's staging domains, without signing in. */
import { randomUUID } from "node:crypto";
import { z } from "zod";
import { readSecretKey } from "#lib/config/open-home.ts";
import { ENTER_PATH, issueStagingPass } from "#lib/gateway/staging-pass.ts";
import { noSuchApp, type OperationContext, requireRole, requireRoleFor } from "#lib/operations/context.ts";
import { notFound, refused } from "#lib/operations/errors.ts";
import { notify } from "#lib/operations/notify.ts";
import { parseInput } from "#lib/operations/parse-input.ts";
import { siteUrl } from "#lib/operations/read/app-view.ts";
import { recordAudit } from "#lib/operations/record-audit.ts";
import type { Store, StoreTransaction } from "#lib/store/client.ts";
import type { ShareLink } from "#lib/store/generated/client.ts";
import { hashSecret, randomSecret } from "./secrets.ts";

export const SHARE_PATH = "/share/";
/** Gateways know them all by heart. */
const MOST = 100;
/** Of what the browser gets; the link renews it. */
const PASS_MS = 12 * 3_600_000;
const USE_NOTED_MS = 10_000;

export const createShareLinkInput = z.strictObject({
  /** Who it is for. */
  label: z.string().trim().min(1).max(100),
  expiresInDays: z.number().int().min(1).max(90).default(7),
});

export interface ShareLinkView {
  id: string;
  app: string;
  label: string;
  createdBy: string;
  createdAt: string;
  expiresAt: string;
  revokedAt: string | null;
  lastUsedAt: string | null;
  state: "active" | "expired" | "revoked";
}

/** Needs operator. `token` goes behind SHARE_PATH on the dashboard's address, and is shown this once. */
export async function createShareLink(
  context: OperationContext,
  name: string,
  input: z.input<typeof createShareLinkInput>,
): Promise<{ link: ShareLinkView; token: string }> {
  requireRole(context, "operator", name);
  const { label, expiresInDays } = parseInput(createShareLinkInput, input);
  const token = randomSecret();
  return context.store.$transaction(async (tx) => {
    const app = await appForLinks(tx, name);
    const expiresAt = new Date(Date.now() + expiresInDays * 86_400_000);
    const id = randomUUID();
    const createdBy = context.actor.name;
    const link = await tx.shareLink.create({
      data: { id, appId: app.id, label, tokenHash: hashSecret(token), createdBy, expiresAt },
    });
    const detail = { link: id, label, expiresAt: expiresAt.toISOString() };
    await recordAudit(tx, context.actor, { action: "share.create", appName: name, detail });
    await tellGateways(tx, app);
    return { link: linkView(link, name), token };
  });
}

/** Needs tester. Newest first, those that ended too. */
export async function listShareLinks(context: OperationContext, name: string): Promise<ShareLinkView[]> {
  requireRole(context, "tester", name);
  const app = await context.store.app.findUnique({
    where: { name },
    include: { shareLinks: { orderBy: { createdAt: "desc" }, take: 200 } },
  });
  if (!app) throw noSuchApp(name);
  return app.shareLinks.map((link) => linkView(link, name));
}

/** Needs operator. Who came by it is out within a second; revoking twice is harmless. */
export async function revokeShareLink(context: OperationContext, id: string): Promise<ShareLinkView> {
  return context.store.$transaction(async (tx) => {
    const found = await tx.shareLink.findUnique({ where: { id }, include: { app: true } });
    requireRoleFor(context, "operator", found?.app.name, "There is no such link.");
    if (!found) throw notFound("There is no such link.");
    const { app } = found;
    const now = new Date();
    const { count } = await tx.shareLink.updateMany({
      where: { id, revokedAt: null },
      data: { revokedAt: now },
    });
    if (count > 0) {
      const detail = { link: id, label: found.label };
      await recordAudit(tx, context.actor, { action: "share.revoke", appName: app.name, detail });
      await tellGateways(tx, app);
    }
    return linkView({ ...found, revokedAt: found.revokedAt ?? now }, app.name);
  });
}

/** Where the bearer goes in: one of the app's staging domains, `wanted` if it is one. Null: the link is no good. */
export async function followShareLink(
  { store, home, site }: Pick<OperationContext, "store" | "home" | "site">,
  token: string,
  wanted: string | null,
): Promise<{ url: string } | null> {
  const link = await usableLink(store, token);
  if (link === null) return null;
  const hosts = link.app.domains.map(({ host }) => host);
  const host = hosts.find((each) => each === wanted) ?? hosts[0];
  if (host === undefined) return null;
  const now = Date.now();
  if (now - (link.lastUsedAt?.getTime() ?? 0) > USE_NOTED_MS) {
    await store.shareLink.update({ where: { id: link.id }, data: { lastUsedAt: new Date(now) } });
  }
  const until = Math.min(link.expiresAt.getTime(), now + PASS_MS);
  const pass = issueStagingPass(readSecretKey(home), link.app.name, until, link.id);
  return { url: new URL(`${ENTER_PATH}?pass=${encodeURIComponent(pass)}`, siteUrl(site, host)).href };
}

const usableLink = (store: Store, token: string) =>
  store.shareLink.findFirst({
    where: {
      tokenHash: hashSecret(token),
      revokedAt: null,
      expiresAt: { gt: new Date() },
      app: { removedAt: null },
    },
    include: {
      app: { include: { domains: { where: { audience: "staging" }, orderBy: { host: "asc" } } } },
    },
  });

/** Throws when there is nothing to share, or too much. */
async function appForLinks(tx: StoreTransaction, name: string) {
  await tx.$queryRaw`SELECT id FROM app WHERE name = ${name} FOR UPDATE`;
  const app = await tx.app.findFirst({ where: { name, removedAt: null }, include: { domains: true } });
  if (!app) throw noSuchApp(name);
  if (!app.domains.some(({ audience }) => audience === "staging")) {
    throw refused([
      {
        code: "no-staging-domain",
        severity: "refuse",
        what: `${name} has no staging domain.`,
        remedy: "Publish a domain to the idle slot first.",
      },
    ]);
  }
  const where = { appId: app.id, revokedAt: null, expiresAt: { gt: new Date() } };
  if ((await tx.shareLink.count({ where })) >= MOST) {
    throw refused([
      {
        code: "too-many-links",
        severity: "refuse",
        what: `${name} has ${MOST} links that hold.`,
        remedy: "Revoke some.",
      },
    ]);
  }
  return app;
}

async function tellGateways(tx: StoreTransaction, { id, name }: { id: string; name: string }): Promise<void> {
  await tx.app.update({ where: { id }, data: { routeVersion: { increment: 1 } } });
  await notify(tx, "signalbox_routes", name);
}

const linkView = (link: ShareLink, app: string): ShareLinkView => ({
  id: link.id,
  app,
  label: link.label,
  createdBy: link.createdBy,
  createdAt: link.createdAt.toISOString(),
  expiresAt: link.expiresAt.toISOString(),
  revokedAt: link.revokedAt?.toISOString() ?? null,
  lastUsedAt: link.lastUsedAt?.toISOString() ?? null,
  state: link.revokedAt !== null ? "revoked" : link.expiresAt <= new Date() ? "expired" : "active",
});
