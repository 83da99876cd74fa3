"use client";
import { useRouter } from "next/navigation";
import { useState } from "react";
import type { UserView } from "#lib/auth/user-view.ts";
import type { Role } from "#lib/operations/role.ts";
import { Button } from "../ui/button.tsx";
import { noAnswer, type Outcome, type Refused } from "../ui/outcome.ts";
import { RefusedNotice } from "../verb/refused-notice.tsx";
import { LinkShownOnce } from "./link-shown-once.tsx";

export interface PeopleActs {
  setRole(user: string, role: Role): Promise<Outcome<null>>;
  remove(user: string): Promise<Outcome<null>>;
  /** Answers the link's address path. */
  newLink(user: string): Promise<Outcome<string>>;
}

interface Props {
  people: UserView[];
  self: string;
  roles: readonly Role[];
  acts: PeopleActs;
}

/** Who may sign in and what they may do. */
export function PeopleList({ people, self, roles, acts }: Props) {
  const router = useRouter();
  const [busy, setBusy] = useState<string | null>(null);
  const [refusal, setRefusal] = useState<Refused | null>(null);
  const [link, setLink] = useState<{ name: string; path: string } | null>(null);
  const [removing, setRemoving] = useState<string | null>(null);

  async function act<T>(user: string, what: () => Promise<Outcome<T>>): Promise<T | null> {
    setBusy(user);
    setRefusal(null);
    const result = await what().catch(() => noAnswer);
    setBusy(null);
    setRemoving(null);
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
          <li key={person.id} className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3">
            <div className="min-w-48 flex-1">
              <p className="font-medium">
                {person.name}
                {person.id === self && <span className="font-normal text-soft"> (you)</span>}
              </p>
              <p className="text-xs text-soft wrap-anywhere">
                {person.email}
                {!person.hasPassword && ", signs in by link only"}
              </p>
            </div>
            <label className="flex items-center gap-2">
              <span className="text-xs text-soft">
                Role<span className="sr-only"> of {person.name}</span>
              </span>
              <select
                value={person.role}
                disabled={busy === person.id}
                onChange={(event) =>
                  void act(person.id, () => acts.setRole(person.id, event.target.value as Role))
                }
                className="h-9 rounded-md border border-edge bg-panel px-2"
              >
                {roles.map((role) => (
                  <option key={role}>{role}</option>
                ))}
              </select>
            </label>
            <Button
              size="small"
              disabled={busy === person.id}
              onClick={async () => {
                const path = await act(person.id, () => acts.newLink(person.id));
                if (path) setLink({ name: person.name, path });
              }}
            >
              New sign-in link<span className="sr-only"> for {person.name}</span>
            </Button>
            {removing === person.id ? (
              <Button
                size="small"
                look="danger"
                pending={busy === person.id}
                onClick={() => void act(person.id, () => acts.remove(person.id))}
              >
                Remove {person.name} now
              </Button>
            ) : (
              <Button size="small" look="quiet" onClick={() => setRemoving(person.id)}>
                Remove<span className="sr-only"> {person.name}</span>
              </Button>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}
