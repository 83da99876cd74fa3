import { describe, expect, it } from "vitest";
import {
  appsWithRole,
  type OperationContext,
  requireRole,
  requireRoleFor,
  roleIn,
  whereRole,
} from "./context.ts";
import type { OperationError } from "./errors.ts";
import type { Role } from "./role.ts";

const somebody = (role: Role, apps: Record<string, Role> = {}) =>
  ({
    actor: { kind: "user", id: "1", name: "Kim", role, apps: new Map(Object.entries(apps)) },
  }) as unknown as OperationContext;

const codeOf = (act: () => void): string => {
  try {
    act();
    return "allowed";
  } catch (error) {
    return (error as OperationError).code;
  }
};

describe("a role in one app", () => {
  const kim = somebody("none", { shop: "operator" });

  it("counts there and nowhere else", () => {
    expect(codeOf(() => requireRole(kim, "operator", "shop"))).toBe("allowed");
    expect(codeOf(() => requireRole(kim, "admin", "shop"))).toBe("forbidden");
    expect(codeOf(() => requireRole(kim, "viewer", "blog"))).toBe("not-found");
  });

  it("is no role in all of them, so that an operation which forgets the app refuses", () => {
    expect(codeOf(() => requireRole(kim, "viewer"))).toBe("forbidden");
  });

  it("never lowers the person's own", () => {
    expect(roleIn(somebody("operator", { shop: "viewer" }).actor, "shop")).toBe("operator");
    expect(roleIn(somebody("viewer", { shop: "admin" }).actor, "shop")).toBe("admin");
  });

  it("is not had by an app that is called like a property of objects", () => {
    expect(codeOf(() => requireRole(kim, "viewer", "constructor"))).toBe("not-found");
  });

  it("hides what belongs to other apps like what does not exist", () => {
    expect(codeOf(() => requireRoleFor(kim, "viewer", "blog", "no"))).toBe("not-found");
    expect(codeOf(() => requireRoleFor(kim, "viewer", undefined, "no"))).toBe("not-found");
    expect(codeOf(() => requireRoleFor(kim, "admin", "shop", "no"))).toBe("forbidden");
  });

  it("leaves the apps that have it in a list", () => {
    expect(appsWithRole(kim, "viewer")).toEqual(["shop"]);
    expect(whereRole(kim, "admin")).toEqual({ name: { in: [] } });
    expect(whereRole(somebody("viewer"), "viewer")).toEqual({});
  });
});
