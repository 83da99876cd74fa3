import { CircleCheck, LoaderCircle } from "lucide-react";
import type { WayBackView } from "#lib/operations/views.ts";
import { count } from "../ui/figures.ts";
import { Ago } from "../ui/time.tsx";

interface Props {
  wayBack: WayBackView | null;
  /** A feed carries everything back. */
  lossless?: boolean;
  measuring?: boolean;
}

/** What going back would leave behind, and how sure that is. */
export function RollbackCost({ wayBack, lossless = false, measuring = false }: Props) {
  if (lossless) {
    return (
      <p className="flex items-start gap-2 font-medium">
        <CircleCheck aria-hidden className="mt-0.5 size-4 shrink-0" /> 0 rows behind: nothing is lost.
      </p>
    );
  }
  // What was counted while a feed ran is not what going back without it costs.
  if (!wayBack || wayBack.lossless) {
    return (
      <p className="text-soft">
        {measuring || wayBack ? "Measuring what would be left behind…" : "Not measured yet."}
      </p>
    );
  }
  const rows = [
    ["inserted", wayBack.inserted],
    ["changed", wayBack.changed],
    ["deleted", wayBack.deleted],
  ] as const;
  return (
    <div>
      <dl className="flex gap-6">
        {rows.map(([word, value]) => (
          <div key={word} className="flex flex-col-reverse">
            <dt className="text-xs text-soft">{word}</dt>
            <dd className="text-lg font-semibold">
              {!wayBack.exact && <span className="text-sm font-normal">at least </span>}
              {count(value)}
            </dd>
          </div>
        ))}
      </dl>
      <p className="mt-1 flex flex-wrap items-center gap-x-1 text-xs text-soft">
        rows since the swap; {wayBack.exact ? "exact" : "a lower bound, as some tables have no key"}, measured{" "}
        <Ago at={wayBack.measuredAt} />
        {measuring && (
          <LoaderCircle
            role="img"
            aria-label="Measuring again"
            className="size-3.5 motion-safe:animate-spin"
          />
        )}
      </p>
    </div>
  );
}
