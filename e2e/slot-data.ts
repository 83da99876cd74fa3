/** A slot's database, as whoever runs its server reaches it. */
import pg from "pg";
import { readEnvironment } from "#lib/config/environment.ts";
import { connections, openHome } from "#lib/config/open-home.ts";
import type { SlotName } from "#lib/engine/model.ts";
import { site } from "./installation.ts";

export async function inSlotData(app: string, slot: SlotName, sql: string, values: unknown[]): Promise<void> {
  const environment = readEnvironment({
    SIGNALBOX_HOME: site.home,
    SIGNALBOX_PORT: String(site.gatewayPort),
  });
  const url = new URL(connections(openHome(environment), environment).data);
  url.pathname = `/sb_${app}_${slot}`;
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  try {
    await client.query(sql, values);
  } finally {
    await client.end();
  }
}
