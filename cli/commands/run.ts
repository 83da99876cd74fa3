import type { Command } from "commander";
import type { JobView } from "#lib/operations/jobs/views.ts";
import { Refused } from "../door.ts";
import { type Session, withSession } from "../session.ts";
import { note, print, printJson, type Streams } from "../streams.ts";

/** How a shell says that a command could not be run, or was ended. */
const ENDED_OTHERWISE = 125;
const RETRY_MS = 500;

export function runCommand(program: Command, streams: Streams): void {
  program
    .command("run")
    .description("run one command in the live slot, for example: signalbox run -- node report.ts")
    .argument("<command...>", "after --, as it is: no shell reads it")
    .action((command: string[], _, self: Command) =>
      withSession(self, streams, async (session) => {
        const job = await session.door.runJob(await session.app(), command);
        if (!session.options.wait) return sayJob(session, job);
        const end = await follow(session, job);
        if (session.options.json) printJson(streams, end);
        else if (end.status !== "succeeded" && end.exitCode === null)
          note(streams, `${end.status}: ${end.error ?? "no reason was recorded"}`);
        streams.exitCode = end.status === "succeeded" ? 0 : (end.exitCode ?? ENDED_OTHERWISE);
      }),
    );
}

function sayJob({ options, streams }: Session, job: JobView): void {
  if (options.json) printJson(streams, job);
  else print(streams, `${job.id} ${job.status}`);
}

/** An engine or a dashboard that restarts is no reason to leave: it is asked again. */
async function* patient<T>(lines: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* lines;
  } catch (error) {
    if (error instanceof Refused && error.code === "unavailable") return;
    throw error;
  }
}

/** Prints what it says. The first Ctrl-C cancels it and waits for its end, a second one leaves. */
async function follow(session: Session, job: JobView): Promise<JobView> {
  const { door, options, streams } = session;
  const leaving = new AbortController();
  let asked = false;
  const interrupt = () => {
    if (asked) return leaving.abort();
    asked = true;
    note(streams, "Cancelling. Press Ctrl-C again to leave it alone.");
    door.cancelJob(job.id).catch((error) => note(streams, String(error.message)));
  };
  process.on("SIGINT", interrupt);
  let shown = 0;
  try {
    while (!leaving.signal.aborted) {
      let seen = 0;
      for await (const said of patient(door.jobOutput(job.id, leaving.signal))) {
        if ("end" in said) return await door.getJob(job.id);
        seen += 1;
        // After a lost line it begins anew.
        if (seen <= shown) continue;
        shown = seen;
        if (options.json) printJson(streams, said);
        else print(streams, said.line);
      }
      const now = await door.getJob(job.id);
      if (now.finishedAt !== null) return now;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
    return await door.getJob(job.id);
  } finally {
    process.off("SIGINT", interrupt);
  }
}
