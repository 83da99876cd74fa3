/** The whole route table in one statement: the gateway's feed, which needs no more of the store than `pg`. */
import type { ClientBase } from "pg";
import { type RouteTable, routeTable } from "#lib/gate/routes.ts";

/** One statement, so that what it says was true at one moment. The same per app as `readAppRoutes`. */
const QUERY = `
  SELECT app.name AS app,
         app.route_version AS version,
         app.live_slot AS live,
         app.staging_access AS "stagingAccess",
         coalesce((SELECT json_agg(json_build_object('host', d.host, 'audience', d.audience) ORDER BY d.host)
                     FROM domain d WHERE d.app_id = app.id), '[]') AS domains,
         coalesce((SELECT json_agg(json_build_object('slot', s.name, 'host', '127.0.0.1', 'port', s.port,
                                                     'release', r.version, 'paused', s.paused) ORDER BY s.name)
                     FROM slot s LEFT JOIN release r ON r.id = s.release_id WHERE s.app_id = app.id), '[]') AS slots,
         coalesce((SELECT r.manifest -> 'health' ->> 'path'
                     FROM slot s JOIN release r ON r.id = s.release_id
                    WHERE s.app_id = app.id AND s.name = coalesce(app.live_slot, 'blue')), '/') AS "healthPath"
    FROM app ORDER BY app.name`;

export async function readRoutes(client: ClientBase): Promise<RouteTable> {
  const { rows } = await client.query(QUERY);
  const apps = routeTable.shape.apps.parse(rows);
  return { version: apps.reduce((sum, { version }) => sum + version, 0), dashboardHosts: [], apps };
}
