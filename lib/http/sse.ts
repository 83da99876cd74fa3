/** Server-sent events. */

export interface SseMessage {
  /** Comes back as Last-Event-ID when the client connects again. */
  id?: number;
  data: unknown;
}

const BEAT_MS = 10_000;
const CHECK_MS = 5_000;

export interface SseOptions {
  /** The request's: aborted when the client is gone. */
  signal: AbortSignal;
  /** Asked now and then; false or an error ends the stream, and whoever may still see it connects again. */
  stillAllowed(): Promise<boolean>;
}

/** Pulls as fast as the client reads. `messages` gets a signal that is aborted when nobody listens any more. */
export function sse(
  messages: (signal: AbortSignal) => AsyncIterable<SseMessage>,
  options: SseOptions,
): Response {
  const ended = new AbortController();
  const { signal } = ended;
  const source = messages(signal)[Symbol.asyncIterator]();
  const encoder = new TextEncoder();
  let beat: NodeJS.Timeout | undefined;
  let check: NodeJS.Timeout | undefined;

  const stop = () => {
    clearInterval(beat);
    clearInterval(check);
    options.signal.removeEventListener("abort", stop);
    ended.abort();
  };

  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      options.signal.addEventListener("abort", stop);
      if (options.signal.aborted) stop();
      const say = (text: string) => {
        if (!signal.aborted) controller.enqueue(encoder.encode(text));
      };
      // The head leaves with the first bytes.
      say(": open\n\n");
      beat = setInterval(() => say(": beat\n\n"), BEAT_MS);
      check = setInterval(async () => {
        if (!(await options.stillAllowed().catch(() => true))) stop();
      }, CHECK_MS);
    },
    async pull(controller) {
      try {
        const next = await source.next();
        if (!next.done && !signal.aborted) return controller.enqueue(encoder.encode(frame(next.value)));
      } catch {
        // Broken off: the client connects again and gets a proper answer then.
      }
      stop();
      try {
        controller.close();
      } catch {
        // The client closed it first.
      }
    },
    async cancel() {
      stop();
      await source.return?.();
    },
  });
  return new Response(body, {
    headers: {
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store, no-transform",
      "x-accel-buffering": "no",
    },
  });
}

/** JSON has no line breaks of its own, so one `data` line is enough. */
const frame = ({ id, data }: SseMessage): string =>
  `${id === undefined ? "" : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`;
