/** What can be asked of the audit log. */
import { z } from "zod";

const fields = {
  app: z.string().max(31).optional(),
  /** Id of a person or token. */
  actor: z.string().max(100).optional(),
  /** An action such as `user.role`, or its noun alone. */
  action: z
    .string()
    .max(60)
    .regex(/^[a-z-]+(\.[a-z-]+)?$/, "a noun, or noun.verb")
    .optional(),
  since: z.iso.datetime({ offset: true }).optional(),
  until: z.iso.datetime({ offset: true }).optional(),
};

export const auditQuery = z.strictObject({
  ...fields,
  /** Id of an entry: only older ones. */
  before: z
    .string()
    .regex(/^\d{1,18}$/, "an entry's id")
    .optional(),
  /** Default 100. */
  limit: z.coerce.number().int().min(1).max(500).optional(),
});
export type AuditQuery = z.output<typeof auditQuery>;

export const auditExportQuery = z.strictObject({
  ...fields,
  format: z.enum(["jsonl", "csv"]).default("jsonl"),
});
export type AuditExportQuery = z.output<typeof auditExportQuery>;
