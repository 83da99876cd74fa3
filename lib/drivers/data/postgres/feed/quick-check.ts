/** What can be seen to differ behind the fence without reading rows: milliseconds, whatever the size. */
import type { Table } from "../catalog.ts";
import type { Side } from "../side.ts";
import { readFeedControl } from "./control.ts";
import { schemaMark } from "./schema-mark.ts";

/** Sentences; none: nothing speaks against going on. */
export async function quickCheck(
  from: Side,
  to: Side,
  _isLedger: (table: Table) => boolean,
): Promise<string[]> {
  const differences: string[] = [];
  for (const { server, names } of [from, to]) {
    await server.use(names.database, async (client) => {
      const control = await readFeedControl(client);
      if (control?.schemaMark !== (await schemaMark(client)))
        differences.push(`The tables of ${names.database} were changed since the feed was set up.`);
    });
  }
  return differences;
}
