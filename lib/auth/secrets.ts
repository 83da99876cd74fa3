/** Random secrets that are shown once and kept as a hash. */
import { createHash, randomBytes } from "node:crypto";

/** 256 random bits, so that a plain hash is enough and needs no salt. */
export const randomSecret = (): string => randomBytes(32).toString("base64url");

export const hashSecret = (secret: string): string => createHash("sha256").update(secret).digest("hex");
