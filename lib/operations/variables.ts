/** An app's own environment variables. Their values are sealed at rest; a secret one is never shown again. */
import { z } from "zod";
import { appName } from "#lib/config/manifest.ts";
import { readKeyRing, seal, unseal } from "#lib/config/seal.ts";
import { reachesOutside, variableName, variableScope, variableValue } from "#lib/config/variable-names.ts";
import type { StoreTransaction } from "#lib/store/client.ts";
import type { Prisma } from "#lib/store/generated/client.ts";
import { variableContext } from "#lib/store/variables.ts";
import type { AppWithState } from "./app-state.ts";
import { type OperationContext, requireRole } from "./context.ts";
import { notFound, OperationError, refused } from "./errors.ts";
import { parseInput } from "./parse-input.ts";
import { recordAudit } from "./record-audit.ts";
import { lockApp, PATIENCE } from "./request-run.ts";

const MOST = 300;

export const setVariablesInput = z.strictObject({
  app: appName,
  variables: z
    .array(
      z.strictObject({
        name: variableName,
        value: variableValue,
        /** Never shown again. Default: as it is, else true. */
        secret: z.boolean().optional(),
        scope: variableScope.default("both"),
      }),
    )
    .min(1)
    .max(MOST),
});

export const unsetVariableInput = z.strictObject({
  app: appName,
  name: z.string().min(1).max(128),
  scope: variableScope.default("both"),
});

export interface VariableView {
  name: string;
  scope: "both" | "live" | "preview";
  secret: boolean;
  /** Null for a secret. */
  value: string | null;
  updatedBy: string;
  updatedAt: string;
}

export interface VariablesView {
  variables: VariableView[];
  /** Names that previews had better have a value of their own for: mail, payment, webhooks. */
  suggestions: string[];
  /** Slots with processes that run with other values than these. */
  outdated: ("blue" | "green")[];
}

/** Needs operator. Takes effect in the live slot with an update or a restart, in the other one within seconds. */
export async function setVariables(
  context: OperationContext,
  input: z.input<typeof setVariablesInput>,
): Promise<{ names: string[] }> {
  const { app: name, variables } = parseInput(setVariablesInput, input);
  requireRole(context, "operator", name);
  const twice = variables.find((one, at) =>
    variables.some((other, index) => index > at && other.name === one.name && other.scope === one.scope),
  );
  if (twice) throw new OperationError("invalid", `${twice.name} is given twice.`);
  const ring = readKeyRing(context.home);
  await changed(context, name, async (tx, app) => {
    refuseReserved(
      app,
      variables.map((each) => each.name),
    );
    const changes: Prisma.InputJsonObject[] = [];
    for (const { name: variable, value, scope, secret } of variables) {
      const where = { appId_name_scope: { appId: app.id, name: variable, scope } };
      const before = await tx.variable.findUnique({ where });
      const sealed = seal(ring, value, variableContext(app.id, variable, scope));
      const row = { sealed, secret: secret ?? before?.secret ?? true, updatedBy: context.actor.name };
      await tx.variable.upsert({
        where,
        create: { appId: app.id, name: variable, scope, ...row },
        update: row,
      });
      changes.push({ name: variable, scope, secret: row.secret });
    }
    if ((await tx.variable.count({ where: { appId: app.id } })) > MOST)
      throw new OperationError("invalid", `An app has at most ${MOST} variables.`);
    // Names only: neither the log nor the audit ever has a value.
    return { action: "app.set-variables", detail: { variables: changes } };
  });
  return { names: variables.map((each) => each.name) };
}

/** Needs operator. Throws `not-found` when it is not set in that scope. */
export async function unsetVariable(
  context: OperationContext,
  input: z.input<typeof unsetVariableInput>,
): Promise<{ names: string[] }> {
  const { app: name, ...asked } = parseInput(unsetVariableInput, input);
  requireRole(context, "operator", name);
  await changed(context, name, async (tx, app) => {
    const { count } = await tx.variable.deleteMany({ where: { appId: app.id, ...asked } });
    if (count === 0) throw notFound(`${asked.name} is not set${inScope(asked.scope)}.`);
    return { action: "app.unset-variable", detail: asked };
  });
  return { names: [asked.name] };
}

/** Needs operator. */
export async function listVariables(context: OperationContext, name: string): Promise<VariablesView> {
  requireRole(context, "operator", name);
  const app = await context.store.app.findUnique({
    where: { name },
    include: { variables: { orderBy: [{ name: "asc" }, { scope: "asc" }] }, slots: true },
  });
  if (!app) throw notFound(`There is no app named ${name}.`);
  const ring = readKeyRing(context.home);
  const variables = app.variables.map((row) => ({
    name: row.name,
    scope: variableScope.parse(row.scope),
    secret: row.secret,
    value: row.secret ? null : unseal(ring, row.sealed, variableContext(app.id, row.name, row.scope)),
    updatedBy: row.updatedBy,
    updatedAt: row.updatedAt.toISOString(),
  }));
  const shared = variables.filter(({ scope }) => scope === "both").map((each) => each.name);
  const forPreview = new Set(variables.filter(({ scope }) => scope === "preview").map((each) => each.name));
  return {
    variables,
    suggestions: shared.filter((one) => reachesOutside(one) && !forPreview.has(one)),
    outdated: app.slots.filter(({ observed }) => hasOutdated(observed)).map((slot) => slot.name),
  };
}

const inScope = (scope: string) => (scope === "both" ? "" : ` for ${scope} alone`);

function hasOutdated(observed: unknown): boolean {
  const { processes } = (observed ?? {}) as { processes?: { outdated?: boolean }[] };
  return processes?.some(({ outdated }) => outdated === true) ?? false;
}

async function changed(
  context: OperationContext,
  name: string,
  change: (
    tx: StoreTransaction,
    app: AppWithState,
  ) => Promise<{ action: string; detail: Prisma.InputJsonObject }>,
): Promise<void> {
  await context.store.$transaction(async (tx) => {
    const app = await lockApp(tx, name);
    const record = await change(tx, app);
    await recordAudit(tx, context.actor, { appName: name, ...record });
    // Whoever watches the app looks again.
    await tx.$executeRaw`SELECT pg_notify('signalbox_routes', ${name})`;
  }, PATIENCE);
}

/** Where the data is says Signalbox: a value of one's own would be overruled. */
function refuseReserved(app: AppWithState, names: string[]): void {
  const reserved = new Set(app.slots.flatMap(({ release }) => dataNames(release?.manifest)));
  const taken = names.filter((name) => reserved.has(name));
  if (taken.length === 0) return;
  throw refused([
    {
      code: "name-reserved",
      severity: "refuse",
      what: `${taken.join(", ")} ${taken.length === 1 ? "is" : "are"} set by Signalbox: each slot has data of its own.`,
      remedy: "Use another name, or change the name under data in signalbox.yaml.",
    },
  ]);
}

function dataNames(manifest: unknown): string[] {
  const { data } = (manifest ?? {}) as {
    data?: { postgres?: { env?: string }; files?: Record<string, { env?: string }> };
  };
  const files = Object.values(data?.files ?? {}).map((each) => each.env);
  return [data?.postgres?.env ?? "DATABASE_URL", ...files].filter((name) => name !== undefined);
}
