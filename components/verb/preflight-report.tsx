"use client";
import { CircleCheck, LoaderCircle } from "lucide-react";
import type { Finding } from "#lib/engine/model.ts";
import { Button } from "../ui/button.tsx";
import { bytes, duration } from "../ui/figures.ts";
import { Findings } from "../ui/findings.tsx";
import { fedForecastText } from "./fed-forecast.ts";
import type { Preflight } from "./use-preflight.ts";

interface Props {
  preflight: Preflight;
  again(): void;
  /** What is said elsewhere, and not repeated here. */
  without?: Finding[];
}

/** What the engine found when it looked, or that it is looking. */
export function PreflightReport({ preflight, again, without = [] }: Props) {
  if (preflight.state === "off") return null;
  return (
    <section
      aria-label="Check"
      aria-live="polite"
      className="rounded-md border border-line bg-sunken px-3 py-2"
    >
      {preflight.state === "looking" && (
        <p className="flex items-center gap-2 text-soft">
          <LoaderCircle aria-hidden className="size-4 motion-safe:animate-spin" />
          Looking at gateways, processes and data…
        </p>
      )}
      {preflight.state === "unknown" && (
        <div className="flex items-start justify-between gap-3">
          <p>
            <span className="font-medium">Not checked.</span> {preflight.why} You can go on: the same check is
            made again before anything is touched.
          </p>
          <Button size="small" onClick={again}>
            Check again
          </Button>
        </div>
      )}
      {preflight.state === "known" && <Known {...{ preflight, again, without }} />}
    </section>
  );
}

function Known({
  preflight,
  again,
  without,
}: Required<Props> & { preflight: Extract<Preflight, { state: "known" }> }) {
  const { forecast, fedForecast } = preflight.answer;
  const findings = preflight.answer.findings.filter((finding) => !without.includes(finding));
  return (
    <div className="space-y-2">
      {findings.length === 0 ? (
        <div className="flex items-center justify-between gap-3">
          <p className="flex items-center gap-2">
            <CircleCheck aria-hidden className="size-4 shrink-0" /> Nothing{without.length > 0 && " else"}{" "}
            speaks against it.
          </p>
          {without.length > 0 && (
            <Button size="small" onClick={again}>
              Check again
            </Button>
          )}
        </div>
      ) : (
        <div className="flex items-start justify-between gap-3">
          <Findings findings={findings} />
          <Button size="small" onClick={again}>
            Check again
          </Button>
        </div>
      )}
      {forecast && (
        <p className="text-soft">
          About {duration(forecast.windowMs)} of waiting, from the last copy's speed:{" "}
          {bytes(forecast.dataBytes)}
          {forecast.windowMs > 0 && ` at ${bytes((forecast.dataBytes / forecast.windowMs) * 1000)}/s`}.
        </p>
      )}
      {fedForecast && <p className="text-soft">{fedForecastText(fedForecast)}</p>}
    </div>
  );
}
