import type { RunView } from "#lib/operations/views.ts";
import { Notice } from "../ui/notice.tsx";

/** Of a rollback that nobody asked for: that it was automatic, and why. */
export function AutomaticNotice({ run }: { run: RunView }) {
  const reasons = run.receipt?.automatic ?? run.input.automatic;
  if (!Array.isArray(reasons)) return null;
  return (
    <Notice kind="warn" title="Signalbox went back by itself: the release was bad for visitors.">
      {reasons.map((reason) => (
        <p key={String(reason)}>{String(reason)}</p>
      ))}
    </Notice>
  );
}
