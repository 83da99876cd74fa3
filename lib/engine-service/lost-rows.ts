/** Rows that a rollback left behind, one JSON object a line, in `<home>/lost/<app>/<runId>.jsonl`. */

import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Home } from "#lib/config/home.ts";
import { homePaths } from "#lib/config/home.ts";
import type { LostRows } from "#lib/engine/world.ts";

export function lostRows(home: Home): LostRows {
  const folder = (app: string) => join(homePaths(home).lost, app);
  const file = (app: string, runId: string) => join(folder(app), `${runId}.jsonl`);
  return {
    async open(app, runId) {
      await mkdir(folder(app), { recursive: true, mode: 0o700 });
      const stream = createWriteStream(file(app, runId), { mode: 0o600, flush: true });
      await once(stream, "open");
      let failure: Error | null = null;
      stream.on("error", (error) => {
        failure = error;
      });
      return {
        file: file(app, runId),
        async write(row) {
          if (failure) throw failure;
          const line = JSON.stringify(row, (_, value) =>
            typeof value === "bigint" ? value.toString() : value,
          );
          if (!stream.write(`${line}\n`)) await once(stream, "drain");
        },
        async close() {
          await new Promise<void>((resolve, reject) => {
            stream.once("error", reject);
            stream.end(resolve);
          });
          if (failure) throw failure;
        },
      };
    },
    discard: (app, runId) => rm(file(app, runId), { force: true }),
  };
}
