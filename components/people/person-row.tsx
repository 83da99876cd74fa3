"use client";
import { useState } from "react";
import type { UserView } from "#lib/auth/user-view.ts";
import { Button } from "../ui/button.tsx";
import { Tag } from "../ui/tag.tsx";
import { Ago } from "../ui/time.tsx";

interface Props {
  person: UserView;
  self: boolean;
  busy: boolean;
  onAccess(): void;
  onSuspend(suspended: boolean): void;
  onRemove(): void;
  onLink(): void;
}

type Asked = "suspend" | "remove" | null;

/** One person; what can't be taken back lightly is asked for twice. */
export function PersonRow({ person, self, busy, onAccess, onSuspend, onRemove, onLink }: Props) {
  const [asked, setAsked] = useState<Asked>(null);
  const { name, role, suspended } = person;
  const whose = <span className="sr-only"> of {name}</span>;
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3">
      <div className="min-w-48 flex-1 space-y-0.5">
        <p className="flex flex-wrap items-center gap-1.5 font-medium">
          <span className={suspended ? "text-soft line-through" : ""}>{name}</span>
          {self && <span className="font-normal text-soft">(you)</span>}
          {suspended && <Tag tone="warn">Suspended</Tag>}
          {role !== "none" && <Tag>{role}</Tag>}
          {person.apps.map((each) => (
            <Tag key={each.app}>
              {each.app}: {each.role}
            </Tag>
          ))}
          {role === "none" && person.apps.length === 0 && <Tag tone="warn">no access yet</Tag>}
        </p>
        <p className="text-xs text-soft wrap-anywhere">
          {person.email}
          {!person.hasPassword && ", signs in by link only"}
          {person.lastSeenAt ? (
            <>
              , last seen <Ago at={person.lastSeenAt} />
            </>
          ) : (
            ", signed in nowhere"
          )}
        </p>
      </div>
      <div className="flex flex-wrap items-center gap-2">
        <Button size="small" disabled={busy} onClick={onAccess}>
          Access{whose}
        </Button>
        {!suspended && (
          <Button size="small" disabled={busy} onClick={onLink}>
            New sign-in link<span className="sr-only"> for {name}</span>
          </Button>
        )}
        {suspended ? (
          <Button size="small" disabled={busy} onClick={() => onSuspend(false)}>
            Let in again<span className="sr-only">: {name}</span>
          </Button>
        ) : asked === "suspend" ? (
          <Button
            size="small"
            look="danger"
            pending={busy}
            onClick={() => {
              setAsked(null);
              onSuspend(true);
            }}
          >
            End {name}’s sessions now
          </Button>
        ) : (
          <Button size="small" look="quiet" disabled={busy} onClick={() => setAsked("suspend")}>
            Suspend<span className="sr-only"> {name}</span>
          </Button>
        )}
        {asked === "remove" ? (
          <Button
            size="small"
            look="danger"
            pending={busy}
            onClick={() => {
              setAsked(null);
              onRemove();
            }}
          >
            Remove {name} now
          </Button>
        ) : (
          <Button size="small" look="quiet" disabled={busy} onClick={() => setAsked("remove")}>
            Remove<span className="sr-only"> {name}</span>
          </Button>
        )}
      </div>
    </li>
  );
}
