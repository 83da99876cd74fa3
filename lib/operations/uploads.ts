/** Bringing files of a release to this machine, for people and scripts. All need operator in the app. */
import { z } from "zod";
import { listEntry } from "#lib/uploads/file-list.ts";
import { LIMITS } from "#lib/uploads/limits.ts";
import { type UploadStatus, Uploads } from "#lib/uploads/upload.ts";
import { noSuchApp, type OperationContext, requireRole } from "./context.ts";
import { OperationError } from "./errors.ts";
import { orNoRoom } from "./no-room.ts";
import { parseInput } from "./parse-input.ts";
import { recordAudit } from "./record-audit.ts";

const files = z.array(listEntry).max(LIMITS.filesPerRequest);

export const beginUploadInput = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("files"), files }),
  z.strictObject({
    kind: z.literal("archive"),
    /** Shown to people; what it is, its first bytes say. */
    name: z.string().trim().min(1).max(200),
    size: z.number().int().min(1),
  }),
]);
export const addUploadFilesInput = z.strictObject({ files: files.min(1) });

export interface UploadView {
  id: string;
  kind: "files" | "archive";
  state: "open" | "ready";
  createdAt: string;
  createdBy: string;
  archive: { name: string; size: number } | null;
  /** Hashes of contents to send. */
  missing: string[];
  /** Hash (or `archive`) → bytes that are here. */
  received: Record<string, number>;
  files: number;
  bytes: number;
}

export async function beginUpload(
  context: OperationContext,
  app: string,
  input: z.input<typeof beginUploadInput>,
): Promise<UploadView> {
  const uploads = await uploadsOf(context, app);
  return orNoRoom(uploads.begin(parseInput(beginUploadInput, input), context.actor.name));
}

export async function addUploadFiles(
  context: OperationContext,
  app: string,
  id: string,
  input: z.input<typeof addUploadFilesInput>,
): Promise<UploadView> {
  const uploads = await uploadsOf(context, app);
  return orNoRoom(uploads.addFiles(id, parseInput(addUploadFilesInput, input).files));
}

export async function getUpload(context: OperationContext, app: string, id: string): Promise<UploadView> {
  return (await uploadsOf(context, app)).status(id);
}

export interface Piece {
  offset: number;
  bytes: Uint8Array;
}

/** Answers how many bytes of it are here; the next piece begins there. */
export async function putUploadBlob(
  context: OperationContext,
  app: string,
  id: string,
  sha256: string,
  { offset, bytes }: Piece,
): Promise<{ received: number }> {
  const uploads = await uploadsOf(context, app);
  return orNoRoom(uploads.putBlob(id, sha256, offset, mustBeAPiece(bytes)));
}

/** Answers how many bytes of it are here; the next piece begins there. */
export async function putUploadArchive(
  context: OperationContext,
  app: string,
  id: string,
  { offset, bytes }: Piece,
): Promise<{ received: number }> {
  const uploads = await uploadsOf(context, app);
  return orNoRoom(uploads.putArchive(id, offset, mustBeAPiece(bytes)));
}

/** Checks and unpacks; from then on it can be deployed. */
export async function completeUpload(
  context: OperationContext,
  app: string,
  id: string,
  signal: AbortSignal,
): Promise<UploadView> {
  const uploads = await uploadsOf(context, app);
  const status: UploadStatus = await orNoRoom(uploads.complete(id, signal));
  const { kind, files: count, bytes } = status;
  const detail = { upload: id, kind, files: count, bytes };
  await context.store.$transaction((tx) =>
    recordAudit(tx, context.actor, { action: "upload.complete", appName: app, detail }),
  );
  return status;
}

export async function cancelUpload(context: OperationContext, app: string, id: string): Promise<void> {
  await (await uploadsOf(context, app)).remove(id);
}

async function uploadsOf(context: OperationContext, app: string): Promise<Uploads> {
  requireRole(context, "operator", app);
  const there = await context.store.app.findUnique({ where: { name: app }, select: { id: true } });
  if (!there) throw noSuchApp(app);
  return new Uploads(context.home, app);
}

function mustBeAPiece(bytes: Uint8Array): Uint8Array {
  if (bytes.length <= LIMITS.pieceBytes) return bytes;
  throw new OperationError("invalid", `A piece has at most ${LIMITS.pieceBytes} bytes.`);
}
