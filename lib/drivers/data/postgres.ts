/** Data driver `postgres`: a database per slot on one PostgreSQL server, copied in one snapshot. */
import { z } from "zod";
import { otherSlot, type SlotRef } from "#lib/engine/model.ts";
import type { DataDriver } from "#lib/engine/ports.ts";
import { changeMark } from "./postgres/change-mark.ts";
import { DataServer } from "./postgres/connect.ts";
import { copySlot } from "./postgres/copy.ts";
import { countRows } from "./postgres/count.ts";
import { describeSlot } from "./postgres/describe.ts";
import { differenceOf } from "./postgres/difference.ts";
import { copyExtensions } from "./postgres/extensions.ts";
import { holdFence, isFenced, unfence } from "./postgres/fence.ts";
import { ledgerTest } from "./postgres/ledgers.ts";
import { letGo } from "./postgres/let-go.ts";
import { type SlotNames, slotNames } from "./postgres/names.ts";
import { preflight } from "./postgres/preflight.ts";
import { afterRelease, openForRelease, provision } from "./postgres/provision.ts";
import { openQuickCheck } from "./postgres/quick-check.ts";
import { verifySlots } from "./postgres/verify.ts";

const isFunction = (value: unknown): boolean => typeof value === "function";

export const postgresDataOptions = z.strictObject({
  /** The server that holds the slots, or a superuser's connection string to it. A server given is left open. */
  server: z.union([z.instanceof(DataServer), z.url({ protocol: /^postgres(ql)?$/ })]),
  /** The password of a slot's role; the same each time. */
  passwordFor: z.custom<(role: string) => string>(isFunction),
  /** Tables of an app that are left alone: `table` or `schema.table`. */
  exclude: z.custom<(app: string) => string[]>(isFunction),
  /** The environment variable in which an app wants its connection string. */
  envName: z.custom<(app: string) => string>(isFunction),
  /** Database and roles of a slot that was there before Signalbox, with the app's own connection string; null: made here. */
  adopted: z
    .custom<(slot: SlotRef) => { names: SlotNames; url: string } | null>(isFunction)
    .default(() => () => null),
  /** What its sessions call themselves. */
  applicationName: z
    .string()
    .regex(/^[a-z0-9-]{1,30}$/)
    .default("signalbox"),
});

export type PostgresDataOptions = z.input<typeof postgresDataOptions>;

/** For the drivers of several apps, which share its connections. */
export const openDataServer = (adminUrl: string): DataServer => new DataServer(adminUrl, "signalbox");

export function createPostgresData(input: PostgresDataOptions): DataDriver {
  const options = postgresDataOptions.parse(input);
  const given = options.server;
  const server = given instanceof DataServer ? given : new DataServer(given, options.applicationName);
  const namesOf = (slot: SlotRef) => options.adopted(slot)?.names ?? slotNames(slot);
  const ledger = (slot: SlotRef) => ledgerTest(options.exclude(slot.app));
  return {
    name: "postgres",
    capabilities: {
      snapshot: true,
      stream: false,
      fence: true,
      difference: true,
      holdsWriters: true,
      atomicCopy: true,
      follows: false,
      feedsBack: false,
    },

    async provision(slot) {
      const names = namesOf(slot);
      await provision(server, names, options.passwordFor);
      const other = options.adopted({ ...slot, slot: otherSlot(slot.slot) });
      if (other && !names.adopted) await copyExtensions(server, other.names, names);
    },

    async env(slot, as) {
      const adopted = options.adopted(slot);
      if (adopted) return { [options.envName(slot.app)]: adopted.url };
      const names = namesOf(slot);
      const role = as === "app" ? names.app : names.release;
      const password = options.passwordFor(role);
      if (as === "owner") await openForRelease(server, names, password);
      return { [options.envName(slot.app)]: server.urlFor(names.database, role, password) };
    },

    afterRelease: (slot) => afterRelease(server, namesOf(slot)),
    describe: (slot) => describeSlot(server, namesOf(slot)),
    preflight: (from, to) => preflight(server, namesOf(from), namesOf(to), ledger(from)),
    copy: (from, to, how) => copySlot(server, namesOf(from), namesOf(to), ledger(from), how),
    fence: (slot, how) => holdFence(server, namesOf(slot), how),
    fenced: (slot) => isFenced(server, namesOf(slot)),
    unfence: (slot, { token }) => unfence(server, namesOf(slot), token),
    count: (from, to) => countRows(server, namesOf(from), namesOf(to), ledger(from)),
    verify: (from, to, how) => verifySlots(server, namesOf(from), namesOf(to), ledger(from), how),
    openQuickCheck: (from, to) => openQuickCheck(server, namesOf(from), namesOf(to), ledger(from)),
    difference: (base, current, how) =>
      differenceOf(server, namesOf(base), namesOf(current), ledger(current), how),
    changeMark: (slot) => changeMark(server, namesOf(slot)),
    letGo: (slot, how) => letGo(server, namesOf(slot), how),
    async dispose() {
      if (server !== given) await server.dispose();
    },
  };
}
