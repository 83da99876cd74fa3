/** Runtime driver `external`: an app that somebody else starts (systemd, pm2, Compose), seen only from outside. */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import type { SlotRef } from "#lib/engine/model.ts";
import { Refusal, type RuntimeDriver, type SlotSpec } from "#lib/engine/ports.ts";
import { askOrigin, listens } from "./external/ask.ts";
import { warmUp } from "./warm-up.ts";

export const externalRuntimeOptions = z.strictObject({
  /** Where each slot's process answers, as far as it was said. */
  origins: z.partialRecord(z.enum(["blue", "green"]), z.url({ protocol: /^https?$/ })),
});

const ANSWER_MS = 5_000;
const CONNECT_MS = 1_000;

export function createExternalRuntime(input: z.input<typeof externalRuntimeOptions>): RuntimeDriver {
  const { origins } = externalRuntimeOptions.parse(input);
  const originOf = ({ slot }: SlotRef): string | undefined => origins[slot];
  /** A release's files are its address; while it is being deployed the slot's own is still the old one. */
  const addressOf = (spec: SlotSpec): string => {
    const origin = spec.release.dir || originOf(spec);
    if (origin) return origin;
    throw new Refusal(
      "origin-unknown",
      `Nobody said yet where ${spec.slot} answers.`,
      "Deploy a version to it and name its --origin.",
    );
  };

  return {
    name: "external",
    capabilities: { install: false, processes: false, freeze: false, logs: false, stats: false },

    async install({ app }) {
      throw elsewhere(app, "installs no releases for it", "Start the new version there, then declare it.");
    },
    async uninstall() {},
    async runOnce({ app }) {
      throw elsewhere(app, "can't run commands in it", "Run the command where the app is.");
    },
    async start({ app, slot }) {
      throw elsewhere(app, `can't start ${slot}`, "Start it there.");
    },
    async stop({ app, slot }) {
      throw elsewhere(app, `can't stop ${slot}`, "Stop it there.");
    },
    async freeze({ app, slot }) {
      throw elsewhere(app, `can't freeze ${slot}`, "Close its gate by maintenance instead.");
    },
    async unfreeze() {},

    async inspect(slot) {
      const origin = originOf(slot);
      if (origin === undefined) return [];
      const running = await listens(origin, CONNECT_MS);
      return [
        {
          process: "web",
          state: running ? "running" : "stopped",
          pid: null,
          releaseId: null,
          startedAt: null,
          restarts: 0,
          lastExit: null,
        },
      ];
    },

    async healthy(spec, { path, goodAnswers, timeoutMs, signal }) {
      const origin = addressOf(spec);
      const deadline = performance.now() + timeoutMs;
      let last = "no answer";
      for (let good = 0; good < goodAnswers; ) {
        signal.throwIfAborted();
        const left = deadline - performance.now();
        if (left <= 0) throw notHealthy(spec, origin, path, timeoutMs, last);
        const limit = AbortSignal.any([signal, AbortSignal.timeout(Math.ceil(Math.min(ANSWER_MS, left)))]);
        const answer = await askOrigin(origin, path, limit);
        signal.throwIfAborted();
        const well = answer.kind === "answered" && answer.status >= 200 && answer.status < 300;
        good = well ? good + 1 : 0;
        last = answer.kind === "answered" ? `${answer.status}` : answer.why;
        if (good < goodAnswers) await sleep(well ? 20 : 100, undefined, { signal });
      }
    },

    async warm(spec, warming) {
      return warmUp(addressOf(spec), warming);
    },

    // biome-ignore lint/correctness/useYield: there are no lines to give
    async *logs({ app }) {
      throw elsewhere(
        app,
        "has no log of it",
        "Read the log where the app is started (journalctl, pm2 logs, …).",
      );
    },
    async stats() {
      return [];
    },
    originOf,
    async dispose() {},
  };
}

const elsewhere = (app: string, what: string, remedy: string): Refusal =>
  new Refusal("started-elsewhere", `${app} is started by somebody else; Signalbox ${what}.`, remedy);

const notHealthy = (slot: SlotRef, origin: string, path: string, timeoutMs: number, last: string): Refusal =>
  new Refusal(
    "not-healthy",
    `${slot.app} ${slot.slot} was not healthy within ${Math.round(timeoutMs / 100) / 10} s: GET ${origin}${path} last gave ${last}.`,
    "See that it runs at this address and answers its health path with 2xx. It is started elsewhere; its log is there.",
  );
