/** Signalbox with the example shop under live traffic, for a person to play with. */
import { type ChildProcess, spawn } from "node:child_process";
import { join, resolve } from "node:path";
import { REPOSITORY } from "#lib/config/environment.ts";
import { openApi } from "./api.ts";
import { type Installation, startInstallation } from "./installation.ts";
import { mintKeys } from "./keys.ts";
import { assembleReleases, ensureLive, SHOP } from "./shop.ts";
import { stopRequest } from "./stop-request.ts";

/** Enough to see every wait, little enough for a laptop. */
const READS_PER_SECOND = 40;
const WRITES_PER_SECOND = 8;

export interface DemoOptions {
  home?: string;
  port?: number;
  json: boolean;
}

/** Resolves with the exit code once it was stopped and nothing of it runs any more. */
export async function runDemo({ home, port, json }: DemoOptions): Promise<number> {
  const say = (line: string) => process.stderr.write(`${line}\n`);
  const stopped = stopRequest();
  const ending = new AbortController();
  void stopped.then(() => ending.abort());
  say("starting Signalbox");
  const options = { home: home && resolve(home), port, say, signal: ending.signal };
  const installation = await startInstallation(options).catch((error) => {
    if (!ending.signal.aborted) throw error;
    return null;
  });
  if (!installation) {
    say("stopped before everything was up");
    return 0;
  }
  let traffic: Traffic | null = null;
  try {
    const up = await Promise.race([prepare(installation, say), stopped.then(() => null)]);
    if (up) {
      traffic = startTraffic(installation);
      if (json) console.log(JSON.stringify(up.addresses));
      else console.log(greeting(up));
      await stopped;
    }
  } finally {
    say("stopping everything");
    traffic?.stop();
    await installation.stop();
    say("everything is stopped");
  }
  return 0;
}

async function prepare(installation: Installation, say: (line: string) => void) {
  const { gatewayPort, home } = installation;
  const { apiToken, signInUrl } = await mintKeys(installation, "demo");
  const releases = await assembleReleases(join(home.dir, "shop"));
  await ensureLive(openApi(gatewayPort, apiToken), releases, say);
  const url = (host: string) => `http://${host}:${gatewayPort}`;
  const addresses = {
    dashboardUrl: url("localhost"),
    publicUrl: url(SHOP.publicHost),
    stagingUrl: url(SHOP.stagingHost),
    gatewayPort,
    signInUrl,
    apiToken,
    maintenanceDir: home.maintenance,
    home: home.dir,
  };
  return { addresses, releases };
}

function greeting({ addresses, releases }: Awaited<ReturnType<typeof prepare>>): string {
  return `
Signalbox is up, and the shop has visitors.

  Dashboard     ${addresses.dashboardUrl}
  Sign in       ${addresses.signInUrl}
                (works once, within a day; the next start prints another)
  Shop          ${addresses.publicUrl}
  Staging       ${addresses.stagingUrl}
  Releases      ${releases["1.0.0"]}
                ${releases["1.1.0"]}
  Maintenance   touch ${join(addresses.maintenanceDir, "enabled.lock")}

Ctrl-C stops everything; the next start goes on from here.
`;
}

interface Traffic {
  stop(): void;
}

/** A process of its own, so that its visitors never wait for anything that this one does. */
function startTraffic({ gatewayPort }: Installation): Traffic {
  let stopping = false;
  let child: ChildProcess;
  const start = () => {
    child = spawn(
      process.execPath,
      [
        join(REPOSITORY, "bench", "load", "main.ts"),
        ...["--port", String(gatewayPort), "--host", SHOP.publicHost, "--forget"],
        ...["--reads", String(READS_PER_SECOND), "--writes", String(WRITES_PER_SECOND)],
      ],
      { stdio: "ignore" },
    );
    child.once("exit", () => {
      if (!stopping) setTimeout(start, 1_000).unref();
    });
  };
  start();
  return {
    stop: () => {
      stopping = true;
      child.kill("SIGKILL");
    },
  };
}
