/** Data driver `postgres`: a database per slot, copied in one snapshot or followed by a feed. Each slot may be on a server of its own. */
import { z } from "zod";
import { otherSlot, SLOT_NAMES, type SlotName, type SlotRef } from "#lib/engine/model.ts";
import type { DataDriver } from "#lib/engine/ports.ts";
import { changeMark } from "./postgres/change-mark.ts";
import { cloneFindings, dropClone, makeClone, sweepClones } from "./postgres/clone.ts";
import { DataServer } from "./postgres/connect.ts";
import { copySlot } from "./postgres/copy.ts";
import { countRows } from "./postgres/count.ts";
import { describeSlot } from "./postgres/describe.ts";
import { differenceOf } from "./postgres/difference.ts";
import { copyExtensions } from "./postgres/extensions.ts";
import { type FeedErrors, removeLeftFeeds, type TidyFeeds, tendFeeds } from "./postgres/feed/tend.ts";
import { createFeeds } from "./postgres/feeds.ts";
import { holdFence, isFenced, readyFence, unfence } from "./postgres/fence.ts";
import { ledgerTest } from "./postgres/ledgers.ts";
import { letGo } from "./postgres/let-go.ts";
import { cloneNames, type SlotNames, slotNames } from "./postgres/names.ts";
import { preflight } from "./postgres/preflight.ts";
import { afterRelease, openForRelease, provision } from "./postgres/provision.ts";
import { openQuickCheck } from "./postgres/quick-check.ts";
import { verifySlots } from "./postgres/verify.ts";

const isFunction = (value: unknown): boolean => typeof value === "function";

export const postgresDataOptions = z.strictObject({
  /** The server that holds the slots, or a superuser's connection string to it. A server given is left open. */
  server: z.union([z.instanceof(DataServer), z.url({ protocol: /^postgres(ql)?$/ })]),
  /** Another one for green, where each slot has its own. As above. */
  greenServer: z.union([z.instanceof(DataServer), z.url({ protocol: /^postgres(ql)?$/ })]).optional(),
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
  /** The file that the server writes its log to, if it is on this machine. */
  serverLog: z.string().nullable().default(null),
  greenServerLog: z.string().nullable().default(null),
  /** What its sessions call themselves. */
  applicationName: z
    .string()
    .regex(/^[a-z0-9-]{1,30}$/)
    .default("signalbox"),
});

export type PostgresDataOptions = z.input<typeof postgresDataOptions>;

/** For the drivers of several apps, which share its connections. */
export const openDataServer = (adminUrl: string): DataServer => new DataServer(adminUrl, "signalbox");

/** What was seen of a server's feeds, kept as long as its sessions are: drivers come and go. */
const seenFeeds = new WeakMap<DataServer, { errors: FeedErrors; tidy: TidyFeeds }>();
function seenOf(server: DataServer) {
  const seen = seenFeeds.get(server) ?? { errors: new Map(), tidy: new Map() };
  seenFeeds.set(server, seen);
  return seen;
}

export function createPostgresData(input: PostgresDataOptions): DataDriver {
  const options = postgresDataOptions.parse(input);
  const open = (given: DataServer | string) =>
    given instanceof DataServer ? given : new DataServer(given, options.applicationName);
  const blue = open(options.server);
  const green = options.greenServer === undefined ? blue : open(options.greenServer);
  const serverOf = ({ slot }: SlotRef) => (slot === "blue" ? blue : green);
  const namesOf = (slot: SlotRef) => options.adopted(slot)?.names ?? slotNames(slot);
  const ledger = (slot: SlotRef) => ledgerTest(options.exclude(slot.app));
  const side = (slot: SlotRef) => ({ server: serverOf(slot), names: namesOf(slot) });
  const oppositeOf = (slot: SlotRef) => side({ ...slot, slot: otherSlot(slot.slot) });
  const { passwordFor } = options;
  const serverLog = ({ slot }: SlotRef) =>
    slot === "green" && green !== blue ? options.greenServerLog : options.serverLog;
  return {
    name: "postgres",
    capabilities: {
      snapshot: true,
      stream: true,
      fence: true,
      difference: true,
      holdsWriters: true,
      atomicCopy: true,
      follows: false,
      feedsBack: false,
    },
    feeds: createFeeds({ side, ledger, passwordFor, serverLog }),
    clones: {
      preflight: (slot) => cloneFindings(side(slot)),
      make: (slot, how) => makeClone(side(slot), oppositeOf(slot), how),
      drop: (slot, { token }) => dropClone(side(slot), token),
    },

    async provision(slot) {
      const { server, names } = side(slot);
      await provision(server, names, passwordFor);
      const other = oppositeOf(slot);
      if (other.names.adopted && !names.adopted) await copyExtensions(other, { server, names });
    },

    async env(slot, as) {
      const adopted = options.adopted(slot);
      if (adopted) return { [options.envName(slot.app)]: adopted.url };
      const { server, names } = side(slot);
      const role = as === "owner" ? names.release : names.app;
      const password = passwordFor(role);
      if (as === "owner") await openForRelease(server, names, password);
      const database = as === "preview" ? cloneNames(names).clone : names.database;
      return { [options.envName(slot.app)]: server.urlFor(database, role, password) };
    },

    afterRelease: (slot) => afterRelease(serverOf(slot), namesOf(slot)),
    describe: (slot) => describeSlot(serverOf(slot), namesOf(slot)),
    preflight: (from, to) => preflight(side(from), side(to), ledger(from)),
    copy: (from, to, how) => copySlot(side(from), side(to), ledger(from), how),
    readyFence: (slot, { token }) => readyFence(serverOf(slot), namesOf(slot), token),
    fence: (slot, how) => holdFence(serverOf(slot), namesOf(slot), how),
    fenced: (slot) => isFenced(serverOf(slot), namesOf(slot)),
    unfence: (slot, { token }) => unfence(serverOf(slot), namesOf(slot), token),
    count: (from, to) => countRows(side(from), side(to), ledger(from)),
    verify: (from, to, how) => verifySlots(side(from), side(to), ledger(from), how),
    openQuickCheck: (from, to) => openQuickCheck(side(from), side(to), ledger(from)),
    difference: (base, current, how) => differenceOf(side(base), side(current), ledger(current), how),
    changeMark: (slot) => changeMark(serverOf(slot), namesOf(slot)),
    async tend({ app, token, feed, clones, signal }) {
      const ref = (slot: SlotName): SlotRef => ({ app, slot });
      for (const slot of SLOT_NAMES) await sweepClones(side(ref(slot)), token, clones.includes(slot));
      if (!feed?.stream) {
        const both = [side(ref("blue")), side(ref("green"))] as const;
        return await removeLeftFeeds(both, token, seenOf(blue).tidy);
      }
      const [live, other] = [side(ref(feed.from)), side(ref(otherSlot(feed.from)))];
      await tendFeeds(live, other, { token, passwordFor, errors: seenOf(other.server).errors, signal });
    },
    letGo: (slot, how) => letGo(serverOf(slot), namesOf(slot), how),
    async dispose() {
      if (blue !== options.server) await blue.dispose();
      if (green !== blue && green !== options.greenServer) await green.dispose();
    },
  };
}
