/** What the steps of an adoption collect, and what is sent of it. */
import { hostLines } from "../apps/host-lines.ts";

export interface Wanted {
  name: string;
  origin: string;
  healthPath: string;
  version: string;
  publicDomains: string;
  stagingDomains: string;
  stagingAccess: "open" | "testers";
  database: "none" | "adopt";
  url: string;
  adminUrl: string;
  env: string;
  green: "made" | "named";
  greenUrl: string;
}

export const NOTHING_YET: Wanted = {
  name: "",
  origin: "",
  healthPath: "/",
  version: "1",
  publicDomains: "",
  stagingDomains: "",
  stagingAccess: "testers",
  database: "adopt",
  url: "",
  adminUrl: "",
  env: "DATABASE_URL",
  green: "made",
  greenUrl: "",
};

export interface AdoptionQuestion {
  name: string;
  origin: string;
  healthPath: string;
  hosts: string[];
  data?: { url: string; adminUrl: string; greenUrl?: string; env: string };
}

export interface NewAdoption extends Omit<AdoptionQuestion, "hosts"> {
  version: string;
  publicDomains: string[];
  stagingDomains: string[];
  stagingAccess: "open" | "testers";
  idempotencyKey: string;
}

export type Problems = Partial<Record<keyof Wanted, string>>;

export const STEPS = ["address", "domains", "database", "review"] as const;
export type StepName = (typeof STEPS)[number];

/** What must be mended before a step is done. The server looks at all of it again. */
export function problemsOf(step: StepName, wanted: Wanted): Problems {
  const problems: Problems = {};
  if (step === "address") {
    if (!/^[a-z][a-z0-9-]{0,30}$/.test(wanted.name.trim()))
      problems.name = "lower-case letters, digits and dashes, beginning with a letter, at most 31.";
    if (!/^https?:\/\/[^/?#@\s]+\/?$/.test(wanted.origin.trim()))
      problems.origin = "an address without a path, such as http://127.0.0.1:3000.";
    if (!wanted.healthPath.trim().startsWith("/")) problems.healthPath = "begins with a slash.";
    if (wanted.version.trim() === "") problems.version = "say in a word what runs now.";
  }
  if (step === "domains" && hostLines(wanted.publicDomains).length === 0)
    problems.publicDomains = "name at least one.";
  if (step === "database" && wanted.database === "adopt") {
    const named =
      wanted.green === "named" ? (["url", "adminUrl", "greenUrl"] as const) : (["url", "adminUrl"] as const);
    for (const key of named) {
      if (!/^postgres(ql)?:\/\/[^/\s]+\/[^/\s]+/.test(wanted[key].trim()))
        problems[key] = "postgresql://role:password@host:5432/database.";
    }
    if (!/^[A-Z_][A-Z0-9_]*$/.test(wanted.env.trim())) problems.env = "capitals, digits and underscores.";
  }
  return problems;
}

/** `only`: the database is asked about when its step is reached. */
export function questionOf(wanted: Wanted, only?: "address"): AdoptionQuestion {
  const data = only === "address" || wanted.database === "none" ? undefined : dataOf(wanted);
  return {
    name: wanted.name.trim(),
    origin: wanted.origin.trim(),
    healthPath: wanted.healthPath.trim(),
    hosts: [...hostLines(wanted.publicDomains), ...hostLines(wanted.stagingDomains)],
    ...(data && { data }),
  };
}

export function adoptionOf(wanted: Wanted, idempotencyKey: string): NewAdoption {
  const { hosts: _, ...asked } = questionOf(wanted);
  return {
    ...asked,
    version: wanted.version.trim(),
    publicDomains: hostLines(wanted.publicDomains),
    stagingDomains: hostLines(wanted.stagingDomains),
    stagingAccess: wanted.stagingAccess,
    idempotencyKey,
  };
}

const dataOf = ({ url, adminUrl, greenUrl, green, env }: Wanted): NonNullable<AdoptionQuestion["data"]> => ({
  url: url.trim(),
  adminUrl: adminUrl.trim(),
  env: env.trim(),
  ...(green === "named" && { greenUrl: greenUrl.trim() }),
});
