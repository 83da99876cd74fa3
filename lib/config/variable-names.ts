/** Which environment variables an operator may set. */
import { z } from "zod";

/** What one string of an environment may take, with room to spare: Linux refuses the start beyond 128 KiB. */
export const MAX_VALUE_BYTES = 64 * 1024;

/** Given by Signalbox to every process; whoever sets them would be overruled. */
const OURS = ["PATH", "HOME", "PORT", "SLOT", "RELEASE"];

export const variableName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, "a variable's name: letters, digits and underscores, at most 128")
  .refine((name) => !OURS.includes(name) && !name.startsWith("SIGNALBOX_"), {
    error: ({ input }) => `${input} is set by Signalbox itself`,
  });

export const variableValue = z
  .string()
  .refine((value) => !value.includes("\0"), "no NUL characters")
  .refine((value) => Buffer.byteLength(value) <= MAX_VALUE_BYTES, "at most 64 KiB");

/** `live` for the slot that visitors use or may have to go back to, `preview` for the one that testers see. */
export const VARIABLE_SCOPES = ["both", "live", "preview"] as const;
export const variableScope = z.enum(VARIABLE_SCOPES);
export type VariableScope = z.infer<typeof variableScope>;

/** Names of what reaches the world outside: worth another value where testers click. */
const OUTSIDE = [
  /^SMTP_/,
  /^MAIL(ER|GUN)?_/,
  /^SENDGRID_/,
  /^POSTMARK_/,
  /^EMAIL_/,
  /^STRIPE_/,
  /^PAYPAL_/,
  /^PAYMENT/,
  /^ADYEN_/,
  /^MOLLIE_/,
  /WEBHOOK/,
  /^TWILIO_/,
  /^SLACK_/,
  /^SENTRY_DSN$/,
];

/** Whether a preview should hardly use the value that live uses. */
export const reachesOutside = (name: string): boolean => OUTSIDE.some((pattern) => pattern.test(name));
