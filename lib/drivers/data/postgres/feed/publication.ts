/** What a database gives out: its tables, with the columns that the other side has too. */
import type pg from "pg";
import { rowsOf } from "../count.ts";
import type { Match, Pair } from "../match.ts";
import type { SlotNames } from "../names.ts";
import { identifier, identifiers, qualified } from "../quote.ts";
import { PULSE } from "./control.ts";

/** Anew, whatever was there. Live goes on being read and written meanwhile. */
export async function createPublication(client: pg.Client, names: SlotNames, match: Match): Promise<void> {
  const tables = match.pairs.map((pair) => `${rowsOf(pair.from)}${columnList(pair)}`);
  await client.query(`
    DROP PUBLICATION IF EXISTS ${identifier(names.feed)};
    CREATE PUBLICATION ${identifier(names.feed)} FOR TABLE ${[...tables, qualified(PULSE)].join(", ")}
      WITH (publish_via_partition_root = true)`);
}

/** Only where the other side lacks columns: with a list, a column that is added later would not be given out. */
function columnList({ from, columns }: Pair): string {
  const own = from.columns.filter((column) => !column.generated).map(({ name }) => name);
  const shared = own.filter((name) => columns.includes(name));
  return shared.length === own.length ? "" : ` (${identifiers(shared)})`;
}

export async function dropPublication(client: pg.Client, names: SlotNames): Promise<void> {
  await client.query(
    `SET client_min_messages = warning; DROP PUBLICATION IF EXISTS ${identifier(names.feed)}`,
  );
}
