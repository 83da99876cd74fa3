/** How much may be uploaded. Bytes, counts and milliseconds. */
const MiB = 1024 ** 2;
const GiB = 1024 ** 3;

export const LIMITS = {
  /** Of one request: a piece of a file or of an archive. The web process can't take more than 10 MB. */
  pieceBytes: 4 * MiB,
  /** Of one upload, unpacked. */
  uploadBytes: 2 * GiB,
  files: 200_000,
  /** Entries of the list per request. */
  filesPerRequest: 10_000,
  pathBytes: 1_024,
  nameBytes: 255,
  linkBytes: 1_024,
  /** An archive that grows more than that is a bomb; up to `freeBytes` of contents it is not asked. */
  archiveRatio: 100,
  archiveUnquestionedBytes: 64 * MiB,
  /** Of all that is kept of one app. */
  appBytes: 4 * GiB,
  /** The disk keeps that much. */
  diskSpareBytes: GiB / 4,
  /** Begun at the same time, per app. */
  openUploads: 8,
  /** Ready ones whose files stay, so that the next upload need not bring them again. */
  keptUploads: 3,
  /** Without a byte for so long it is over. */
  expiresMs: 24 * 3_600_000,
};

export type UploadLimits = typeof LIMITS;
