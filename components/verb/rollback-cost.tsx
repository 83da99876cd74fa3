import { LoaderCircle } from "lucide-react";
import type { WayBackView } from "#lib/operations/views.ts";
import { count } from "../ui/figures.ts";
import { Ago } from "../ui/time.tsx";

/** What going back would leave behind, and how sure that is. */
export function RollbackCost({
  wayBack,
  measuring = false,
}: {
  wayBack: WayBackView | null;
  measuring?: boolean;
}) {
  if (!wayBack) {
    return (
      <p className="text-soft">{measuring ? "Measuring what would be left behind…" : "Not measured yet."}</p>
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
