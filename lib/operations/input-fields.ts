/** Fields that the inputs of several verbs share. */
import { z } from "zod";
import { appName } from "#lib/config/manifest.ts";
import { SLOT_NAMES } from "#lib/engine/model.ts";

const LABEL = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?";

export const slotField = z.enum(SLOT_NAMES);
export const audienceField = z.enum(["public", "staging"]);

/** Without scheme and port; capitals are lowered. */
export const hostField = z
  .string()
  .trim()
  .toLowerCase()
  .max(253)
  .regex(
    new RegExp(`^${LABEL}(\\.${LABEL})*$`),
    "a host name such as shop.example.com, without scheme and port",
  );

/** Of every verb on an app. */
export const appFields = {
  app: appName,
  /** The same key on the same app is the same run: makes a double click or a retry harmless. */
  idempotencyKey: z.string().min(1).max(200).optional(),
};
