"use client";
import { useCallback, useEffect, useState } from "react";
import type { Verb } from "#lib/engine/model.ts";
import type { PreflightAnswer } from "#lib/engine-service/control.ts";
import type { VerbInput } from "./consequences.ts";

export type Preflight =
  | { state: "off" }
  | { state: "looking" }
  | { state: "known"; answer: PreflightAnswer }
  | { state: "unknown"; why: string };

/** Typing should not send a question per key. */
const SETTLE_MS = 300;

/** Asks the engine to look at the real world now. `input` null: not complete enough to ask about. */
export function usePreflight(app: string, verb: Verb, input: VerbInput | null) {
  const [preflight, setPreflight] = useState<Preflight>({ state: "off" });
  const [round, setRound] = useState(0);
  const query = input === null ? null : new URLSearchParams(flat(input)).toString();

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new round asks the same question again
  useEffect(() => {
    if (query === null) {
      setPreflight({ state: "off" });
      return;
    }
    const abort = new AbortController();
    setPreflight({ state: "looking" });
    const timer = setTimeout(async () => {
      try {
        const url = `/api/v1/apps/${encodeURIComponent(app)}/preflight/${verb}${query && `?${query}`}`;
        const response = await fetch(url, { signal: abort.signal, headers: { accept: "application/json" } });
        const body: unknown = await response.json();
        if (response.ok) setPreflight({ state: "known", answer: body as PreflightAnswer });
        else setPreflight({ state: "unknown", why: messageOf(body) });
      } catch {
        if (!abort.signal.aborted) setPreflight({ state: "unknown", why: "The dashboard did not answer." });
      }
    }, SETTLE_MS);
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, [app, verb, query, round]);

  const again = useCallback(() => setRound((before) => before + 1), []);
  return { preflight, again };
}

/** What the interlocking asks about; the rest of a form makes no difference to it. */
function flat({ slot, domain, audience, mode }: VerbInput): Record<string, string> {
  return {
    ...(slot && { slot }),
    ...(domain && { domain }),
    ...(audience && { audience }),
    ...(mode && { mode }),
  };
}

function messageOf(body: unknown): string {
  const { error } = (body ?? {}) as { error?: { message?: unknown } };
  return typeof error?.message === "string" ? error.message : "The check could not be made.";
}
