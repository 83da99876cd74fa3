/** Supervisor, engine and web: whether they live, and whether they do their work. */
import type { Home } from "#lib/config/home.ts";
import { isSupervised, readSupervisorStatus } from "#lib/supervisor/status.ts";
import { engineSays, livingEngines } from "../read/engine-call.ts";
import { type Diagnosis, fail, ok, warn } from "./diagnosis.ts";

const ANSWER_MS = 3_000;

export async function lookAtProcesses(home: Home): Promise<Diagnosis[]> {
  return [...(await supervised(home)), await engine(home)];
}

async function supervised(home: Home): Promise<Diagnosis[]> {
  const status = await readSupervisorStatus(home);
  if (!isSupervised(status)) {
    return [
      warn(
        "processes",
        "supervisor",
        "No supervisor keeps this home's processes up.",
        "Start it with npm start; where something else supervises, nothing needs doing.",
      ),
    ];
  }
  return Object.entries(status.processes).map(([name, { state, pid, restarts, error }]) => {
    const times = restarts === 0 ? "" : `, after ${restarts} restart${restarts === 1 ? "" : "s"}`;
    if (state === "ready") return ok("processes", name, `It runs as process ${pid}${times}.`);
    const why = error ? `: ${error}` : ".";
    return fail("processes", name, `It is ${state}${times}${why}`, `Its log is in ${home.dir}/logs.`);
  });
}

async function engine(home: Home): Promise<Diagnosis> {
  if (livingEngines(home).length === 0) {
    return fail(
      "processes",
      "engine at work",
      "No engine answers: nobody can deploy, swap or roll back. Traffic goes on.",
      "Look into engine.log. It works only while it reaches the store.",
    );
  }
  const answer = await engineSays(home, "working", {}, AbortSignal.timeout(ANSWER_MS));
  const state = answer as { working: boolean } | null;
  if (state?.working) return ok("processes", "engine at work", "An engine holds the lock and beats.");
  return fail(
    "processes",
    "engine at work",
    state === null ? "The engine lives and does not answer." : "The engine has lost the store.",
    "It ends and begins again by itself when the store is back; if it does not, restart it.",
  );
}
