/** Apps as they are now. Needs viewer. */

import { livingGateways } from "#lib/gateway/control-file.ts";
import { fedForecast, lastCopy } from "#lib/store/read-facts.ts";
import { appState, appStateInclude } from "../app-state.ts";
import { type OperationContext, requireRole, whereRole } from "../context.ts";
import { notFound } from "../errors.ts";
import { ACTIVE, LATEST_FIRST, runSummary, withAppName } from "../run-summary.ts";
import type { AppSummary, AppView } from "../views.ts";
import { appView, siteUrl, wayBackIsFed } from "./app-view.ts";
import { livingEngines } from "./engine-call.ts";
import { gateView } from "./gate-view.ts";

/** By name; those that one may see. */
export async function listApps(context: OperationContext): Promise<AppSummary[]> {
  const apps = await context.store.app.findMany({
    where: { removedAt: null, ...whereRole(context, "viewer") },
    include: { ...appStateInclude, runs: { orderBy: LATEST_FIRST, take: 1, include: withAppName } },
    orderBy: { name: "asc" },
  });
  const active = await context.store.run.findMany({ where: ACTIVE, include: withAppName });
  return apps.map((app) => {
    const state = appState(app);
    const other = app.liveSlot === "blue" ? "green" : "blue";
    const idle = app.liveSlot === null ? "blue" : other;
    const publicHost = app.domains.find((domain) => domain.audience === "public")?.host;
    const run = active.find((candidate) => candidate.appId === app.id);
    const resting = app.liveSlot !== null && state.slots[other].dataState === "resting";
    return {
      name: app.name,
      live: app.liveSlot,
      liveVersion: app.liveSlot && state.slots[app.liveSlot].version,
      idleVersion: state.slots[idle].version,
      gate: gateView(context.home, app.name),
      publicUrl: publicHost === undefined ? null : siteUrl(context.site, publicHost),
      activeRun: run ? runSummary(run) : null,
      lastRun: app.runs[0] ? runSummary(app.runs[0]) : null,
      wayBack: resting
        ? {
            slot: other,
            version: state.slots[other].version,
            fed: state.slots[other].fed ?? false,
            lossless: wayBackIsFed(app, Date.now()),
          }
        : null,
    };
  });
}

/** Throws `not-found`. */
export async function getApp(context: OperationContext, name: string): Promise<AppView> {
  requireRole(context, "viewer", name);
  const { store, home } = context;
  const app = await store.app.findUnique({
    where: { name },
    include: {
      ...appStateInclude,
      domains: { orderBy: [{ audience: "asc" }, { host: "asc" }] },
      wayBack: true,
      watch: true,
    },
  });
  if (!app) throw notFound(`There is no app named ${name}.`);
  const [active, recent, copied, forecast] = await Promise.all([
    store.run.findFirst({ where: { appId: app.id, ...ACTIVE }, include: withAppName }),
    store.run.findMany({ where: { appId: app.id }, orderBy: LATEST_FIRST, take: 10, include: withAppName }),
    lastCopy(store, app.id),
    fedForecast(store, app.id),
  ]);
  return appView(
    { app, active, recent, copied, fedForecast: forecast },
    {
      gate: gateView(home, name),
      gatewaySilent: livingGateways(home).length === 0,
      engineSilent: livingEngines(home).length === 0,
      now: Date.now(),
    },
    context.site,
  );
}
