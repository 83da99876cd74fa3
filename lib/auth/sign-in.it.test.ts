import { createHash } from "node:crypto";
import { hashPassword } from "better-auth/crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { authDoor } from "#lib/http/auth-door.ts";
import { type Installation, makeInstallation, setInstallation } from "#lib/http/installation.ts";
import { openLink } from "#lib/http/open-link.ts";
import { contextFor, knownRequest } from "#lib/http/request-context.ts";
import { contextAs, makeTestHome, TEST_SECRET, type TestHome } from "#lib/operations/testing/site.ts";
import { startTestStores, type TestStore, type TestStores } from "#lib/store/testing.ts";
import { getAccount, setPassword, updateAccount } from "./account.ts";
import { createToken, revokeToken, tokenActor } from "./api-token.ts";
import { consumeSignInLink, mintAdminLink, mintSignInLink } from "./sign-in-link.ts";
import { createUser, listUsers, removeUser, setRole } from "./users.ts";

const ORIGIN = "http://localhost:8080";

let stores: TestStores;
let place: TestHome;
let db: TestStore;
let site: Installation;
const admin = () => contextAs(db.store, place.home, "admin");

beforeAll(async () => {
  stores = await startTestStores();
  place = makeTestHome();
});
afterAll(async () => {
  await stores?.stop();
  place?.remove();
});
beforeEach(async () => {
  db = await stores.create();
  site = makeInstallation({
    home: place.home,
    store: db.store,
    storeUrl: db.url,
    secretKey: TEST_SECRET,
    dashboardHosts: ["localhost", "panel.example"],
    gatewayPort: 8080,
  });
  setInstallation(site);
});

const request = (path: string, headers: Record<string, string> = {}, init: RequestInit = {}) =>
  new Request(`http://127.0.0.1:3000${path}`, { ...init, headers: { host: "localhost:8080", ...headers } });

const open = (token: string, headers?: Record<string, string>) =>
  openLink(request(`/sign-in/link/${token}`, headers), token);

const cookieOf = (response: Response) =>
  response.headers
    .getSetCookie()
    .map((cookie) => cookie.split(";", 1)[0])
    .join("; ");

describe("a sign-in link", () => {
  test("of the first run makes the first admin and opens a session", async () => {
    const token = await mintSignInLink(db.store, { firstRun: true, ttlMs: 60_000 });
    const response = await open(token);
    expect([response.status, response.headers.get("location")]).toEqual([303, "/"]);
    const context = await contextFor(new Headers({ host: "localhost:8080", cookie: cookieOf(response) }));
    expect(context?.actor).toMatchObject({ kind: "user", role: "admin" });
    expect(context?.site).toEqual({ scheme: "http", port: 8080 });
  });

  test("lets one of twenty in who open it at once", async () => {
    const token = await mintSignInLink(db.store, { firstRun: true, ttlMs: 60_000 });
    const opened = await Promise.all(Array.from({ length: 20 }, () => open(token)));
    const places = opened.map((response) => response.headers.get("location"));
    expect(places.filter((location) => location === "/")).toHaveLength(1);
    expect(places.filter((location) => location === "/sign-in?link=used")).toHaveLength(19);
    expect(await db.store.session.count()).toBe(1);
    expect(await db.store.user.count()).toBe(1);
  });

  test("of the first run is worth nothing once somebody is there: of two links opened at once one counts", async () => {
    const mint = () => mintSignInLink(db.store, { firstRun: true, ttlMs: 60_000 });
    const tokens = [await mint(), await mint()];
    const results = await Promise.all(tokens.map((token) => consumeSignInLink(db.store, token)));
    expect(results.map((result) => result.ok).sort()).toEqual([false, true]);
    expect(await db.store.user.count()).toBe(1);
  });

  test("that is expired, used or made up says which", async () => {
    const expired = await mintSignInLink(db.store, { firstRun: true, ttlMs: -1 });
    expect((await open(expired)).headers.get("location")).toBe("/sign-in?link=expired");
    expect((await open("made-up")).headers.get("location")).toBe("/sign-in?link=unknown");
    expect(await db.store.session.count()).toBe(0);
  });

  test("is not used up by a browser that only looks ahead, nor opened under a strange name", async () => {
    const token = await mintSignInLink(db.store, { firstRun: true, ttlMs: 60_000 });
    expect((await open(token, { "sec-purpose": "prefetch" })).status).toBe(204);
    const head = request(`/sign-in/link/${token}`, {}, { method: "HEAD" });
    expect((await openLink(head, token)).status).toBe(204);
    expect((await open(token, { host: "shop.example" })).status).toBe(404);
    expect((await open(token)).headers.get("location")).toBe("/");
  });

  test("is not stored, only its hash", async () => {
    const token = await mintSignInLink(db.store, { firstRun: true, ttlMs: 60_000 });
    const [row] = await db.store.signInLink.findMany();
    expect(row!.tokenHash).toBe(createHash("sha256").update(token).digest("hex"));
    expect(JSON.stringify(row)).not.toContain(token);
  });

  test("for a lost admin opens that admin's own session", async () => {
    const { user } = await createUser(admin(), { name: "Ada", email: "ada@example.com", role: "admin" });
    const result = await consumeSignInLink(db.store, await mintAdminLink(db.store, 60_000));
    expect(result).toEqual({ ok: true, userId: user.id });
  });
});

describe("the session's cookie", () => {
  const attributes = async (headers: Record<string, string>) => {
    const token = await mintAdminLink(db.store, 60_000);
    return (await open(token, headers)).headers.getSetCookie()[0]!;
  };

  test("is host-only, unreadable for scripts and, on loopback, without Secure", async () => {
    const cookie = await attributes({});
    expect(cookie).toMatch(/^signalbox-8080\.session_token=/);
    expect(cookie).toMatch(/HttpOnly/i);
    expect(cookie).toMatch(/SameSite=Lax/i);
    expect(cookie).not.toMatch(/Domain=|Secure/i);
  });

  test("is Secure behind a proxy that speaks https", async () => {
    const cookie = await attributes({ "x-forwarded-proto": "https", "x-forwarded-host": "panel.example" });
    expect(cookie).toMatch(/^__Secure-signalbox\.session_token=/);
    expect(cookie).toMatch(/Secure/);
  });

  test("that was changed by a letter is worth nothing", async () => {
    const cookie = cookieOf(await open(await mintAdminLink(db.store, 60_000)));
    const headers = (value: string) => new Headers({ host: "localhost:8080", cookie: value });
    expect(await knownRequest(headers(cookie))).not.toBe(null);
    const at = cookie.indexOf("=") + 3;
    const forged = cookie.slice(0, at) + (cookie[at] === "a" ? "b" : "a") + cookie.slice(at + 1);
    expect(await knownRequest(headers(forged))).toBe(null);
  });
});

describe("e-mail and password", () => {
  const signIn = (email: string, password: string, ip: string) =>
    authDoor(
      request(
        "/api/auth/sign-in/email",
        { "content-type": "application/json", origin: ORIGIN, "x-forwarded-for": ip },
        { method: "POST", body: JSON.stringify({ email, password }) },
      ),
    );

  test("are set on the account page and open a session afterwards; other sessions end", async () => {
    const cookie = cookieOf(await open(await mintAdminLink(db.store, 60_000)));
    const context = (await contextFor(new Headers({ host: "localhost:8080", cookie })))!;
    await updateAccount(context, { name: "Ada", email: "Ada@Example.com" });
    await setPassword(context, { password: "a long enough one" });
    expect(await getAccount(context)).toMatchObject({
      name: "Ada",
      email: "ada@example.com",
      hasPassword: true,
    });
    expect(await db.store.session.count()).toBe(0);
    const response = await signIn("ada@example.com", "a long enough one", "192.0.2.1");
    expect(response.status).toBe(200);
    const again = await contextFor(new Headers({ host: "localhost:8080", cookie: cookieOf(response) }));
    expect(again?.actor).toMatchObject({ name: "Ada", role: "admin" });
    await expect(setPassword(context, { password: "another long one" })).rejects.toMatchObject({
      code: "invalid",
    });
    await setPassword(context, { password: "another long one", currentPassword: "a long enough one" });
    expect((await signIn("ada@example.com", "a long enough one", "192.0.2.1")).status).toBe(401);
    expect(await db.store.auditEntry.count({ where: { action: "session.open" } })).toBe(2);
  });

  test("are throttled: the eleventh try within a minute is not even looked at", async () => {
    const { user } = await createUser(admin(), { name: "Bo", email: "bo@example.com", role: "viewer" });
    const password = await hashPassword("the right password");
    await db.store.account.create({
      data: { id: "a", accountId: user.id, providerId: "credential", userId: user.id, password },
    });
    const tries = [];
    for (let i = 0; i < 11; i += 1)
      tries.push((await signIn("bo@example.com", `wrong ${i}`, "192.0.2.7")).status);
    expect(tries).toEqual([...Array(10).fill(401), 429]);
    expect((await signIn("bo@example.com", "the right password", "192.0.2.7")).status).toBe(429);
    expect((await signIn("bo@example.com", "the right password", "192.0.2.8")).status).toBe(200);
  });

  test("are not taken from a page of somebody else's", async () => {
    for (const origin of ["http://evil.example", "null", ""]) {
      const headers = { "content-type": "application/json", origin };
      const body = JSON.stringify({ email: "bo@example.com", password: "x" });
      const path = "/api/auth/sign-in/email";
      expect((await authDoor(request(path, headers, { method: "POST", body }))).status).toBe(403);
    }
  });

  test.each([
    ["POST", "/api/auth/sign-up/email"],
    ["POST", "/api/auth/update-user"],
    ["POST", "/api/auth/change-email"],
    ["POST", "/api/auth/delete-user"],
    ["GET", "/api/auth/list-sessions"],
    ["POST", "/api/auth/open-session"],
  ])("%s %s is not there", async (method, path) => {
    const headers = { "content-type": "application/json", origin: ORIGIN };
    const body = method === "POST" ? JSON.stringify({ name: "x", role: "admin" }) : undefined;
    expect((await authDoor(request(path, headers, { method, body }))).status).toBe(404);
  });
});

describe("API tokens", () => {
  test("are shown once, kept as a hash and carry a role of their own", async () => {
    const { secret, token } = await createToken(admin(), { name: "ci", role: "operator" });
    expect(secret).toMatch(/^sbx_[\w-]{43}$/);
    const row = await db.store.apiToken.findUniqueOrThrow({ where: { id: token.id } });
    expect(row.tokenHash).toBe(createHash("sha256").update(secret).digest("hex"));
    const actor = await tokenActor(db.store, secret);
    expect(actor).toEqual({ kind: "token", id: token.id, name: "ci", role: "operator" });
    const entries = await db.store.auditEntry.findMany({ where: { action: "token.create" } });
    expect(entries).toHaveLength(1);
    expect(JSON.stringify(entries[0]!.detail)).not.toContain(secret);
  });

  test("end when they expire and when they are revoked", async () => {
    const { secret, token } = await createToken(admin(), { name: "ci", role: "viewer", expiresInDays: 1 });
    expect(await tokenActor(db.store, secret)).not.toBe(null);
    await db.store.apiToken.update({
      where: { id: token.id },
      data: { expiresAt: new Date(Date.now() - 1) },
    });
    expect(await tokenActor(db.store, secret)).toBe(null);
    const other = await createToken(admin(), { name: "cd", role: "viewer" });
    await revokeToken(admin(), other.token.id);
    await revokeToken(admin(), other.token.id);
    expect(await tokenActor(db.store, other.secret)).toBe(null);
    expect(await db.store.auditEntry.count({ where: { action: "token.revoke" } })).toBe(1);
  });

  test("that are no good are not made up for by a cookie", async () => {
    const cookie = cookieOf(await open(await mintAdminLink(db.store, 60_000)));
    const headers = new Headers({ host: "localhost:8080", cookie, authorization: "Bearer sbx_nonsense" });
    expect(await knownRequest(headers)).toBe(null);
  });

  test("are made by admins only", async () => {
    const operator = contextAs(db.store, place.home, "operator");
    await expect(createToken(operator, { name: "x", role: "viewer" })).rejects.toMatchObject({
      code: "forbidden",
    });
  });
});

describe("people", () => {
  test("are added with a link to hand over, and a role that holds from the next request on", async () => {
    const { user, link } = await createUser(admin(), { name: "Bo", email: "bo@example.com", role: "viewer" });
    const cookie = cookieOf(await open(link));
    const headers = new Headers({ host: "localhost:8080", cookie });
    expect((await contextFor(headers))?.actor.role).toBe("viewer");
    await setRole(admin(), user.id, "operator");
    expect((await contextFor(headers))?.actor.role).toBe("operator");
    await removeUser(admin(), user.id);
    expect(await contextFor(headers)).toBe(null);
    expect(await listUsers(admin())).toEqual([]);
    const actions = await db.store.auditEntry.findMany({ orderBy: { id: "asc" }, select: { action: true } });
    expect(actions.map((entry) => entry.action)).toEqual([
      "user.create",
      "session.open",
      "user.role",
      "user.remove",
    ]);
  });

  test("keep one admin, even when two admins remove each other at once", async () => {
    const add = (name: string) =>
      createUser(admin(), { name, email: `${name}@example.com`, role: "admin" as const });
    const [a, b] = [(await add("a")).user, (await add("b")).user];
    const both = await Promise.allSettled([removeUser(admin(), a.id), setRole(admin(), b.id, "viewer")]);
    expect(both.filter((one) => one.status === "fulfilled")).toHaveLength(1);
    expect(await db.store.user.count({ where: { role: "admin" } })).toBe(1);
  });

  test("can't be added twice with one address, nor by anybody but an admin", async () => {
    const bo = { name: "Bo", email: "bo@example.com", role: "viewer" as const };
    await createUser(admin(), bo);
    await expect(createUser(admin(), { ...bo, email: "BO@example.com" })).rejects.toMatchObject({
      code: "invalid",
    });
    const operator = contextAs(db.store, place.home, "operator");
    await expect(createUser(operator, bo)).rejects.toMatchObject({ code: "forbidden" });
    await expect(listUsers(operator)).rejects.toMatchObject({ code: "forbidden" });
  });

  test("are not changed without an audit entry", async () => {
    await db.store.$executeRaw`ALTER TABLE audit_entry ADD CONSTRAINT no_more CHECK (false)`;
    const bo = { name: "Bo", email: "bo@example.com", role: "viewer" as const };
    await expect(createUser(admin(), bo)).rejects.toThrow();
    expect(await db.store.user.count()).toBe(0);
    expect(await db.store.signInLink.count()).toBe(0);
  });
});
