/** Endpoints about people, tokens, share links and the audit log. */
import { z } from "zod";
import { createTokenInput } from "#lib/auth/api-token.ts";
import { createShareLinkInput } from "#lib/auth/share-links.ts";
import { changeUserInput, createUserInput } from "#lib/auth/users.ts";
import { auditExportQuery, auditQuery } from "#lib/operations/read/audit-query.ts";
import { roleSchema } from "#lib/operations/role.ts";
import type { ApiRoute } from "./api-route.ts";
import { actor } from "./view-schemas.ts";

const route = <const R extends ApiRoute>(value: R): R => value;

const userView = z.strictObject({
  id: z.string(),
  name: z.string(),
  email: z.string(),
  role: roleSchema,
  apps: z.array(z.strictObject({ app: z.string(), role: roleSchema })),
  createdAt: z.string(),
  hasPassword: z.boolean(),
  suspended: z.boolean(),
  lastSeenAt: z.string().nullable(),
});

const shareLinkView = z.strictObject({
  id: z.string(),
  app: z.string(),
  label: z.string(),
  createdBy: z.string(),
  createdAt: z.string(),
  expiresAt: z.string(),
  revokedAt: z.string().nullable(),
  lastUsedAt: z.string().nullable(),
  state: z.enum(["active", "expired", "revoked"]),
});

const tokenView = z.strictObject({
  id: z.string(),
  name: z.string(),
  role: roleSchema,
  apps: z.array(z.string()),
  createdBy: z.string(),
  createdAt: z.string(),
  expiresAt: z.string().nullable(),
  lastUsedAt: z.string().nullable(),
  revokedAt: z.string().nullable(),
  state: z.enum(["active", "expiring", "expired", "revoked"]),
});

const auditView = z.strictObject({
  id: z.string(),
  at: z.string(),
  actor,
  action: z.string(),
  app: z.string().nullable(),
  run: z.string().nullable(),
  detail: z.record(z.string(), z.unknown()),
});

export const listPeople = route({
  method: "GET",
  path: "/people",
  id: "listPeople",
  summary: "People who may sign in, with their roles.",
  role: "admin",
  answer: z.strictObject({ people: z.array(userView) }),
});

export const addPerson = route({
  method: "POST",
  path: "/people",
  id: "addPerson",
  summary: "Add a person. `link` signs them in once within a week, and is shown this once.",
  role: "admin",
  body: createUserInput,
  status: 201,
  answer: z.strictObject({ person: userView, link: z.string() }),
});

export const changePerson = route({
  method: "PATCH",
  path: "/people/{id}",
  id: "changePerson",
  summary: "Change a person's role, roles in single apps (`none` takes one away), or suspend them.",
  role: "admin",
  body: changeUserInput,
  answer: z.strictObject({ person: userView }),
});

export const removePerson = route({
  method: "DELETE",
  path: "/people/{id}",
  id: "removePerson",
  summary: "Remove a person; their sessions end.",
  role: "admin",
  answer: z.strictObject({ removed: z.string() }),
});

export const linkPerson = route({
  method: "POST",
  path: "/people/{id}/link",
  id: "linkPerson",
  summary: "A new sign-in link for a person. It works once within a week, and is shown this once.",
  role: "admin",
  body: z.strictObject({}),
  status: 201,
  answer: z.strictObject({ link: z.string() }),
});

export const listShareLinks = route({
  method: "GET",
  path: "/apps/{app}/share-links",
  id: "listShareLinks",
  summary: "Links that let whoever has them see the staging domains.",
  role: "tester",
  answer: z.strictObject({ links: z.array(shareLinkView) }),
});

export const createShareLink = route({
  method: "POST",
  path: "/apps/{app}/share-links",
  id: "createShareLink",
  summary: "Make a share link. Its address is shown this once.",
  role: "operator",
  body: createShareLinkInput,
  status: 201,
  answer: z.strictObject({ link: shareLinkView, url: z.string() }),
});

export const revokeShareLink = route({
  method: "DELETE",
  path: "/share-links/{id}",
  id: "revokeShareLink",
  summary: "Revoke a share link; who came by it is out at once.",
  role: "operator",
  within: true,
  answer: z.strictObject({ link: shareLinkView }),
});

export const listTokens = route({
  method: "GET",
  path: "/tokens",
  id: "listTokens",
  summary: "API tokens, without their secrets.",
  role: "admin",
  answer: z.strictObject({ tokens: z.array(tokenView) }),
});

export const createToken = route({
  method: "POST",
  path: "/tokens",
  id: "createToken",
  summary: "Make an API token. Its secret is shown this once.",
  role: "admin",
  body: createTokenInput,
  status: 201,
  answer: z.strictObject({ token: tokenView, secret: z.string() }),
});

export const revokeToken = route({
  method: "DELETE",
  path: "/tokens/{id}",
  id: "revokeToken",
  summary: "Revoke an API token.",
  role: "admin",
  answer: z.strictObject({ token: tokenView }),
});

export const listAudit = route({
  method: "GET",
  path: "/audit",
  id: "listAudit",
  summary: "Who did what, newest first.",
  role: "operator",
  within: true,
  query: auditQuery,
  answer: z.strictObject({ entries: z.array(auditView) }),
});

export const exportAudit = route({
  method: "GET",
  path: "/audit/export",
  id: "exportAudit",
  summary: "All entries that fit, oldest first, as JSON lines or CSV.",
  role: "operator",
  within: true,
  query: auditExportQuery,
  answer: { download: "application/jsonl" },
});

export const accessRoutes: ApiRoute[] = [
  listPeople,
  addPerson,
  changePerson,
  removePerson,
  linkPerson,
  listShareLinks,
  createShareLink,
  revokeShareLink,
  listTokens,
  createToken,
  revokeToken,
  listAudit,
  exportAudit,
];
