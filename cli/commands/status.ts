import type { Command } from "commander";
import type { AppView, FeedView, Safety } from "#lib/operations/views.ts";
import { painter } from "../paint.ts";
import { withSession } from "../session.ts";
import { print, printJson, type Streams } from "../streams.ts";

export function statusCommand(program: Command, streams: Streams): void {
  program
    .command("status")
    .description("which slot is live, what is safe, what is happening; all apps unless one is named")
    .action((_, command: Command) =>
      withSession(command, streams, async ({ door, options }) => {
        const named = options.app ?? streams.env.SIGNALBOX_APP;
        const names = named ? [named] : (await door.listApps()).map(({ name }) => name);
        for (const name of names) {
          const app = await door.getApp(name);
          if (options.json) printJson(streams, app);
          else for (const line of statusLines(app, streams)) print(streams, line);
        }
      }),
    );
}

function statusLines(app: AppView, streams: Streams): string[] {
  const paint = painter(streams.stdout, streams.env);
  const safe = ({ ok, reasons }: Safety) => {
    const codes = reasons.filter(({ severity }) => ok || severity === "refuse").map(({ code }) => code);
    const word = ok ? paint("green", "yes") : paint("yellow", "no");
    return codes.length === 0 ? word : `${word} (${codes.join(", ")})`;
  };
  const gate = app.gate.by === null ? app.gate.state : `${app.gate.state} by ${app.gate.by}`;
  const { activeRun: run } = app;
  return [
    `${paint("bold", app.name)}  gate ${gate}`,
    ...app.slots.map(({ slot, role, release, dataState, paused }) => {
      const what = `${release?.version ?? "no release"}, ${dataState}${paused ? ", paused" : ""}`;
      return `  ${slot === app.live ? paint("green", "●") : "○"} ${slot.padEnd(5)} ${role}  ${what}`;
    }),
    ...app.slots.flatMap(({ slot, feed }) =>
      feed ? [`  feed    ${feed.from} → ${slot}: ${feedWords(feed)}`] : [],
    ),
    ...app.domains.map(
      ({ url, audience, reaches }) => `  ${audience.padEnd(7)} ${url} → ${reaches ?? "nothing"}`,
    ),
    `  safe to swap: ${safe(app.safeToSwap)}   safe to roll back: ${safe(app.safeToRollBack)}${
      app.safeToRollBack.lossless ? ", nothing is lost" : ""
    }`,
    ...(run ? [`  now: ${run.kind} by ${run.requestedBy.name}, ${run.status} since ${run.requestedAt}`] : []),
  ];
}

function feedWords({ state, reason, lagMs, lagRows, lagBytes, schemaChanges }: FeedView): string {
  if (state === null) return "not looked at yet";
  const behind = [
    lagMs === null ? null : `${Math.round(lagMs)} ms`,
    lagRows === null ? null : `${lagRows === 0 ? "" : "about "}${lagRows} rows`,
    lagBytes === null ? null : `${lagBytes} bytes`,
  ]
    .filter((figure) => figure !== null)
    .join(", ");
  const words = {
    none: "gone",
    lost: "lost",
    stopped: "stands still",
    starting: "starting",
    running: "running",
  };
  const why = [reason, ...schemaChanges].filter(Boolean).join(" ");
  return `${words[state]}${behind && `, ${behind} behind`}${why && ` (${why})`}`;
}
