/** What an app's private repositories want. Kept sealed, and never shown again. All need operator in the app. */
import { randomUUID } from "node:crypto";
import { z } from "zod";
import { readKeyRing, seal } from "#lib/config/seal.ts";
import { credentialContext } from "#lib/store/source-credentials.ts";
import { noSuchApp, type OperationContext, requireRole } from "./context.ts";
import { notFound, OperationError } from "./errors.ts";
import { parseInput } from "./parse-input.ts";
import { recordAudit } from "./record-audit.ts";
import { isUniqueViolation } from "./unique-violation.ts";

export const credentialName = z
  .string()
  .trim()
  .regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, "lower-case letters, digits, dots and dashes, at most 63");

const SSH_KEY = /^-----BEGIN ([A-Z]+ )?PRIVATE KEY-----\n[\s\S]+\n-----END ([A-Z]+ )?PRIVATE KEY-----$/;

export const addCredentialInput = z
  .strictObject({
    name: credentialName,
    /** `token`: for https, alone or as user:token. `ssh-key`: a private key without a passphrase. */
    kind: z.enum(["token", "ssh-key"]),
    secret: z
      .string()
      .max(20_000)
      .transform((text) => text.replaceAll("\r\n", "\n").trim())
      .pipe(z.string().min(1)),
  })
  .check(({ value, issues }) => {
    const { kind, secret } = value;
    const problem = kind === "token" ? tokenProblem(secret) : keyProblem(secret);
    if (problem) issues.push({ code: "custom", input: undefined, path: ["secret"], message: problem });
  });

const tokenProblem = (secret: string) => (/^[\x21-\x7e]+$/.test(secret) ? null : "one line without blanks");

function keyProblem(secret: string): string | null {
  if (!SSH_KEY.test(secret)) return "a private key, from its BEGIN line to its END line";
  if (/ENCRYPTED/.test(secret)) return "a key without a passphrase: nobody is there to type it";
  return null;
}

export interface CredentialView {
  name: string;
  kind: "token" | "ssh-key";
  createdBy: string;
  createdAt: string;
}

/** By name. */
export async function listCredentials(context: OperationContext, app: string): Promise<CredentialView[]> {
  const appId = await idOf(context, app);
  const rows = await context.store.sourceCredential.findMany({ where: { appId }, orderBy: { name: "asc" } });
  return rows.map(view);
}

/** Throws `invalid` when there is one of that name: what is replaced unseen is missed later. */
export async function addCredential(
  context: OperationContext,
  app: string,
  input: z.input<typeof addCredentialInput>,
): Promise<CredentialView> {
  const { name, kind, secret } = parseInput(addCredentialInput, input);
  const appId = await idOf(context, app);
  const { store, actor, home } = context;
  const sealed = seal(readKeyRing(home), secret, credentialContext(appId, name));
  try {
    return await store.$transaction(async (tx) => {
      const data = { id: randomUUID(), appId, name, kind, sealed, createdBy: actor.name };
      const row = await tx.sourceCredential.create({ data });
      await recordAudit(tx, actor, { action: "credential.create", appName: app, detail: { name, kind } });
      return view(row);
    });
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    throw new OperationError("invalid", `name: ${app} has a credential named ${name} already`, {
      remedy: "Remove that one first, or choose another name.",
    });
  }
}

/** Throws `not-found`. Releases that were fetched with it stay. */
export async function removeCredential(
  context: OperationContext,
  app: string,
  name: string,
): Promise<CredentialView> {
  const appId = await idOf(context, app);
  return context.store.$transaction(async (tx) => {
    const row = await tx.sourceCredential.findUnique({ where: { appId_name: { appId, name } } });
    if (!row) throw notFound(`${app} has no credential named ${name.slice(0, 80)}.`);
    await tx.sourceCredential.delete({ where: { id: row.id } });
    await recordAudit(tx, context.actor, {
      action: "credential.remove",
      appName: app,
      detail: { name, kind: row.kind },
    });
    return view(row);
  });
}

async function idOf(context: OperationContext, app: string): Promise<string> {
  requireRole(context, "operator", app);
  const found = await context.store.app.findUnique({ where: { name: app }, select: { id: true } });
  if (!found) throw noSuchApp(app);
  return found.id;
}

const view = (row: { name: string; kind: string; createdBy: string; createdAt: Date }): CredentialView => ({
  name: row.name,
  kind: row.kind as CredentialView["kind"],
  createdBy: row.createdBy,
  createdAt: row.createdAt.toISOString(),
});
