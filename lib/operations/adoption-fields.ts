import { z } from "zod";
import { databaseUrl, originUrl } from "#lib/config/adoption.ts";
import { refused } from "./errors.ts";

/** What the check looks at; the same fields begin an adoption. */
export const adoptionFields = {
  /** Where the running app answers. */
  origin: originUrl,
  healthPath: z.string().max(500).startsWith("/").default("/"),
  /** Its database; left out: no data is switched. */
  data: z
    .strictObject({
      /** The app's own connection string. */
      url: databaseUrl,
      /** An administrator's, to the same server. */
      adminUrl: databaseUrl,
      /** An empty database for the second version; left out: Signalbox makes one. */
      greenUrl: databaseUrl.optional(),
      env: z
        .string()
        .regex(/^[A-Z_][A-Z0-9_]{0,127}$/, "an environment variable's name")
        .default("DATABASE_URL"),
    })
    .optional(),
};

/** A version that somebody else runs in the slot already. */
export const externalSource = z.strictObject({
  kind: z.literal("external"),
  /** In words. */
  version: z.string().trim().min(1).max(64),
  /** Default: the path asked so far. */
  healthPath: z.string().max(500).startsWith("/").optional(),
  /** Where it answers; default: where the slot answered so far. */
  origin: originUrl.optional(),
});

/** Throws `refused` when files are deployed to an app that somebody else starts, or the other way round. */
export function requireFitting(external: boolean | undefined, kind: string): void {
  if ((kind === "external") === (external === true)) return;
  throw refused([
    external
      ? {
          code: "started-elsewhere",
          severity: "refuse",
          what: "This app is started by somebody else; Signalbox installs no files for it.",
          remedy:
            "Start the new version on a port of its own, then declare it: deploy --release-version <version> --origin <address>.",
        }
      : {
          code: "not-external",
          severity: "refuse",
          what: "This app is started by Signalbox, so its releases are files.",
          remedy: "Deploy a folder, an archive or a repository.",
        },
  ]);
}
