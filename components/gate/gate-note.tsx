import type { GateView } from "#lib/operations/views.ts";
import { Notice } from "../ui/notice.tsx";
import { Ago } from "../ui/time.tsx";

/** Why visitors wait or are turned away, and by whom; nothing while the gate is open. */
export function GateNote({ gate, waiting }: { gate: GateView; waiting: number }) {
  if (gate.state === "open") return null;
  const since = gate.since && (
    <>
      {" "}
      since <Ago at={gate.since} />
    </>
  );
  if (gate.state === "held") {
    return (
      <Notice kind="warn" title={<>The gate is held{since}: requests wait.</>}>
        <p>
          {waiting === 1 ? "1 request is" : `${waiting} requests are`} waiting. The hold ends by itself,
          whatever happens to this page.
        </p>
      </Notice>
    );
  }
  return (
    <Notice
      kind="error"
      title={
        <>
          The gate is closed{since}, by {gate.by === "engine" ? "the engine" : "a person"}: visitors get 503.
        </>
      }
    >
      {gate.message ? <p>Visitors read: “{gate.message}”</p> : <p>Visitors read the standard message.</p>}
    </Notice>
  );
}
