/** Gateways, and the locks that they obey. */
import { get } from "node:http";
import type { Home } from "#lib/config/home.ts";
import { lockPath, lstat, readLock } from "#lib/gate/lock-file.ts";
import { call } from "#lib/gateway/call.ts";
import { livingGateways } from "#lib/gateway/control-file.ts";
import { type Diagnosis, fail, messageOf, ok, warn } from "./diagnosis.ts";

const ANSWER_MS = 2_000;

export async function lookAtGateways(
  home: Home,
  site: { host: string; port: number; dashboardHost: string },
): Promise<Diagnosis[]> {
  return [await controls(home), await publicPort(site)];
}

async function controls(home: Home): Promise<Diagnosis> {
  const gateways = livingGateways(home);
  const asked = await Promise.allSettled(
    gateways.map((gateway) => call(gateway, "ping", {}, { timeoutMs: ANSWER_MS })),
  );
  const silent = gateways.filter((_, index) => asked[index]!.status === "rejected");
  const remedy = "Look into gateway.log; restart the gateway if it does not come back.";
  if (gateways.length === 0)
    return fail("gateways", "gateway", "No gateway runs: visitors reach nothing.", remedy);
  if (silent.length > 0) {
    return fail("gateways", "gateway", `${silent.map(({ id }) => id).join(", ")} does not answer.`, remedy);
  }
  return ok("gateways", "gateway", `${gateways.map(({ id }) => id).join(", ")} answers.`);
}

/** As a browser on this machine would find it. */
function publicPort({ host, port, dashboardHost }: { host: string; port: number; dashboardHost: string }) {
  return new Promise<Diagnosis>((resolve) => {
    const bad = (why: string) =>
      resolve(
        fail(
          "gateways",
          "dashboard",
          `http://${host}:${port} does not lead to the dashboard: ${why}.`,
          "See that the gateway and web processes run.",
        ),
      );
    const request = get(
      {
        host,
        port,
        path: "/api/v1/healthz",
        headers: { host: dashboardHost },
        agent: false,
        timeout: ANSWER_MS,
      },
      (answer) => {
        answer.resume();
        if (answer.statusCode === 200) {
          resolve(ok("gateways", "dashboard", `The dashboard answers through the gateway on port ${port}.`));
        } else bad(`it answers ${answer.statusCode}`);
      },
    );
    request.once("timeout", () => request.destroy(new Error("no answer in time")));
    request.once("error", (error) => bad(messageOf(error)));
  });
}

/** Closed by hand and forgotten is what visitors notice and nobody else. */
export function lookAtLocks(home: Home, apps: string[]): Diagnosis[] {
  return [null, ...apps].flatMap((app) => {
    const path = lockPath(home, app);
    const name = app === null ? "lock of every app" : `lock of ${app}`;
    const reading = readLock(path);
    if (reading.kind === "absent") return [];
    const stat = lstat(path);
    const since = stat === null || stat === "unreadable" ? "" : ` since ${stat.mtime.toISOString()}`;
    const engines = reading.kind === "lock" && reading.lock.runId !== undefined && !reading.touched;
    if (engines) return [ok("apps", name, `A run holds the gate${since}; it ends by itself.`)];
    const remedy = `Remove ${path}, or open the gate in the dashboard, when it should be open.`;
    return [warn("apps", name, `The gate is closed by hand${since}.`, remedy)];
  });
}
