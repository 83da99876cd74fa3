import type { Metadata } from "next";
import { NeedsRole } from "#components/shell/needs-role.tsx";
import { BackupPanel } from "#components/system/backup-panel.tsx";
import { DiskPanel } from "#components/system/disk-panel.tsx";
import { HealthPanel } from "#components/system/health-panel.tsx";
import { installation } from "#lib/http/installation.ts";
import { readSystem } from "#lib/operations/read/system.ts";
import { roleAtLeast } from "#lib/operations/role.ts";
import { signedIn } from "../../../session.ts";

export const metadata: Metadata = { title: "System" };

export default async function SystemPage() {
  const context = await signedIn("/settings/system");
  const { role } = context.actor;
  if (!roleAtLeast(role, "admin")) return <NeedsRole needed="admin" role={role} />;
  const { diagnoses, disk, lastBackup } = await readSystem(context, installation().environment);
  return (
    <div className="space-y-4">
      <HealthPanel diagnoses={diagnoses} at={new Date().toISOString()} />
      <div className="grid gap-4 lg:grid-cols-2">
        <DiskPanel disk={disk} />
        <BackupPanel last={lastBackup} />
      </div>
    </div>
  );
}
