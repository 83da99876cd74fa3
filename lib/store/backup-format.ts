/**
 * A backup of the store: gzip over lines. The first and every table's line are JSON; rows are PostgreSQL's COPY text
 * behind a `|`, one line each whatever is in them; the last line holds the number of rows and the hash of all before it.
 */
import { z } from "zod";

export const FORMAT = "signalbox-backup-1";

export const headLine = z.strictObject({
  format: z.literal(FORMAT),
  createdAt: z.iso.datetime(),
  /** Names of the migrations that the store had. */
  migrations: z.array(z.string()),
  server: z.string(),
});
export type BackupHead = z.infer<typeof headLine>;

export const tableLine = z.strictObject({ table: z.string(), columns: z.array(z.string()).min(1) });
export type TableLine = z.infer<typeof tableLine>;

export const endLine = z.strictObject({
  end: z.literal(true),
  rows: z.number().int(),
  /** SHA-256 of every line before this one with its line feed, hex. */
  sha256: z.string(),
});

/** Marks a row, so that no row looks like one of our own lines. */
export const ROW = "|";

/** It is no backup, was cut off, or was changed. */
export class DamagedBackup extends Error {
  override name = "DamagedBackup";
}
