import type { Command } from "commander";
import type { Diagnosis } from "#lib/operations/doctor/diagnosis.ts";
import { painter } from "../paint.ts";
import { type GlobalOptions, localDiagnoses } from "../session.ts";
import { print, printJson, type Streams } from "../streams.ts";

export function doctorCommand(program: Command, streams: Streams): void {
  program
    .command("doctor")
    .description("looks at everything that this machine's installation needs, and says what to do")
    .action(async (_, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const found = await localDiagnoses(options, streams);
      if (found.some(({ state }) => state === "fail")) streams.exitCode = 1;
      if (options.json) return printJson(streams, { ok: streams.exitCode !== 1, diagnoses: found });
      for (const one of found) tell(streams, one);
    });
}

const MARKS = { ok: "ok  ", warn: "warn", fail: "FAIL" } as const;
const COLOURS = { ok: "green", warn: "yellow", fail: "red" } as const;

function tell(streams: Streams, { state, area, name, what, remedy }: Diagnosis): void {
  const paint = painter(streams.stdout, streams.env);
  const mark = paint(COLOURS[state], MARKS[state]);
  print(streams, `${mark}  ${area} · ${name}: ${what}`);
  if (remedy) print(streams, `      ${remedy}`);
}
