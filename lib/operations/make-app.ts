/** A new app in the store: its name, its domains, its two slots and the run that makes or takes over the rest. */
import { randomUUID } from "node:crypto";
import { permit } from "#lib/engine/permit.ts";
import type { StoreTransaction } from "#lib/store/client.ts";
import type { Prisma } from "#lib/store/generated/client.ts";
import { type AppWithState, appState, isUnprovisioned } from "./app-state.ts";
import type { OperationContext } from "./context.ts";
import { requireFree } from "./domain-free.ts";
import { OperationError, refused } from "./errors.ts";
import { notify } from "./notify.ts";
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

export interface NewApp {
  verb: "init" | "adopt";
  name: string;
  publicDomains: string[];
  stagingDomains: string[];
  stagingAccess: "open" | "testers";
  idempotencyKey?: string;
  runtime: "process" | "external";
  adoption?: Prisma.InputJsonObject;
  /** What the run records beside the domains. No secrets. */
  record?: Prisma.InputJsonObject;
}

/** Any number that nothing else in the store's database locks. */
const MAKE_LOCK = 5_167_061_121;

/** Asked again for an app whose first run did not succeed, it takes what is wanted now and tries again. */
export async function makeApp(context: OperationContext, wanted: NewApp): Promise<RequestedRun> {
  requireDistinct(wanted);
  return context.store
    .$transaction(async (tx) => {
      // Names, hosts and ports of all apps are looked at: one new app at a time.
      await tx.$executeRaw`SELECT pg_advisory_xact_lock(${MAKE_LOCK})`;
      const existing = await tx.app.findUnique({ where: { name: wanted.name }, select: { id: true } });
      if (existing) {
        const app = await lockApp(tx, wanted.name);
        const before = await sameRequest(tx, app.id, wanted.idempotencyKey);
        if (before) return before;
        await refuseWhenBusy(tx, app.id);
        requireUnprovisioned(app, wanted.verb);
        await tx.domain.deleteMany({ where: { appId: app.id } });
      }
      await requireFree(tx, context, hostsOf(wanted), existing?.id ?? null);
      const app = await writeApp(tx, context, wanted, existing?.id);
      await notify(tx, "signalbox_routes", app.name);
      const { publicDomains, stagingDomains, stagingAccess, record } = wanted;
      return insertRun(tx, context, {
        app,
        verb: wanted.verb,
        input: { publicDomains, stagingDomains, stagingAccess, ...record },
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
  wanted: NewApp,
  existing: string | undefined,
) {
  const { name, publicDomains, stagingDomains, stagingAccess, runtime, adoption } = wanted;
  const domains = {
    create: [
      ...publicDomains.map((host) => ({ host, audience: "public" as const })),
      ...stagingDomains.map((host) => ({ host, audience: "staging" as const })),
    ],
  };
  if (existing !== undefined) {
    return tx.app.update({
      where: { id: existing },
      data: { stagingAccess, domains, runtime, adoption, routeVersion: { increment: 1 } },
    });
  }
  const [blue, green] = await freeSlotPorts(tx, home, 2);
  // Gateways, and databases that stayed, remember the last of an app of this name that was removed.
  const { _max: last } = await tx.app.aggregate({
    where: { removedAt: { not: null } },
    _max: { epoch: true, routeVersion: true },
  });
  return tx.app.create({
    data: {
      id: randomUUID(),
      name,
      epoch: last.epoch ?? 0,
      routeVersion: (last.routeVersion ?? 0) + 1,
      stagingAccess,
      runtime,
      adoption,
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

function requireUnprovisioned(app: AppWithState, verb: "init" | "adopt"): void {
  const state = appState(app);
  if (!isUnprovisioned(state)) throw refused(permit(verb, state));
}

const hostsOf = ({ publicDomains, stagingDomains }: NewApp) => [...publicDomains, ...stagingDomains];

function requireDistinct(wanted: NewApp): void {
  const hosts = hostsOf(wanted);
  const twice = hosts.find((host, index) => hosts.indexOf(host) !== index);
  if (twice !== undefined) throw new OperationError("invalid", `${twice} is named twice.`);
}
