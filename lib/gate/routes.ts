/** Which host leads where: content of `<home>/routes.json`, kept by the gateway and read by both doors. */
import { z } from "zod";

const slotName = z.enum(["blue", "green"]);

/** Where a slot listens. Several: the requests go round. */
export const target = z.strictObject({
  scheme: z.enum(["http", "https"]).default("http"),
  host: z.string(),
  port: z.number().int(),
});

/** Those of lib/config/app-settings.ts, for routes that were kept before there were any. */
export const DEFAULT_LIMITS = { headerBytes: 16_384, bodyBytes: null, idleMs: 0, totalMs: 0 };

/** What a request to an app may take. */
const limits = z.strictObject({
  /** Of the request's headers with its first line. */
  headerBytes: z.number().int(),
  /** Of the request's body; null: any size. */
  bodyBytes: z.number().int().nullable(),
  /** Without a byte either way once the slot has the request; 0: for ever. Milliseconds. */
  idleMs: z.number().int(),
  /** From the slot having the request to the answer's end, streams excepted; 0: for ever. Milliseconds. */
  totalMs: z.number().int(),
});

export const appRoutes = z.strictObject({
  app: z.string(),
  version: z.number().int(),
  domains: z.array(z.strictObject({ host: z.string(), audience: z.enum(["public", "staging"]) })),
  live: slotName.nullable(),
  stagingAccess: z.enum(["open", "testers"]),
  /** Ids of the share links that hold: passes that came by another one are refused. */
  shares: z.array(z.string()).optional(),
  slots: z.array(
    z.strictObject({
      slot: slotName,
      targets: z.array(target).min(1),
      release: z.string().nullable(),
      paused: z.boolean(),
      /** Path prefixes of files that may be given to whoever knows their name, while the other slot is live. */
      assets: z.array(z.string()).default([]),
    }),
  ),
  healthPath: z.string(),
  /** What the live release asks for while the engine holds: whether requests that only read wait too. */
  reads: z.enum(["hold", "serve"]).default("hold"),
  limits: limits.default(DEFAULT_LIMITS),
});

export const routeTable = z.strictObject({
  version: z.number().int(),
  dashboardHosts: z.array(z.string()),
  apps: z.array(appRoutes),
});

export type AppRoutes = z.infer<typeof appRoutes>;
export type RouteTable = z.infer<typeof routeTable>;
export type Target = z.infer<typeof target>;
export type SlotRoute = AppRoutes["slots"][number];
export type Audience = AppRoutes["domains"][number]["audience"];

/** Where a host leads, whatever the gate says about it. */
export type HostRoute = { kind: "dashboard" } | { kind: "app"; routes: AppRoutes; audience: Audience };

/** Looks hosts up; they must be as `hostOf` gives them. A dashboard host wins over an app's domain. */
export function indexHosts(table: RouteTable): Map<string, HostRoute> {
  const index = new Map<string, HostRoute>();
  for (const routes of table.apps) {
    for (const { host, audience } of routes.domains) {
      index.set(host.toLowerCase(), { kind: "app", routes, audience });
    }
  }
  for (const host of table.dashboardHosts) index.set(host.toLowerCase(), { kind: "dashboard" });
  return index;
}

/** The slot that an audience reaches; null when nothing is live or nothing is deployed there. */
export function slotFor(routes: AppRoutes, audience: Audience): SlotRoute | null {
  const name = audience === "public" ? routes.live : routes.live === "blue" ? "green" : "blue";
  const slot = routes.slots.find((candidate) => candidate.slot === name);
  return slot && slot.release !== null ? slot : null;
}
