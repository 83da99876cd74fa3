"use client";
import { useState } from "react";
import type { UserView } from "#lib/auth/user-view.ts";
import type { Role } from "#lib/operations/role.ts";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { SelectField } from "../ui/field.tsx";
import { noAnswer, type Outcome, type Refused } from "../ui/outcome.ts";
import { RefusedNotice } from "../verb/refused-notice.tsx";
import { roleMeaning } from "./role-meaning.ts";

export interface PersonChange {
  role?: Role;
  apps?: Record<string, Role>;
  suspended?: boolean;
}

interface Props {
  person: UserView;
  apps: string[];
  roles: readonly Role[];
  change(change: PersonChange): Promise<Outcome<null>>;
  onClose(changed: boolean): void;
}

/** A person's role in every app and in single ones; one save for all of it. */
export function AccessDialog({ person, apps, roles, change, onClose }: Props) {
  const given = Object.fromEntries(person.apps.map(({ app, role }) => [app, role]));
  const [role, setRole] = useState<Role>(person.role);
  const [inApps, setInApps] = useState<Record<string, Role>>(given);
  const [pending, setPending] = useState(false);
  const [refusal, setRefusal] = useState<Refused | null>(null);
  const changed = Object.fromEntries(
    Object.entries(inApps).filter(([app, wanted]) => wanted !== (given[app] ?? "none")),
  );
  const nothing = role === person.role && Object.keys(changed).length === 0;

  async function save() {
    setPending(true);
    setRefusal(null);
    const result = await change({ ...(role !== person.role && { role }), apps: changed }).catch(
      () => noAnswer,
    );
    setPending(false);
    if (result.ok) onClose(true);
    else setRefusal(result);
  }

  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose(false)}
      dismissible={!pending}
      title={`Access of ${person.name}`}
      description="The higher role counts: the one in every app, or the one in a single app."
      footer={
        <>
          <Button onClick={() => onClose(false)} disabled={pending}>
            Cancel
          </Button>
          <Button look="primary" pending={pending} disabled={nothing} onClick={() => void save()}>
            Save access
          </Button>
        </>
      }
    >
      {refusal && <RefusedNotice title={refusal.what} remedy={refusal.remedy} findings={refusal.findings} />}
      <SelectField
        label="In every app"
        value={role}
        hint={roleMeaning[role]}
        disabled={pending}
        onChange={(event) => setRole(event.target.value as Role)}
      >
        {roles.map((each) => (
          <option key={each} value={each}>
            {each === "none" ? "none: only single apps" : each}
          </option>
        ))}
      </SelectField>
      {apps.length > 0 && (
        <fieldset disabled={pending}>
          <legend className="mb-1 font-medium">In single apps</legend>
          <ul className="divide-y divide-line rounded-md border border-line">
            {apps.map((app) => (
              <li key={app} className="px-3 py-2">
                <label className="flex items-center justify-between gap-3">
                  <span className="min-w-0 wrap-anywhere">{app}</span>
                  <select
                    aria-label={`Role in ${app}`}
                    value={inApps[app] ?? "none"}
                    onChange={(event) => setInApps({ ...inApps, [app]: event.target.value as Role })}
                    className="h-9 rounded-md border border-edge bg-panel px-2"
                  >
                    {roles.map((each) => (
                      <option key={each} value={each}>
                        {each === "none" ? "no role of its own" : each}
                      </option>
                    ))}
                  </select>
                </label>
              </li>
            ))}
          </ul>
        </fieldset>
      )}
    </Dialog>
  );
}
