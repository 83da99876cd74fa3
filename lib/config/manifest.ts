/** `signalbox.yaml` in an app's own folder. */
import { Cron } from "croner";
import { parse, YAMLParseError } from "yaml";
import { z } from "zod";

export const APP_NAME = /^[a-z][a-z0-9-]{0,30}$/;
const ENV_NAME = /^[A-Z_][A-Z0-9_]{0,127}$/;
const PROCESS_NAME = /^[a-z][a-z0-9-]{0,30}$/;

export const appName = z
  .string()
  .regex(APP_NAME, "lower-case letters, digits and dashes, beginning with a letter, at most 31");
const envName = z
  .string()
  .regex(ENV_NAME, "an environment variable's name: capitals, digits and underscores");
const command = z.string().trim().min(1).max(4000);

/** As a browser would ask for it; no fragment. */
const askedPath = z
  .string()
  .max(2000)
  .regex(/^\/(?!\/)[^\s#\\\p{Cc}]*$/u, "a path that begins with one slash, without spaces and #");

/** The folder alone would be every page, so `/` is none. Kept without the slash that may end it. */
const assetPrefix = z
  .string()
  .max(200)
  .regex(
    /^(?:\/(?!\.{1,2}(?:\/|$))[\w.~@-]+)+\/?$/,
    "a folder like /_next/static: letters, digits and .-_~@ between slashes, and not / alone",
  )
  .transform((prefix) => prefix.replace(/\/$/, ""));

const cronEntry = z
  .strictObject({
    /** Five fields: minute, hour, day, month, weekday. */
    schedule: z.string().trim().min(9).max(200),
    command,
    /** An IANA name. */
    timezone: z.string().max(64).default("UTC"),
    /** Seconds. */
    timeout: z.number().int().min(1).max(86_400).default(3_600),
  })
  .superRefine(({ schedule, timezone }, context) => {
    try {
      const times = new Cron(schedule, { timezone, mode: "5-part", paused: true });
      if (times.nextRun() === null) throw new Error("it never comes");
    } catch (error) {
      const path = /timezone|time zone/i.test(String(error)) ? "timezone" : "schedule";
      const why = String(firstLine(error)).replace(/^Cron\w*: /, "");
      context.addIssue({
        code: "custom",
        path: [path],
        message: `is no schedule like "*/5 * * * *": ${why}`,
      });
    }
  });

export const manifestSchema = z.strictObject({
  name: appName,
  version: z.string().trim().min(1).max(64),
  follows: z.array(z.string().min(1)).optional(),
  processes: z
    .record(z.string().regex(PROCESS_NAME), command)
    .refine((processes) => "web" in processes, "needs a process named web"),
  build: command.optional(),
  release: command.optional(),
  cron: z.record(z.string().regex(PROCESS_NAME), cronEntry).optional(),
  health: z.strictObject({ path: z.string().startsWith("/").default("/") }).default({ path: "/" }),
  /** `serve`: GET, HEAD and OPTIONS go on to the live slot in a window. The app must not write in them. */
  reads: z.enum(["hold", "serve"]).default("hold"),
  /** Asked for in the idle slot before a switch, so that the first visitor finds it warm. */
  warm: z.array(askedPath).max(50).default([]),
  /** Below these each file's name changes with its content: open tabs get them while another release is live. */
  assets: z.array(assetPrefix).max(20).default([]),
  env: z.array(envName).default([]),
  data: z
    .strictObject({
      postgres: z
        .strictObject({ env: envName.default("DATABASE_URL"), exclude: z.array(z.string()).default([]) })
        .optional(),
      /** Folder's name → how the app is told of it, and how it comes to the other slot. */
      files: z
        .record(
          z.string().regex(PROCESS_NAME),
          z.strictObject({ env: envName, mode: z.enum(["shared", "copy", "follow"]).default("follow") }),
        )
        .refine(
          (files) => new Set(Object.values(files).map(({ env }) => env)).size === Object.keys(files).length,
          "each folder needs an environment variable of its own",
        )
        .optional(),
    })
    .default({}),
  migrations: z.string().optional(),
});

export type Manifest = z.infer<typeof manifestSchema>;

export type ManifestResult = { ok: true; manifest: Manifest } | { ok: false; problems: string[] };

/** Reads a manifest's text. Problems are sentences that name the key. */
export function readManifest(text: string): ManifestResult {
  let raw: unknown;
  try {
    raw = parse(text, { maxAliasCount: 20 });
  } catch (error) {
    const where = error instanceof YAMLParseError && error.linePos ? ` at line ${error.linePos[0].line}` : "";
    return { ok: false, problems: [`signalbox.yaml is not valid YAML${where}: ${firstLine(error)}`] };
  }
  const result = manifestSchema.safeParse(raw);
  if (result.success) return { ok: true, manifest: result.data };
  return {
    ok: false,
    problems: result.error.issues.map((issue) => {
      const path = issue.path.join(".");
      return path ? `${path}: ${issue.message}` : issue.message;
    }),
  };
}

const firstLine = (error: unknown) => (error instanceof Error ? error.message.split("\n")[0] : String(error));
