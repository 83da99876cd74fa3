import type { Actor } from "#lib/operations/views.ts";
import { Button } from "../ui/button.tsx";
import { SelectField, TextField } from "../ui/field.tsx";

export interface AuditAsked {
  app: string;
  actor: string;
  action: string;
  /** Days: 2026-11-20. */
  since: string;
  until: string;
}

interface Props {
  apps: string[];
  actors: Actor[];
  asked: AuditAsked;
}

const NOUNS = [
  ["app", "apps and their runs"],
  ["run", "cancelled runs"],
  ["job", "jobs"],
  ["user", "people and roles"],
  ["session", "sign-ins"],
  ["account", "own accounts"],
  ["token", "tokens"],
  ["share", "share links"],
  ["keys", "keys"],
  ["gate", "every app's gate"],
  ["store", "the store"],
] as const;

/** A plain form: what was asked for is in the address, so that it can be kept and sent. */
export function AuditFilter({ apps, actors, asked }: Props) {
  return (
    <form
      action="/audit"
      className="mb-4 grid grid-cols-2 items-end gap-3 rounded-lg border border-line bg-panel px-4 py-3 sm:grid-cols-3 lg:grid-cols-6"
    >
      <SelectField label="App" name="app" defaultValue={asked.app}>
        <option value="">All</option>
        {apps.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </SelectField>
      <SelectField label="Who" name="actor" defaultValue={asked.actor}>
        <option value="">Anybody</option>
        {actors.map((actor) => (
          <option key={`${actor.kind} ${actor.id}`} value={actor.id}>
            {actor.name}
            {actor.kind === "user" ? "" : ` (${actor.kind === "cli" ? "command line" : actor.kind})`}
          </option>
        ))}
      </SelectField>
      <SelectField label="What" name="action" defaultValue={asked.action}>
        <option value="">Anything</option>
        {NOUNS.map(([noun, words]) => (
          <option key={noun} value={noun}>
            {words}
          </option>
        ))}
      </SelectField>
      <TextField label="From day" name="since" type="date" defaultValue={asked.since} />
      <TextField label="To day" name="until" type="date" defaultValue={asked.until} />
      <Button type="submit" className="h-10">
        Show
      </Button>
    </form>
  );
}
