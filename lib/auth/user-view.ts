/** A person as admins, and they themselves, are shown them. */
import type { Role } from "#lib/operations/role.ts";
import type { Prisma } from "#lib/store/generated/client.ts";

export interface UserView {
  id: string;
  name: string;
  email: string;
  /** In every app. */
  role: Role;
  /** Roles in single apps; the higher one counts. */
  apps: { app: string; role: Role }[];
  createdAt: string;
  /** Without one a person gets in by link only. */
  hasPassword: boolean;
  suspended: boolean;
  /** Of the newest session that lasts; null: signed in nowhere. */
  lastSeenAt: string | null;
}

export const userInclude = {
  accounts: { where: { providerId: "credential" }, select: { id: true } },
  memberships: { select: { role: true, app: { select: { name: true } } }, orderBy: { app: { name: "asc" } } },
  sessions: { select: { updatedAt: true }, orderBy: { updatedAt: "desc" }, take: 1 },
} satisfies Prisma.UserInclude;

type UserRow = Prisma.UserGetPayload<{ include: typeof userInclude }>;

export const userView = (row: UserRow): UserView => ({
  id: row.id,
  name: row.name,
  email: row.email,
  role: row.role,
  apps: row.memberships.map(({ app, role }) => ({ app: app.name, role })),
  createdAt: row.createdAt.toISOString(),
  hasPassword: row.accounts.length > 0,
  suspended: row.suspendedAt !== null,
  lastSeenAt: row.sessions[0]?.updatedAt.toISOString() ?? null,
});
