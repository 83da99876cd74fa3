import type { AppView } from "#lib/operations/views.ts";

/** The panel in one or two sentences. */
export function describeTracks(app: AppView): string {
  const release = (name: string) => {
    const version = app.slots.find((slot) => slot.slot === name)?.release?.version;
    return version ? `release ${version}` : "no release";
  };
  const hosts = (audience: "public" | "staging") =>
    app.domains.filter((domain) => domain.audience === audience).map((domain) => domain.host);
  const publicHosts = hosts("public");
  const stagingHosts = hosts("staging");
  const way =
    app.gate.state === "closed"
      ? "are turned away with 503; behind the gate is"
      : app.gate.state === "held"
        ? "wait at the gate before"
        : "reach";
  const visitors =
    app.live === null
      ? "Nothing is live."
      : publicHosts.length === 0
        ? `${app.live} is live with ${release(app.live)}, but no public domain is published.`
        : `Visitors of ${publicHosts.join(", ")} ${way} ${app.live}, which is live with ${release(app.live)}.`;
  const testers =
    stagingHosts.length === 0
      ? `${app.idle} is idle with ${release(app.idle)}; no staging domain is published.`
      : `Testers of ${stagingHosts.join(", ")} reach ${app.idle}, which is idle with ${release(app.idle)}.`;
  const fed = app.slots.find((slot) => slot.feed !== null);
  return [visitors, testers, fed?.feed && `${fed.slot} is fed by ${fed.feed.from}.`]
    .filter(Boolean)
    .join(" ");
}
