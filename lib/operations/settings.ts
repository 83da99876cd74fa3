/** What an operator can tune per app. */
import { z } from "zod";
import { type AppSettings, appSettings, appSettingsSchema } from "#lib/config/app-settings.ts";
import { appName } from "#lib/config/manifest.ts";
import type { Prisma } from "#lib/store/generated/client.ts";
import { type OperationContext, requireRole } from "./context.ts";
import { notFound, OperationError } from "./errors.ts";
import { parseInput } from "./parse-input.ts";
import { recordAudit } from "./record-audit.ts";
import { lockApp, PATIENCE } from "./request-run.ts";

export const changeSettingsInput = z.strictObject({
  app: appName,
  /** Key → its new value; null: the default again. Keys of `limits` and `watch` likewise. */
  settings: z.record(z.string(), z.unknown()),
});

export interface SettingsView {
  settings: AppSettings;
  defaults: AppSettings;
}

type Stored = Record<string, unknown>;

/** Needs operator. Throws `invalid` for an unknown key or a value out of range. Takes effect with the next run. */
export async function changeSettings(
  context: OperationContext,
  input: z.input<typeof changeSettingsInput>,
): Promise<SettingsView> {
  const { app: name, settings: change } = parseInput(changeSettingsInput, input);
  requireRole(context, "operator", name);
  if ("webInstances" in change) {
    throw new OperationError("invalid", "webInstances changes together with what runs.", {
      remedy: "Scale the app: `signalbox scale web=3`, or update with webInstances.",
    });
  }
  return context.store.$transaction(async (tx) => {
    const app = await lockApp(tx, name);
    const before = (app.settings ?? {}) as Stored;
    const stored = merged(before, change);
    const settings = parseInput(appSettingsSchema, stored);
    await tx.app.update({
      where: { id: app.id },
      // The gateways take their limits from here.
      data: { settings: stored as Prisma.InputJsonObject, routeVersion: { increment: 1 } },
    });
    await recordAudit(tx, context.actor, {
      action: "app.settings",
      appName: name,
      detail: { settings: change as Prisma.InputJsonObject },
    });
    await tx.$executeRaw`SELECT pg_notify('signalbox_routes', ${name})`;
    return { settings, defaults: appSettings({}) };
  }, PATIENCE);
}

/** Needs viewer. */
export async function getSettings(context: OperationContext, name: string): Promise<SettingsView> {
  requireRole(context, "viewer", name);
  const app = await context.store.app.findUnique({ where: { name }, select: { settings: true } });
  if (!app) throw notFound(`There is no app named ${name}.`);
  return { settings: appSettings(app.settings), defaults: appSettings({}) };
}

/** What was set on purpose; everything else follows the defaults, also those of a later Signalbox. */
function merged(stored: Stored, change: Stored): Stored {
  const result: Stored = { ...stored };
  for (const [key, value] of Object.entries(change)) {
    if (value === null && key !== "limits") delete result[key];
    else if (isGroup(value)) result[key] = mergedGroup(key, result[key], value);
    else result[key] = value;
  }
  return result;
}

/** In `limits` null is a value; the default comes back by leaving it out, which `undefined` can't say in JSON. */
function mergedGroup(key: string, stored: unknown, change: Stored): Stored {
  const group = { ...(isGroup(stored) ? stored : {}), ...change };
  if (key === "limits") return group;
  return Object.fromEntries(Object.entries(group).filter(([, value]) => value !== null));
}

const isGroup = (value: unknown): value is Stored =>
  typeof value === "object" && value !== null && !Array.isArray(value);
