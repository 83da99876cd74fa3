/** What was taken over instead of made: App.adoption in the store. Secrets in it are sealed. */
import { z } from "zod";
import type { SealContext } from "./seal.ts";

const MAX_URL = 2_000;

/** Where somebody else's process answers: scheme, host and port, nothing behind them. */
export const originUrl = z
  .url({ protocol: /^https?$/, error: "an address such as http://127.0.0.1:3000" })
  .max(MAX_URL)
  .refine((text) => {
    const url = new URL(text);
    return url.pathname === "/" && url.search === "" && url.hash === "" && url.username === "";
  }, "an address without path, query or user: http://127.0.0.1:3000")
  .transform((text) => new URL(text).origin);

export const databaseUrl = z
  .url({ protocol: /^postgres(ql)?$/, error: "a URL beginning with postgresql://" })
  .max(MAX_URL)
  .refine(
    (text) => new URL(text).pathname.length > 1,
    "names its database: postgresql://user:password@host:5432/database",
  );

/**
 * How writes are stopped in a database that was there before Signalbox. `grants`: the app's role owns nothing and
 * loses its rights to write. `login`: it owns its tables, so that it can't log in any more either.
 */
export const adoptedFence = z.enum(["grants", "login"]);

const adoptedDatabase = z.strictObject({
  /** The app's own connection string, sealed. */
  url: z.string(),
  database: z.string(),
  /** The role that the app signs in as. */
  role: z.string(),
  /** The role that owns its tables. */
  owner: z.string(),
  fence: adoptedFence,
});
export type AdoptedDatabase = z.infer<typeof adoptedDatabase>;

export const adoptionSchema = z.strictObject({
  /** Where each slot's process answers. Green's may come with its first release. */
  origins: z.strictObject({ blue: z.string(), green: z.string().optional() }),
  /** Null: the app has no database, or none that Signalbox should switch. */
  data: z
    .strictObject({
      /** Variable in which the app wants its connection string. */
      env: z.string(),
      /** Administrator's connection string of the server, sealed. */
      admin: z.string(),
      blue: adoptedDatabase,
      /** Null: made by Signalbox on the same server. */
      green: adoptedDatabase.nullable(),
    })
    .nullable(),
});
export type Adoption = z.infer<typeof adoptionSchema>;

/** Null for an app that Signalbox made. Throws when what is stored is of another shape. */
export const readAdoption = (stored: unknown): Adoption | null =>
  stored == null ? null : adoptionSchema.parse(stored);

export const adoptionSeal = (app: string): SealContext => `adoption/${app}`;
