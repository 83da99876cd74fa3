import type { Metadata } from "next";
import { InitForm } from "#components/apps/init-form.tsx";
import { NeedsRole } from "#components/shell/needs-role.tsx";
import { PageHeading } from "#components/ui/page-heading.tsx";
import { roleAtLeast } from "#lib/operations/role.ts";
import { createApp } from "../../../acts/runs.ts";
import { signedIn } from "../../../session.ts";

export const metadata: Metadata = { title: "New app" };

export default async function NewAppPage() {
  const { actor } = await signedIn("/apps/new");
  return (
    <>
      <PageHeading
        title="New app"
        note="Makes the two slots and their empty data. Deploy a release to blue next; nothing reaches visitors before you put it live."
      />
      {roleAtLeast(actor.role, "admin") ? (
        <InitForm create={createApp} />
      ) : (
        <NeedsRole needed="admin" role={actor.role} />
      )}
    </>
  );
}
