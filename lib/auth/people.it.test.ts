import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { contextFor, knownRequest } from "#lib/http/request-context.ts";
import { createToken, revokeToken, tokenActor } from "./api-token.ts";
import { mintAdminLink } from "./sign-in-link.ts";
import { cookieOf, open, signInSite } from "./testing/sign-in-site.ts";
import { createUser, listUsers, removeUser, setRole } from "./users.ts";

const it = signInSite();

describe("API tokens", () => {
  test("are shown once, kept as a hash and carry a role of their own", async () => {
    const { secret, token } = await createToken(it.as("admin"), { name: "ci", role: "operator" });
    expect(secret).toMatch(/^sbx_[\w-]{43}$/);
    const row = await it.db.store.apiToken.findUniqueOrThrow({ where: { id: token.id } });
    expect(row.tokenHash).toBe(createHash("sha256").update(secret).digest("hex"));
    const actor = await tokenActor(it.db.store, secret);
    expect(actor).toEqual({ kind: "token", id: token.id, name: "ci", role: "operator" });
    const entries = await it.db.store.auditEntry.findMany({ where: { action: "token.create" } });
    expect(entries).toHaveLength(1);
    expect(JSON.stringify(entries[0]!.detail)).not.toContain(secret);
  });

  test("end when they expire and when they are revoked", async () => {
    const { secret, token } = await createToken(it.as("admin"), {
      name: "ci",
      role: "viewer",
      expiresInDays: 1,
    });
    expect(await tokenActor(it.db.store, secret)).not.toBe(null);
    await it.db.store.apiToken.update({
      where: { id: token.id },
      data: { expiresAt: new Date(Date.now() - 1) },
    });
    expect(await tokenActor(it.db.store, secret)).toBe(null);
    const other = await createToken(it.as("admin"), { name: "cd", role: "viewer" });
    await revokeToken(it.as("admin"), other.token.id);
    await revokeToken(it.as("admin"), other.token.id);
    expect(await tokenActor(it.db.store, other.secret)).toBe(null);
    expect(await it.db.store.auditEntry.count({ where: { action: "token.revoke" } })).toBe(1);
  });

  test("that are no good are not made up for by a cookie", async () => {
    const cookie = cookieOf(await open(await mintAdminLink(it.db.store, 60_000)));
    const headers = new Headers({ host: "localhost:8080", cookie, authorization: "Bearer sbx_nonsense" });
    expect(await knownRequest(headers)).toBe(null);
  });

  test("are made by admins only", async () => {
    const operator = it.as("operator");
    await expect(createToken(operator, { name: "x", role: "viewer" })).rejects.toMatchObject({
      code: "forbidden",
    });
  });
});

describe("people", () => {
  test("are added with a link to hand over, and a role that holds from the next request on", async () => {
    const { user, link } = await createUser(it.as("admin"), {
      name: "Bo",
      email: "bo@example.com",
      role: "viewer",
    });
    const cookie = cookieOf(await open(link));
    const headers = new Headers({ host: "localhost:8080", cookie });
    expect((await contextFor(headers))?.actor.role).toBe("viewer");
    await setRole(it.as("admin"), user.id, "operator");
    expect((await contextFor(headers))?.actor.role).toBe("operator");
    await removeUser(it.as("admin"), user.id);
    expect(await contextFor(headers)).toBe(null);
    expect(await listUsers(it.as("admin"))).toEqual([]);
    const actions = await it.db.store.auditEntry.findMany({
      orderBy: { id: "asc" },
      select: { action: true },
    });
    expect(actions.map((entry) => entry.action)).toEqual([
      "user.create",
      "session.open",
      "user.role",
      "user.remove",
    ]);
  });

  test("keep one admin, even when two admins remove each other at once", async () => {
    const add = (name: string) =>
      createUser(it.as("admin"), { name, email: `${name}@example.com`, role: "admin" as const });
    const [a, b] = [(await add("a")).user, (await add("b")).user];
    const both = await Promise.allSettled([
      removeUser(it.as("admin"), a.id),
      setRole(it.as("admin"), b.id, "viewer"),
    ]);
    expect(both.filter((one) => one.status === "fulfilled")).toHaveLength(1);
    expect(await it.db.store.user.count({ where: { role: "admin" } })).toBe(1);
  });

  test("can't be added twice with one address, nor by anybody but an admin", async () => {
    const bo = { name: "Bo", email: "bo@example.com", role: "viewer" as const };
    await createUser(it.as("admin"), bo);
    await expect(createUser(it.as("admin"), { ...bo, email: "BO@example.com" })).rejects.toMatchObject({
      code: "invalid",
    });
    const operator = it.as("operator");
    await expect(createUser(operator, bo)).rejects.toMatchObject({ code: "forbidden" });
    await expect(listUsers(operator)).rejects.toMatchObject({ code: "forbidden" });
  });

  test("are not changed without an audit entry", async () => {
    await it.db.store.$executeRaw`ALTER TABLE audit_entry ADD CONSTRAINT no_more CHECK (false)`;
    const bo = { name: "Bo", email: "bo@example.com", role: "viewer" as const };
    await expect(createUser(it.as("admin"), bo)).rejects.toThrow();
    expect(await it.db.store.user.count()).toBe(0);
    expect(await it.db.store.signInLink.count()).toBe(0);
  });
});
