/** Endpoints about people and share links. */
import { z } from "zod";
import { createShareLinkInput } from "#lib/auth/share-links.ts";
import { changeUserInput, createUserInput } from "#lib/auth/users.ts";
import { roleSchema } from "#lib/operations/role.ts";
import type { ApiRoute } from "./api-route.ts";

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

export const accessRoutes: ApiRoute[] = [
  listPeople,
  addPerson,
  changePerson,
  removePerson,
  linkPerson,
  listShareLinks,
  createShareLink,
  revokeShareLink,
];
