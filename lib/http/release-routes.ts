/** Endpoints about releases, and about what they come from. */
import { z } from "zod";
import { deployInput } from "#lib/operations/deploy.ts";
import { slotField } from "#lib/operations/input-fields.ts";
import { addCredentialInput } from "#lib/operations/source-credentials.ts";
import { addUploadFilesInput, beginUploadInput } from "#lib/operations/uploads.ts";
import { LIMITS } from "#lib/uploads/limits.ts";
import type { ApiRoute } from "./api-route.ts";

const route = <const R extends ApiRoute>(value: R): R => value;

const releaseView = z.strictObject({
  id: z.string(),
  version: z.string(),
  source: z.record(z.string(), z.unknown()),
  bytes: z.number().nullable(),
  createdAt: z.string(),
  createdBy: z.string(),
  slots: z.array(slotField),
});

const credentialView = z.strictObject({
  name: z.string(),
  kind: z.enum(["token", "ssh-key"]),
  createdBy: z.string(),
  createdAt: z.string(),
});

const uploadView = z.strictObject({
  id: z.string(),
  kind: z.enum(["files", "archive"]),
  state: z.enum(["open", "ready"]),
  createdAt: z.string(),
  createdBy: z.string(),
  archive: z.strictObject({ name: z.string(), size: z.number() }).nullable(),
  missing: z.array(z.string()),
  received: z.record(z.string(), z.number()),
  files: z.number(),
  bytes: z.number(),
});

const received = z.strictObject({ received: z.number() });
const offset = z.strictObject({ offset: z.coerce.number().int().min(0).optional() });

export const listReleases = route({
  method: "GET",
  path: "/apps/{app}/releases",
  id: "listReleases",
  summary: "Installed releases, newest first: version, origin, size, slots.",
  role: "viewer",
  answer: z.strictObject({ releases: z.array(releaseView) }),
});

export const removeRelease = route({
  method: "DELETE",
  path: "/apps/{app}/releases/{id}",
  id: "removeRelease",
  summary: "Remove a release that no slot has.",
  role: "operator",
  answer: z.strictObject({ release: z.strictObject({ id: z.string(), version: z.string() }) }),
});

export const deploySources = route({
  method: "GET",
  path: "/apps/{app}/sources",
  id: "deploySources",
  summary: "Source of the last deploy, and names of credentials.",
  role: "operator",
  answer: z.strictObject({
    last: deployInput.shape.source.nullable(),
    credentials: z.array(credentialView.pick({ name: true, kind: true })),
  }),
});

export const listCredentials = route({
  method: "GET",
  path: "/apps/{app}/credentials",
  id: "listCredentials",
  summary: "What the app's private repositories want, without the secrets.",
  role: "operator",
  answer: z.strictObject({ credentials: z.array(credentialView) }),
});

export const addCredential = route({
  method: "POST",
  path: "/apps/{app}/credentials",
  id: "addCredential",
  summary: "Add a token or an ssh key for private repositories. It is never shown again.",
  role: "operator",
  body: addCredentialInput,
  status: 201,
  answer: z.strictObject({ credential: credentialView }),
});

export const removeCredential = route({
  method: "DELETE",
  path: "/apps/{app}/credentials/{name}",
  id: "removeCredential",
  summary: "Remove a credential.",
  role: "operator",
  answer: z.strictObject({ credential: credentialView }),
});

export const beginUpload = route({
  method: "POST",
  path: "/apps/{app}/uploads",
  id: "beginUpload",
  summary: "Begin an upload: a list of files, of which only what is `missing` is sent, or an archive.",
  role: "operator",
  body: beginUploadInput,
  maxBodyBytes: LIMITS.pieceBytes,
  status: 201,
  answer: uploadView,
});

export const getUpload = route({
  method: "GET",
  path: "/apps/{app}/uploads/{id}",
  id: "getUpload",
  summary: "What of an upload is here, to go on with it.",
  role: "operator",
  answer: uploadView,
});

export const addUploadFiles = route({
  method: "POST",
  path: "/apps/{app}/uploads/{id}/files",
  id: "addUploadFiles",
  summary: "More of a list that is too long for one request.",
  role: "operator",
  body: addUploadFilesInput,
  maxBodyBytes: LIMITS.pieceBytes,
  answer: uploadView,
});

export const putUploadBlob = route({
  method: "PUT",
  path: "/apps/{app}/uploads/{id}/blobs/{sha256}",
  id: "putUploadBlob",
  summary: "A piece of a file's contents; the next one begins at `received`.",
  role: "operator",
  query: offset,
  rawBytes: LIMITS.pieceBytes,
  answer: received,
});

export const putUploadArchive = route({
  method: "PUT",
  path: "/apps/{app}/uploads/{id}/archive",
  id: "putUploadArchive",
  summary: "A piece of the archive; the next one begins at `received`.",
  role: "operator",
  query: offset,
  rawBytes: LIMITS.pieceBytes,
  answer: received,
});

export const completeUpload = route({
  method: "POST",
  path: "/apps/{app}/uploads/{id}/complete",
  id: "completeUpload",
  summary: "Check the upload, unpack it if it is an archive, and make it ready to be deployed.",
  role: "operator",
  body: z.strictObject({}),
  answer: uploadView,
});

export const cancelUpload = route({
  method: "DELETE",
  path: "/apps/{app}/uploads/{id}",
  id: "cancelUpload",
  summary: "Throw an upload away.",
  role: "operator",
  answer: z.strictObject({ cancelled: z.string() }),
});

export const releaseRoutes: ApiRoute[] = [
  listReleases,
  removeRelease,
  deploySources,
  listCredentials,
  addCredential,
  removeCredential,
  beginUpload,
  getUpload,
  addUploadFiles,
  putUploadBlob,
  putUploadArchive,
  completeUpload,
  cancelUpload,
];
