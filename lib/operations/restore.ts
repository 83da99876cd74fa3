/** A backup in the store's place. On the machine itself only: it brings back people and tokens as they were. */

import { homePaths } from "#lib/config/home.ts";
import { readTable } from "#lib/gate/route-file.ts";
import { DamagedBackup } from "#lib/store/backup-format.ts";
import { RestoreRefused, type RestoreReport, restoreStore } from "#lib/store/restore.ts";
import { type OperationContext, requireRole } from "./context.ts";
import { OperationError } from "./errors.ts";

/** Needs admin. `force`: also when visitors are served something else than the backup knows. */
export async function restore(
  context: OperationContext,
  storeUrl: string,
  { file, force }: { file: string; force: boolean },
): Promise<RestoreReport> {
  requireRole(context, "admin");
  const { actor } = context;
  try {
    return await restoreStore(storeUrl, file, {
      served: readTable(homePaths(context.home).routes)?.apps ?? null,
      force,
      record: async (client) => {
        await client.query(
          "INSERT INTO audit_entry (actor_kind, actor_id, actor_name, action, detail) VALUES ($1, $2, $3, 'store.restore', '{}')",
          [actor.kind, actor.id, actor.name],
        );
      },
    });
  } catch (error) {
    throw explained(error, file);
  }
}

function explained(error: unknown, file: string): unknown {
  if (error instanceof DamagedBackup) {
    return new OperationError(
      "invalid",
      `${file} can't be restored: ${error.message}. Nothing was changed.`,
      {
        remedy: "Take another backup.",
        cause: error,
      },
    );
  }
  if (error instanceof RestoreRefused) {
    const apps = error.disagreements.map(({ app, what }) => ` ${app}: ${what}.`).join("");
    return new OperationError("refused", `${error.message}${apps} Nothing was changed.`, {
      remedy:
        error.disagreements.length > 0
          ? "Take a newer backup. With --force the engine brings the apps back to what the backup says, and what was written since the swap stays in the slot that loses its place."
          : undefined,
      cause: error,
    });
  }
  if ((error as NodeJS.ErrnoException).code === "ENOENT") {
    return new OperationError("not-found", `There is no file ${file}.`, { cause: error });
  }
  return error;
}
