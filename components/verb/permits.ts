import type { Finding, SlotName, Verb } from "#lib/engine/model.ts";
import { type AppState, permit } from "#lib/engine/permit.ts";
import type { AppView } from "#lib/operations/views.ts";
import type { VerbInput } from "./consequences.ts";
import { verbWords } from "./verb-words.ts";

/**
 * Reasons against a verb as its button shows them: a run that is on, then the interlocking. With an input of its
 * own the table is asked here, as the view holds only the answers for the default input.
 */
export function findingsFor(app: AppView, verb: Verb, input: VerbInput = {}): Finding[] {
  if (verb !== "maintenance" && app.activeRun) {
    const { requestedBy, kind } = app.activeRun;
    return [
      {
        code: "busy",
        severity: "refuse",
        what: `${requestedBy.name} has a run on: ${verbWords[kind].run.toLowerCase()}. One at a time.`,
        remedy: "Wait until it is done, or cancel it before its commit.",
      },
    ];
  }
  if (verb === "update" && input.webInstances !== undefined)
    return permit(verb, stateOf(app), { change: "scale" });
  if (verb === "update" && input.source) return permit(verb, stateOf(app), { change: "release" });
  return input.slot || input.domain || input.end ? permit(verb, stateOf(app), input) : app.verbs[verb];
}

function stateOf(app: AppView): AppState {
  const slot = (name: SlotName) => {
    const view = app.slots.find((each) => each.slot === name);
    return {
      version: view?.release?.version ?? null,
      dataState: view?.dataState ?? ("empty" as const),
      paused: view?.paused ?? false,
      fed: view ? view.feed !== null : false,
      preview: (view?.preview ?? null) !== null,
    };
  };
  return {
    live: app.live,
    ...(app.external && { external: true }),
    slots: { blue: slot("blue"), green: slot("green") },
    domains: app.domains,
  };
}
