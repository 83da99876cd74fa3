import type { AppRoutes } from "#lib/engine/ports.ts";
import type { Store } from "./client.ts";
import { ROUTES_QUERY, routesOf } from "./routes.ts";

/** One app's routes as a gateway is told them. Rejects when there is no such app. */
export async function readAppRoutes(store: Store, appName: string): Promise<AppRoutes> {
  const [row] = await store.$queryRawUnsafe<unknown[]>(ROUTES_QUERY, appName);
  if (row === undefined) throw new Error(`There is no app ${appName}.`);
  return routesOf(row);
}
