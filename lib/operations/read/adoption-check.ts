/** What is missing before a running app can be adopted, with the SQL to run. Changes nothing, however often it is asked. */

import { networkInterfaces } from "node:os";
import { z } from "zod";
import { appName } from "#lib/config/manifest.ts";
import { readPorts } from "#lib/config/open-home.ts";
import type { AdoptionItem, DatabaseShape } from "#lib/engine/adoption.ts";
import { adoptionAnswer } from "#lib/engine-service/control.ts";
import { adoptionFields } from "../adoption-fields.ts";
import { type OperationContext, requireRole } from "../context.ts";
import { OperationError, refused } from "../errors.ts";
import { hostField } from "../input-fields.ts";
import { parseInput } from "../parse-input.ts";
import { engineSays } from "./engine-call.ts";

const TIMEOUT_MS = 45_000;

export const adoptionCheckInput = z.strictObject({
  ...adoptionFields,
  name: appName,
  /** Its domains, as far as they are known yet. */
  hosts: z.array(hostField).max(100).default([]),
});

export interface AdoptionCheckView {
  /** Whether it can be adopted as it is. */
  ok: boolean;
  items: AdoptionItem[];
}

interface Looked extends AdoptionCheckView {
  blue: DatabaseShape | null;
  green: DatabaseShape | null;
}

/** Needs admin: it signs in to what it is given. Asks through the engine, as what runs later will. */
export async function checkAdoption(
  context: OperationContext,
  input: z.input<typeof adoptionCheckInput>,
): Promise<Looked> {
  requireRole(context, "admin");
  const { name, origin, healthPath, data, hosts } = parseInput(adoptionCheckInput, input);
  const own = [...(await domainItems(context, name, hosts)), ...(await loopItems(context, origin))];
  const question = { app: name, origin: own.some(isLoop) ? null : origin, healthPath, data: data ?? null };
  const answer = await engineSays(context.home, "adoptionCheck", question, AbortSignal.timeout(TIMEOUT_MS));
  if (answer === null) {
    throw new OperationError("unavailable", "The engine does not answer, and it is what looks.", {
      remedy: "See that the engine runs (npm start restarts it), then check again.",
    });
  }
  const { items: seen, blue, green } = adoptionAnswer.parse(answer);
  const items = [...own, ...seen];
  return { ok: items.every(({ severity }) => severity !== "refuse"), items, blue, green };
}

/** For those who only read it: what was found out about the roles stays inside. */
export async function adoptionCheckView(
  context: OperationContext,
  input: z.input<typeof adoptionCheckInput>,
): Promise<AdoptionCheckView> {
  const { ok, items } = await checkAdoption(context, input);
  return { ok, items };
}

const refuse = (code: string, what: string, remedy: string): AdoptionItem => ({
  code,
  severity: "refuse",
  what,
  remedy,
  sql: null,
});

const isLoop = ({ code }: AdoptionItem) => code === "origin-is-gateway" || code === "origin-is-domain";

async function domainItems(
  { store, dashboardHosts }: OperationContext,
  name: string,
  hosts: string[],
): Promise<AdoptionItem[]> {
  const items = hosts
    .filter((host) => dashboardHosts.includes(host))
    .map((host) =>
      refuse("domain-is-dashboard", `${host} is an address of this dashboard.`, "Choose another name."),
    );
  const taken = await store.domain.findMany({
    where: { host: { in: hosts }, app: { name: { not: name } } },
    include: { app: { select: { name: true } } },
  });
  return [
    ...items,
    ...taken.map(({ host, app }) =>
      refuse(
        "domain-taken",
        `${host} belongs to the app ${app.name}.`,
        "Unpublish it there first, or choose another name.",
      ),
    ),
  ];
}

/** Throws `refused` for an address that leads back here. */
export async function requireNoLoop(context: OperationContext, origin: string): Promise<void> {
  const items = await loopItems(context, origin);
  if (items.length > 0)
    throw refused(items.map(({ code, what, remedy }) => ({ code, severity: "refuse", what, remedy })));
}

/** A request would go round for ever. */
async function loopItems(
  { store, home, dashboardHosts }: OperationContext,
  origin: string,
): Promise<AdoptionItem[]> {
  const { hostname, port, protocol } = new URL(origin);
  const asked = Number(port) || (protocol === "https:" ? 443 : 80);
  const { gateway, web } = readPorts(home);
  const here = hostname === "localhost" || dashboardHosts.includes(hostname) || isOwnAddress(hostname);
  if (here && (asked === gateway || asked === web)) {
    return [
      refuse(
        "origin-is-gateway",
        `${origin} is Signalbox itself; a request would go round for ever.`,
        "Name the port that the app's own process listens on.",
      ),
    ];
  }
  const domain = await store.domain.findUnique({ where: { host: hostname } });
  if (!domain) return [];
  return [
    refuse(
      "origin-is-domain",
      `${hostname} is a domain that Signalbox serves; a request would come back here.`,
      "Name the machine that the app runs on: http://127.0.0.1:<port> when it is this one.",
    ),
  ];
}

const isOwnAddress = (hostname: string): boolean => {
  const bare = hostname.replace(/^\[|\]$/g, "");
  return (
    /^127\./.test(bare) ||
    bare === "0.0.0.0" ||
    Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === bare))
  );
};
