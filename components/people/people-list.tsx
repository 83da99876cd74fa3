"use client";
import { useRouter } from "next/navigation";
import { useState } from "react";
import type { UserView } from "#lib/auth/user-view.ts";
import type { Role } from "#lib/operations/role.ts";
import { noAnswer, type Outcome, type Refused } from "../ui/outcome.ts";
import { RefusedNotice } from "../verb/refused-notice.tsx";
import { AccessDialog, type PersonChange } from "./access-dialog.tsx";
import { LinkShownOnce } from "./link-shown-once.tsx";
import { PersonRow } from "./person-row.tsx";

export interface PeopleActs {
  change(user: string, change: PersonChange): Promise<Outcome<null>>;
  remove(user: string): Promise<Outcome<null>>;
  /** Answers the link's address path. */
  newLink(user: string): Promise<Outcome<string>>;
}

interface Props {
  people: UserView[];
  self: string;
  /** Names of the apps that one may have a role in. */
  apps: string[];
  roles: readonly Role[];
  acts: PeopleActs;
}

/** Who may sign in and what they may do. */
export function PeopleList({ people, self, apps, roles, acts }: Props) {
  const router = useRouter();
  const [busy, setBusy] = useState<string | null>(null);
  const [refusal, setRefusal] = useState<Refused | null>(null);
  const [link, setLink] = useState<{ name: string; path: string } | null>(null);
  const [edited, setEdited] = useState<UserView | null>(null);

  async function act<T>(user: string, what: () => Promise<Outcome<T>>): Promise<T | null> {
    setBusy(user);
    setRefusal(null);
    const result = await what().catch(() => noAnswer);
    setBusy(null);
    if (!result.ok) setRefusal(result);
    router.refresh();
    return result.ok ? result.value : null;
  }

  return (
    <div className="space-y-3">
      {refusal && <RefusedNotice title={refusal.what} remedy={refusal.remedy} findings={refusal.findings} />}
      {link && <LinkShownOnce name={link.name} path={link.path} />}
      <ul className="divide-y divide-line rounded-lg border border-line bg-panel">
        {people.map((person) => (
          <PersonRow
            key={person.id}
            person={person}
            self={person.id === self}
            busy={busy === person.id}
            onAccess={() => setEdited(person)}
            onSuspend={(suspended) => void act(person.id, () => acts.change(person.id, { suspended }))}
            onRemove={() => void act(person.id, () => acts.remove(person.id))}
            onLink={async () => {
              const path = await act(person.id, () => acts.newLink(person.id));
              if (path) setLink({ name: person.name, path });
            }}
          />
        ))}
      </ul>
      {edited && (
        <AccessDialog
          key={edited.id}
          person={edited}
          apps={apps}
          roles={roles}
          change={(change) => acts.change(edited.id, change)}
          onClose={(changed) => {
            setEdited(null);
            if (changed) router.refresh();
          }}
        />
      )}
    </div>
  );
}
