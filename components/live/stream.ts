/** A server-sent event stream that comes back by itself and says honestly whether it is there. */

export interface Connection {
  state: "connecting" | "live" | "lost";
  /** Epoch milliseconds of the last sign of life; null before the first. */
  lastSeen: number | null;
}

export interface StreamOptions {
  url: string;
  onMessage(data: string): void;
  onConnection(connection: Connection): void;
  /** Milliseconds without a message after which the stream counts as lost; for streams that speak all the time. */
  silenceMs?: number;
}

const RETRY_MS = [500, 1_000, 2_000, 5_000];

/** Opens the stream; the returned function closes it for good. */
export function openStream(options: StreamOptions): () => void {
  let source: EventSource | undefined;
  let failures = 0;
  let lastSeen: number | null = null;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let silence: ReturnType<typeof setTimeout> | undefined;
  let closed = false;

  const alive = () => {
    failures = 0;
    lastSeen = Date.now();
    options.onConnection({ state: "live", lastSeen });
    clearTimeout(silence);
    if (options.silenceMs) silence = setTimeout(reconnect, options.silenceMs);
  };

  function reconnect() {
    source?.close();
    clearTimeout(silence);
    if (closed) return;
    options.onConnection({ state: lastSeen === null && failures === 0 ? "connecting" : "lost", lastSeen });
    const wait = RETRY_MS[Math.min(failures, RETRY_MS.length - 1)];
    failures += 1;
    clearTimeout(retry);
    retry = setTimeout(connect, wait);
  }

  function connect() {
    source = new EventSource(options.url);
    source.onopen = alive;
    source.onmessage = (event: MessageEvent<string>) => {
      alive();
      options.onMessage(event.data);
    };
    // The browser's own retry gives up on an error status; ours does not.
    source.onerror = reconnect;
  }

  connect();
  return () => {
    closed = true;
    source?.close();
    clearTimeout(retry);
    clearTimeout(silence);
  };
}
