/** Routes as gateways are told them, made from one statement: what it says was true at one moment. */
import type { ClientBase } from "pg";
import { z } from "zod";
import { appSettings } from "#lib/config/app-settings.ts";
import { instanceNames, portOf } from "#lib/engine/world.ts";
import { type AppRoutes, appRoutes, type RouteTable, type Target } from "#lib/gate/routes.ts";

/** $1: an app's name, or null for all. */
export const ROUTES_QUERY = `
  SELECT app.name AS app,
         app.route_version AS version,
         app.live_slot AS live,
         app.staging_access AS "stagingAccess",
         coalesce((SELECT json_agg(l.id ORDER BY l.id) FROM share_link l
                    WHERE l.app_id = app.id AND l.revoked_at IS NULL AND l.expires_at > now()), '[]') AS shares,
         app.settings,
         app.adoption -> 'origins' AS origins,
         coalesce((SELECT json_agg(json_build_object('host', d.host, 'audience', d.audience) ORDER BY d.host)
                     FROM domain d WHERE d.app_id = app.id), '[]') AS domains,
         coalesce((SELECT json_agg(json_build_object('slot', s.name, 'port', s.port, 'servedBy', s.served_by,
                                                     'release', r.version, 'paused', s.paused,
                                                     'assets', coalesce(r.manifest -> 'assets', '[]')) ORDER BY s.name)
                     FROM slot s LEFT JOIN release r ON r.id = s.release_id WHERE s.app_id = app.id), '[]') AS slots,
         coalesce((SELECT r.manifest -> 'health' ->> 'path'
                     FROM slot s JOIN release r ON r.id = s.release_id
                    WHERE s.app_id = app.id AND s.name = coalesce(app.live_slot, 'blue')), '/') AS "healthPath",
         coalesce((SELECT r.manifest ->> 'reads'
                     FROM slot s JOIN release r ON r.id = s.release_id
                    WHERE s.app_id = app.id AND s.name = app.live_slot), 'hold') AS reads
    FROM app WHERE app.name = $1 OR ($1::text IS NULL AND app.removed_at IS NULL) ORDER BY app.name`;

const slotName = z.enum(["blue", "green"]);
const row = appRoutes.omit({ slots: true, limits: true }).extend({
  settings: z.unknown(),
  /** Of an app that somebody else starts. */
  origins: z.partialRecord(slotName, z.url()).nullable(),
  slots: z.array(
    z.strictObject({
      slot: slotName,
      port: z.number().int(),
      servedBy: z.array(z.string()),
      release: z.string().nullable(),
      paused: z.boolean(),
      assets: z.array(z.string()),
    }),
  ),
});

/** One row of ROUTES_QUERY as the routes that it stands for. */
export function routesOf(raw: unknown): AppRoutes {
  const { settings: stored, origins, slots, ...routes } = row.parse(raw);
  const settings = appSettings(stored);
  return {
    ...routes,
    slots: slots.map(({ slot, port, servedBy, ...rest }) => {
      const instances = servedBy.length > 0 ? servedBy : instanceNames(settings.webInstances);
      const own = instances.map((name) => loopback(portOf(port, name)));
      return { ...rest, slot, targets: origins?.[slot] ? [targetAt(origins[slot])] : own };
    }),
    limits: settings.limits,
  };
}

/** The whole table: the gateway's feed, which needs no more of the store than `pg`. */
export async function readRoutes(client: ClientBase): Promise<RouteTable> {
  const { rows } = await client.query(ROUTES_QUERY, [null]);
  const apps = rows.map(routesOf);
  return { version: apps.reduce((sum, { version }) => sum + version, 0), dashboardHosts: [], apps };
}

const loopback = (port: number): Target => ({ scheme: "http", host: "127.0.0.1", port });

function targetAt(origin: string): Target {
  const { protocol, hostname, port } = new URL(origin);
  const scheme = protocol === "https:" ? "https" : "http";
  return { scheme, host: hostname, port: port === "" ? (scheme === "https" ? 443 : 80) : Number(port) };
}
