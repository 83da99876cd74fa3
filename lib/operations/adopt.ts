/** Takes an app that runs already behind the gate. Its process and its database stay where and what they are. */
import { z } from "zod";
import { type AdoptedDatabase, type Adoption, adoptionSeal, originUrl } from "#lib/config/adoption.ts";
import { type KeyRing, readKeyRing, seal } from "#lib/config/seal.ts";
import type { DatabaseShape } from "#lib/engine/adoption.ts";
import { adoptionFields } from "./adoption-fields.ts";
import { type OperationContext, requireRole } from "./context.ts";
import { refused } from "./errors.ts";
import { newAppFields } from "./init.ts";
import { makeApp } from "./make-app.ts";
import { parseInput } from "./parse-input.ts";
import { checkAdoption, requireNoLoop } from "./read/adoption-check.ts";
import type { RequestedRun } from "./request-run.ts";

export const adoptInput = z.strictObject({
  ...newAppFields,
  ...adoptionFields,
  /** What runs now, in words. */
  version: z.string().trim().min(1).max(64).default("1"),
  /** Where the second version will answer, if that is known already. */
  greenOrigin: originUrl.optional(),
});

type Wanted = z.output<typeof adoptInput>;

/** Needs admin. Looks once more at all that the check looks at, and refuses with its reasons. */
export async function adopt(
  context: OperationContext,
  input: z.input<typeof adoptInput>,
): Promise<RequestedRun> {
  requireRole(context, "admin");
  const wanted = parseInput(adoptInput, input);
  const { name, origin, greenOrigin, healthPath, data } = wanted;
  const hosts = [...wanted.publicDomains, ...wanted.stagingDomains];
  if (greenOrigin) await requireNoLoop(context, greenOrigin);
  const check = await checkAdoption(context, { name, origin, healthPath, data, hosts });
  const reasons = check.items.filter((item) => item.severity === "refuse");
  if (reasons.length > 0) {
    throw refused(reasons.map(({ code, what, remedy }) => ({ code, severity: "refuse", what, remedy })));
  }
  const adoption: Adoption = {
    origins: { blue: origin, ...(greenOrigin && { green: greenOrigin }) },
    data: data && check.blue ? sealedData(context, wanted, { blue: check.blue, green: check.green }) : null,
  };
  const { publicDomains, stagingDomains, stagingAccess, idempotencyKey, version } = wanted;
  return makeApp(context, {
    verb: "adopt",
    runtime: "external",
    ...{ name, publicDomains, stagingDomains, stagingAccess, idempotencyKey, adoption },
    record: { origin, version, healthPath, data: check.blue === null ? null : check.blue.database },
  });
}

function sealedData(
  { home }: OperationContext,
  { name, data }: Wanted,
  shapes: { blue: DatabaseShape; green: DatabaseShape | null },
): Adoption["data"] {
  const { env, url, adminUrl, greenUrl } = data!;
  const ring = readKeyRing(home);
  const { blue, green } = shapes;
  return {
    env,
    admin: seal(ring, adminUrl, adoptionSeal(name)),
    blue: sealedDatabase(ring, name, blue, url),
    green: green && greenUrl !== undefined ? sealedDatabase(ring, name, green, greenUrl) : null,
  };
}

const sealedDatabase = (ring: KeyRing, app: string, shape: DatabaseShape, url: string): AdoptedDatabase => ({
  ...shape,
  url: seal(ring, url, adoptionSeal(app)),
});
