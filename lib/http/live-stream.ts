/** All that a page about one app needs, in one stream: the app, its active run, its traffic. */
import type { OperationContext } from "#lib/operations/context.ts";
import { isStoreAway } from "#lib/operations/errors.ts";
import { getApp } from "#lib/operations/read/apps.ts";
import { gateView } from "#lib/operations/read/gate-view.ts";
import { getRun } from "#lib/operations/read/runs.ts";
import type { AppView, LiveEvent, RunView } from "#lib/operations/views.ts";
import type { Installation } from "./installation.ts";
import type { SseMessage } from "./sse.ts";

/** How often the lock files are looked at: what is done by hand must show within a second. */
const TICK_MS = 250;
/** Between two reads of the store at least, however much happens. */
const PACE_MS = 150;
/** Without news, because what the engine sees of the slots changes without word. */
const READ_MS = 2_000;
const TRAFFIC_MS = 1_000;

export async function* liveStream(
  context: OperationContext,
  { live, traffic }: Pick<Installation, "live" | "traffic">,
  name: string,
  signal: AbortSignal,
): AsyncGenerator<SseMessage> {
  const news = new News();
  void heed(live.subscribe({ app: name }, signal), news);
  const readTraffic = traffic.watch(name);
  const told = new Told();
  let app: AppView | null = null;
  let watched: string | null = null;
  let readAt = Number.NEGATIVE_INFINITY;
  let trafficAt = Number.NEGATIVE_INFINITY;

  while (!signal.aborted) {
    const now = performance.now();
    const wanted = news.any || now - readAt >= READ_MS;
    if (app === null || (wanted && now - readAt >= PACE_MS)) {
      news.any = false;
      readAt = now;
      const read = await readBoth(context, name, watched);
      if (read !== null) {
        app = read.app;
        watched = read.watched;
        if (read.run) yield* told.ifNew({ type: "run", run: read.run });
      }
    }
    if (app !== null) {
      app = { ...app, gate: gateView(context.home, name) };
      yield* told.ifNew({ type: "app", app });
    }
    if (performance.now() - trafficAt >= TRAFFIC_MS) {
      trafficAt = performance.now();
      yield { data: { type: "traffic", traffic: await readTraffic() } satisfies LiveEvent };
    }
    await news.within(news.any ? PACE_MS : TICK_MS, signal);
  }
}

/** Null while the store is away: gate and traffic go on without it. */
async function readBoth(
  context: OperationContext,
  name: string,
  watched: string | null,
): Promise<{ app: AppView; run: RunView | null; watched: string | null } | null> {
  try {
    const app = await getApp(context, name);
    // The run that was active a moment ago is told once more, with its end.
    const id = app.activeRun?.id ?? watched;
    const run = id === null ? null : await getRun(context, id);
    return { app, run, watched: run?.finishedAt === null ? run.id : null };
  } catch (error) {
    if (isStoreAway(error)) return null;
    throw error;
  }
}

/** Keeps a page from hearing the same twice. */
class Told {
  readonly #last = new Map<string, string>();

  *ifNew(event: LiveEvent): Generator<SseMessage> {
    const text = JSON.stringify(event);
    if (this.#last.get(event.type) === text) return;
    this.#last.set(event.type, text);
    yield { data: event };
  }
}

class News {
  any = false;
  #wake: (() => void) | null = null;

  add(): void {
    this.any = true;
    this.#wake?.();
  }

  /** Resolves after `ms`, or sooner when there is news or `signal` is aborted. */
  within(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", done);
        this.#wake = null;
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal.addEventListener("abort", done, { once: true });
      this.#wake = done;
    });
  }
}

async function heed(feed: AsyncIterable<unknown>, news: News): Promise<void> {
  for await (const _ of feed) news.add();
}
