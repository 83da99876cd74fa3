"use client";
import { useEffect, useRef, useState } from "react";
import { openStream } from "../live/stream.ts";

const KEPT = 2_000;

/** What a job said and says, until its end. */
export function JobOutput({ job, onEnd }: { job: string; onEnd(): void }) {
  const [lines, setLines] = useState<string[]>([]);
  const [over, setOver] = useState(false);
  const ended = useRef(onEnd);
  ended.current = onEnd;

  useEffect(() => {
    let begun = false;
    const close = openStream({
      url: `/api/v1/jobs/${encodeURIComponent(job)}/output`,
      onConnection({ state }) {
        // Each stream begins with the first line.
        if (state === "lost") begun = false;
        else if (state === "live" && !begun) {
          begun = true;
          setLines([]);
        }
      },
      onMessage(data) {
        const said = JSON.parse(data) as { line: string } | { end: unknown };
        if ("line" in said) return setLines((before) => [...before, said.line].slice(-KEPT));
        close();
        setOver(true);
        ended.current();
      },
    });
    return close;
  }, [job]);

  if (lines.length === 0)
    return <p className="py-2 text-xs text-soft">{over ? "It said nothing." : "Nothing said yet."}</p>;
  return (
    <pre
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it
      tabIndex={0}
      role="log"
      aria-label="What it said"
      className="max-h-80 overflow-auto rounded-md border border-line bg-sunken p-2 font-mono text-xs whitespace-pre-wrap wrap-anywhere"
    >
      {lines.join("\n")}
    </pre>
  );
}
