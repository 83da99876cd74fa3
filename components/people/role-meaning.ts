import type { Role } from "#lib/operations/role.ts";

export const roleMeaning: Record<Role, string> = {
  none: "has a role only in the apps that name them",
  viewer: "sees everything, changes nothing",
  tester: "also reaches staging domains",
  operator: "also deploys, syncs, swaps and rolls back",
  admin: "also manages apps, people and tokens",
};
