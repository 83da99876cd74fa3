/** What can be seen to differ behind the fence without reading rows: milliseconds, whatever the size. */
import type { Side } from "../side.ts";
import { readFeedControl } from "./control.ts";
import { schemaMark } from "./schema-mark.ts";

/** Sentences; none: nothing speaks against going on. */
export async function quickCheck(from: Side, to: Side): Promise<string[]> {
  const looks = [from, to].map(({ server, names }) =>
    server.use(names.database, async (client) => {
      const control = await readFeedControl(client);
      if (control?.schemaMark === (await schemaMark(client))) return [];
      return [`The tables of ${names.database} were changed since the feed was set up.`];
    }),
  );
  return (await Promise.all(looks)).flat();
}
