import type { Metadata } from "next";
import { AddPerson } from "#components/people/add-person.tsx";
import { PeopleList } from "#components/people/people-list.tsx";
import { NeedsRole } from "#components/shell/needs-role.tsx";
import { Panel } from "#components/ui/panel.tsx";
import { listUsers } from "#lib/auth/users.ts";
import { listApps } from "#lib/operations/read/apps.ts";
import { ROLES, roleAtLeast } from "#lib/operations/role.ts";
import { addPerson, changePerson, newSignInLink, removePerson } from "../../../acts/people.ts";
import { signedIn } from "../../../session.ts";

export const metadata: Metadata = { title: "People" };

export default async function PeoplePage() {
  const context = await signedIn("/settings/people");
  const { id, role } = context.actor;
  if (!roleAtLeast(role, "admin")) return <NeedsRole needed="admin" role={role} />;
  const [people, apps] = await Promise.all([listUsers(context), listApps(context)]);
  return (
    <div className="space-y-4">
      <PeopleList
        people={people}
        self={id}
        apps={apps.map((app) => app.name)}
        roles={ROLES}
        acts={{ change: changePerson, remove: removePerson, newLink: newSignInLink }}
      />
      <Panel title="Add a person">
        <AddPerson roles={ROLES} add={addPerson} />
      </Panel>
    </div>
  );
}
