/** How soon a lock that somebody makes or removes shows at the door. */
import { rmSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { lockPath } from "#lib/gate/lock-file.ts";
import { median } from "./median.ts";
import { HOST, type Signalbox } from "./signalbox.ts";

export interface LockTimes {
  lockTo503Ms: number;
  unlockTo200Ms: number;
  worst: { lockTo503Ms: number; unlockTo200Ms: number };
}

const VISITORS = 4;

/** From the act on the file to the first answer that knows of it, under visitors who ask without a pause. */
export async function lockTimes({ port, home }: Signalbox, rounds: number): Promise<LockTimes> {
  const file = lockPath(home, "shop");
  const closing: number[] = [];
  const opening: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    closing.push(await untilFirst(port, 503, () => writeFileSync(file, "")));
    opening.push(await untilFirst(port, 200, () => rmSync(file)));
  }
  return {
    lockTo503Ms: median(closing),
    unlockTo200Ms: median(opening),
    worst: { lockTo503Ms: Math.max(...closing), unlockTo200Ms: Math.max(...opening) },
  };
}

async function untilFirst(port: number, status: number, act: () => void): Promise<number> {
  const agent = new Agent({ keepAlive: true });
  const ask = () =>
    new Promise<number>((resolve) => {
      const req = request({ host: "127.0.0.1", port, headers: { host: HOST }, agent }, (res) => {
        res.resume();
        res.on("end", () => resolve(res.statusCode ?? 0));
      });
      req.on("error", () => resolve(0));
      req.end();
    });
  await Promise.all(Array.from({ length: VISITORS }, ask));
  let seenAt: number | null = null;
  const visitors = Array.from({ length: VISITORS }, async () => {
    while (seenAt === null) if ((await ask()) === status) seenAt ??= performance.now();
  });
  const at = performance.now();
  act();
  await Promise.all(visitors);
  agent.destroy();
  return seenAt! - at;
}
