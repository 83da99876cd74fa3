import type { Role } from "#lib/operations/role.ts";
import { EmptyState } from "../ui/empty-state.tsx";

export function NeedsRole({ needed, role }: { needed: Role; role: Role }) {
  return (
    <EmptyState title={`This page needs the role ${needed}`}>
      <p>
        You are {role === "none" ? "a member of single apps" : role}. Ask an admin for the role, or somebody
        who has it.
      </p>
    </EmptyState>
  );
}
