/** Waits for a run, telling its steps as they go. */
import type { EventView, RunView } from "#lib/operations/views.ts";
import { Refused } from "./door.ts";
import { painter } from "./paint.ts";
import { receiptLines } from "./receipt.ts";
import type { Session } from "./session.ts";
import { note, print, printJson } from "./streams.ts";

const QUEUED_NOTE_MS = 3_000;
const RETRY_MS = 500;
/** How long the server may be away before waiting makes no sense. */
const PATIENCE_MS = 60_000;

/** Prints the run's end. Sets the exit code unless it succeeded. With --no-wait it only says the run's id. */
export async function finishWith(session: Session, { run }: { run: { id: string } }): Promise<void> {
  const { streams, options, door } = session;
  if (!options.wait) {
    if (options.json) printJson(streams, { run });
    else print(streams, run.id);
    return;
  }
  await followSteps(session, run.id);
  const end = await door.getRun(run.id);
  if (options.json) printJson(streams, end);
  else for (const line of endLines(session, end)) print(streams, line);
  if (end.status !== "succeeded") streams.exitCode = 1;
}

function endLines({ streams }: Session, run: RunView): string[] {
  const paint = painter(streams.stdout, streams.env);
  const why = run.error ?? run.abortReason;
  const colour = run.status === "succeeded" ? "green" : "red";
  const head = `${run.kind} ${run.app}: ${paint(colour, run.status)}${why ? ` (${why})` : ""}`;
  return [head, ...receiptLines(run)];
}

/** Comes back after a lost line and goes on after the last event that was seen. */
async function followSteps(session: Session, id: string): Promise<void> {
  const { door, streams } = session;
  const teller = new Teller(session);
  const queued = setTimeout(() => note(streams, "  waiting: no engine has taken it up yet"), QUEUED_NOTE_MS);
  const stop = new AbortController();
  let last = 0;
  let lostSince: number | null = null;
  try {
    for (;;) {
      try {
        for await (const event of door.runEvents(id, last, stop.signal)) {
          if (event.type !== "requested") clearTimeout(queued);
          last = event.seq;
          lostSince = null;
          teller.tell(event);
        }
        if ((await door.getRun(id)).finishedAt !== null) return;
      } catch (error) {
        const away = error instanceof Refused && ["unreachable", "unavailable"].includes(error.code);
        lostSince ??= Date.now();
        if (!away || Date.now() - lostSince > PATIENCE_MS) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  } finally {
    clearTimeout(queued);
    stop.abort();
  }
}

/** Events as lines on stderr. */
class Teller {
  readonly #session: Session;
  readonly #paint;
  readonly #started = new Map<string, number>();

  constructor(session: Session) {
    this.#session = session;
    this.#paint = painter(session.streams.stderr, session.streams.env);
  }

  tell({ type, data, at }: EventView): void {
    const line = this.#line(type, data, Date.parse(at));
    if (line !== null) note(this.#session.streams, line);
  }

  #line(type: string, data: EventView["data"], at: number): string | null {
    const paint = this.#paint;
    const step = String(data.step ?? "");
    switch (type) {
      case "requested":
        return `${data.kind}: asked for by ${data.by}`;
      case "step-started":
        this.#started.set(step, at);
        return null;
      case "step-succeeded":
        return `  ${paint("green", "✓")} ${step}${paint("dim", this.#took(step, at))}`;
      case "step-failed":
        return `  ${paint("red", "✗")} ${step}: ${data.error}`;
      case "step-undone":
        return `  ${paint("yellow", "↩")} ${step}`;
      case "committed":
        return `  ${paint("bold", "committed")}`;
      case "aborting":
        return `  ${paint("yellow", "going back")}: ${data.reason}`;
      case "log":
        return `    ${paint("dim", String(data.line ?? ""))}`;
      default:
        return null;
    }
  }

  #took(step: string, at: number): string {
    const started = this.#started.get(step);
    return started === undefined ? "" : `  ${at - started} ms`;
  }
}
