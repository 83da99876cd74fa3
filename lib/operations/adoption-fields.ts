import { z } from "zod";
import { databaseUrl, originUrl } from "#lib/config/adoption.ts";

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
