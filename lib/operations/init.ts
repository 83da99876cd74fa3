/** Makes an app: its two slots, its domains, and a run that provisions their data. */
import { randomUUID } from "node:crypto";
import { z } from "zod";
import { appName } from "#lib/config/manifest.ts";
import { permit } from "#lib/engine/permit.ts";
import type { StoreTransaction } from "#lib/store/client.ts";
import { type AppWithState, appState, isUnprovisioned } from "./app-state.ts";
import { type OperationContext, requireRole } from "./context.ts";
import { requireFree } from "./domain-free.ts";
import { OperationError, refused } from "./errors.ts";
import { appFields, hostField } from "./input-fields.ts";
import { notify } from "./notify.ts";
import { parseInput } from "./parse-input.ts";
import {
  insertRun,
  lockApp,
  PATIENCE,
  type RequestedRun,
  refuseWhenBusy,
  sameRequest,
} from "./request-run.ts";
import { freeSlotPorts } from "./slot-ports.ts";
import { isUniqueViolation } from "./unique-violation.ts";

export const initInput = z.strictObject({
  name: appName,
  publicDomains: z.array(hostField).min(1).max(50),
  stagingDomains: z.array(hostField).max(50).default([]),
  /** Who reaches the staging domains: anybody, or testers who signed in. */
  stagingAccess: z.enum(["open", "testers"]).default("testers"),
  idempotencyKey: appFields.idempotencyKey,
});
/** Any number that nothing else in the store's database locks. */
const INIT_LOCK = 5_167_061_121;

type Wanted = z.output<typeof initInput>;

/** Needs admin. Asked again for an app whose provisioning did not succeed, it takes the new domains and tries again. */
export async function init(
  context: OperationContext,
  input: z.input<typeof initInput>,
): Promise<RequestedRun> {
  requireRole(context, "admin");
  const wanted = parseInput(initInput, input);
  requireDistinct(wanted);
  return context.store
    .$transaction(async (tx) => {
      // Names, hosts and ports of all apps are looked at: one new app at a time.
      await tx.$executeRaw`SELECT pg_advisory_xact_lock(${INIT_LOCK})`;
      const existing = await tx.app.findUnique({ where: { name: wanted.name }, select: { id: true } });
      if (existing) {
        const app = await lockApp(tx, wanted.name);
        const before = await sameRequest(tx, app.id, wanted.idempotencyKey);
        if (before) return before;
        await refuseWhenBusy(tx, app.id);
        requireUnprovisioned(app);
        await tx.domain.deleteMany({ where: { appId: app.id } });
      }
      await requireFree(tx, context, hostsOf(wanted), existing?.id ?? null);
      const app = await writeApp(tx, context, wanted, existing?.id);
      await notify(tx, "signalbox_routes", app.name);
      const { publicDomains, stagingDomains, stagingAccess } = wanted;
      return insertRun(tx, context, {
        app,
        verb: "init",
        input: { publicDomains, stagingDomains, stagingAccess },
        idempotencyKey: wanted.idempotencyKey,
      });
    }, PATIENCE)
    .catch(explainUnique);
}

/** A run that publishes does not wait for this transaction; the unique index on hosts decides between them. */
function explainUnique(error: unknown): never {
  if (!isUniqueViolation(error)) throw error;
  throw refused([
    {
      code: "domain-taken",
      severity: "refuse",
      what: "One of the domains was published elsewhere at this moment.",
      remedy: "Look who has it, then try again.",
    },
  ]);
}

async function writeApp(
  tx: StoreTransaction,
  { home }: OperationContext,
  { name, publicDomains, stagingDomains, stagingAccess }: Wanted,
  existing: string | undefined,
) {
  const domains = {
    create: [
      ...publicDomains.map((host) => ({ host, audience: "public" as const })),
      ...stagingDomains.map((host) => ({ host, audience: "staging" as const })),
    ],
  };
  if (existing !== undefined) {
    return tx.app.update({
      where: { id: existing },
      data: { stagingAccess, domains, routeVersion: { increment: 1 } },
    });
  }
  const [blue, green] = await freeSlotPorts(tx, home, 2);
  return tx.app.create({
    data: {
      id: randomUUID(),
      name,
      stagingAccess,
      domains,
      slots: {
        create: [
          { name: "blue", port: blue! },
          { name: "green", port: green! },
        ],
      },
    },
  });
}

function requireUnprovisioned(app: AppWithState): void {
  const state = appState(app);
  if (!isUnprovisioned(state)) throw refused(permit("init", state));
}

const hostsOf = ({ publicDomains, stagingDomains }: Wanted) => [...publicDomains, ...stagingDomains];

function requireDistinct(wanted: Wanted): void {
  const hosts = hostsOf(wanted);
  const twice = hosts.find((host, index) => hosts.indexOf(host) !== index);
  if (twice !== undefined) throw new OperationError("invalid", `${twice} is named twice.`);
}
