/** What a person or a token may do. Each role may do what the ones before it may. */
import { z } from "zod";

export const ROLES = ["none", "viewer", "tester", "operator", "admin"] as const;
export type Role = (typeof ROLES)[number];

export const roleSchema = z.enum(ROLES);

/** A role that lets one do something. */
export const ACTIVE_ROLES = ["viewer", "tester", "operator", "admin"] as const;

/** Whether `role` may do what `needed` may. */
export const roleAtLeast = (role: Role, needed: Role): boolean =>
  ROLES.indexOf(role) >= ROLES.indexOf(needed);

export const highestRole = (one: Role, other: Role): Role => (roleAtLeast(one, other) ? one : other);
