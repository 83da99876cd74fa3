import type { Finding, SlotName } from "../model.ts";
import { Refusal } from "../ports.ts";
import { messageOf } from "../retry.ts";
import { type Facts, slotRef, type World } from "../world.ts";

/** Looks at what a switch between two slots needs: gateways that answer, a release that runs, data that can move. */
export async function lookBeforeSwitch(
  world: World,
  facts: Facts,
  switching: { from: SlotName; to: SlotName; data: "copied" | "fed" | "left"; token?: number },
): Promise<Finding[]> {
  const { from, to } = switching;
  const looks: Promise<Finding[]>[] = [
    asFindings(
      world.gateways.ping().then(() => []),
      "gateway-silent",
      "See that the gateway runs, then try again.",
    ),
    asFindings(runs(world, facts, to), "slot-unseen", `Look at ${to}'s processes.`),
    Promise.resolve(workersByHand(world, facts, from)),
  ];
  for (const driver of world.data) {
    if (switching.data === "left" && !driver.capabilities.feedsBack) continue;
    const slots = [slotRef(facts, from), slotRef(facts, to)] as const;
    const look =
      switching.data === "fed" && driver.feeds
        ? driver.feeds.beforeTurn(...slots, { token: switching.token })
        : driver.preflight(...slots);
    looks.push(
      asFindings(look, "data-unreachable", `See that the ${driver.name} of ${facts.app} can be reached.`),
    );
  }
  if (switching.data === "copied") looks.push(Promise.resolve(forecastFits(facts)));
  return (await Promise.all(looks)).flat();
}

/** Everything that would keep live's data from being copied to the other slot, or from following there. */
export async function lookBeforeSync(
  world: World,
  facts: Facts,
  { from, to, fed }: { from: SlotName; to: SlotName; fed: boolean },
): Promise<Finding[]> {
  const looks = world.data.map((driver) =>
    asFindings(
      ((fed && driver.feeds) || driver).preflight(slotRef(facts, from), slotRef(facts, to)),
      "data-unreachable",
      `See that the ${driver.name} of ${facts.app} can be reached.`,
    ),
  );
  return (await Promise.all(looks)).flat();
}

async function runs(world: World, facts: Facts, slot: SlotName): Promise<Finding[]> {
  const web = (await world.runtime.inspect(slotRef(facts, slot))).find(
    (process) => process.process === "web",
  );
  if (web?.state !== "backing-off") return [];
  const what = `${slot}'s web process keeps stopping (${web.restarts} restarts).`;
  return [
    {
      code: "slot-failing",
      severity: "refuse",
      what,
      remedy: `Read ${slot}'s log and deploy a release that stays up.`,
    },
  ];
}

/** Workers that nobody here can stop meet the fence, which refuses their writes; better that they are not running. */
function workersByHand(world: World, facts: Facts, from: SlotName): Finding[] {
  if (world.runtime.capabilities.processes) return [];
  if (world.data.length === 0) {
    const what = `${facts.app} has no data in Signalbox: only the route is switched.`;
    const remedy = "Both versions must get on with the same data, or need none.";
    return [{ code: "no-data", severity: "warn", what, remedy }];
  }
  const what = `Signalbox does not start ${facts.app} and can't stop workers of ${from}: the fence makes their writes fail.`;
  const remedy = `Stop ${from}'s workers and timers where they are started, if it has any, and start the new ones after the swap.`;
  return [{ code: "workers-by-hand", severity: "warn", what, remedy }];
}

function forecastFits({ forecast, tuning }: Facts): Finding[] {
  if (!forecast || forecast.windowMs <= tuning.windowMs) return [];
  const what = `Copying ${forecast.dataBytes} bytes takes about ${forecast.windowMs} ms at the last copy's speed; the window is ${tuning.windowMs} ms.`;
  return [
    { code: "window-too-short", severity: "refuse", what, remedy: "Raise windowMs in the app's settings." },
  ];
}

async function asFindings(look: Promise<Finding[]>, code: string, remedy: string): Promise<Finding[]> {
  try {
    return await look;
  } catch (error) {
    const refusal = error instanceof Refusal ? error : null;
    return [
      {
        code: refusal?.code ?? code,
        severity: "refuse",
        what: messageOf(error),
        remedy: refusal?.remedy ?? remedy,
      },
    ];
  }
}
