/** Answers questions about what is to be adopted, or was. */
import type { z } from "zod";
import type { AdoptionDesk, AdoptionItem } from "#lib/engine/adoption.ts";
import { Refusal } from "#lib/engine/ports.ts";
import { messageOf } from "#lib/engine/retry.ts";
import type { adoptionAnswer, connectionAnswer, engineCalls } from "./control.ts";

const PROBE_MS = 8_000;
const CHECK_MS = 30_000;

type Question<C extends keyof typeof engineCalls> = z.output<(typeof engineCalls)[C]>;

export async function checkForAdoption(
  desk: AdoptionDesk,
  { app, origin, healthPath, data }: Question<"adoptionCheck">,
): Promise<z.input<typeof adoptionAnswer>> {
  const [address, database] = await Promise.all([
    origin === null ? [] : originItems(desk, origin, healthPath),
    data === null
      ? { items: [], blue: null, green: null }
      : desk
          .check(
            { app, adminUrl: data.adminUrl, blueUrl: data.url, greenUrl: data.greenUrl },
            AbortSignal.timeout(CHECK_MS),
          )
          .catch((error) => ({ items: [asItem(error)], blue: null, green: null })),
  ]);
  return { ...database, items: [...address, ...database.items] };
}

async function originItems(desk: AdoptionDesk, origin: string, path: string): Promise<AdoptionItem[]> {
  try {
    const { status, server, ms } = await desk.probe(origin, path, AbortSignal.timeout(PROBE_MS));
    const by = server === null ? "" : `, ${server}`;
    const what = `${origin}${path} answers ${status} in ${Math.round(ms)} ms${by}.`;
    return [{ code: "origin-answers", severity: "ok", what, remedy: "", sql: null }];
  } catch (error) {
    return [asItem(error)];
  }
}

export async function connectionsOf(
  desk: AdoptionDesk,
  { app, slot, as }: Question<"connection">,
): Promise<z.input<typeof connectionAnswer>> {
  try {
    return { connections: await desk.connection({ app, slot }, as), problem: null };
  } catch (error) {
    const { what, remedy } = asItem(error);
    return { connections: [], problem: { what, remedy } };
  }
}

function asItem(error: unknown): AdoptionItem {
  const {
    code,
    message: what,
    remedy,
  } = error instanceof Refusal
    ? error
    : { code: "check-failed", message: messageOf(error), remedy: "See the engine's log, then check again." };
  return { code, severity: "refuse", what, remedy, sql: null };
}
