import type { Metadata } from "next";
import { NewApp } from "#components/apps/new-app.tsx";
import { NeedsRole } from "#components/shell/needs-role.tsx";
import { PageHeading } from "#components/ui/page-heading.tsx";
import { installation } from "#lib/http/installation.ts";
import { roleAtLeast } from "#lib/operations/role.ts";
import { adoptApp, checkAdoption } from "../../../acts/adoption.ts";
import { createApp } from "../../../acts/runs.ts";
import { signedIn } from "../../../session.ts";

export const metadata: Metadata = { title: "New app" };

export default async function NewAppPage({ searchParams }: { searchParams: Promise<{ way?: string }> }) {
  const { actor } = await signedIn("/apps/new");
  const { way } = await searchParams;
  return (
    <>
      <PageHeading
        title="New app"
        note="Two slots, blue and green: one is live, the next version is tried in the other, and they swap. Nothing reaches visitors before you say so."
      />
      {roleAtLeast(actor.role, "admin") ? (
        <NewApp
          start={way === "adopt" ? "adopt" : "make"}
          create={createApp}
          gatewayPort={installation().gatewayPort}
          check={checkAdoption}
          adopt={adoptApp}
        />
      ) : (
        <NeedsRole needed="admin" role={actor.role} />
      )}
    </>
  );
}
