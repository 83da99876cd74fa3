"use client";
import { useRouter } from "next/navigation";
import { SelectField } from "../ui/field.tsx";

export function AuditFilter({ apps, app }: { apps: string[]; app: string }) {
  const router = useRouter();
  return (
    <SelectField
      label="App"
      value={app}
      onChange={({ target }) =>
        router.push(target.value ? `/audit?app=${encodeURIComponent(target.value)}` : "/audit")
      }
    >
      <option value="">All</option>
      {apps.map((name) => (
        <option key={name}>{name}</option>
      ))}
    </SelectField>
  );
}
