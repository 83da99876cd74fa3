import { createHash } from "node:crypto";
import { hashPassword } from "better-auth/crypto";
import { describe, expect, test } from "vitest";
import { authDoor } from "#lib/http/auth-door.ts";
import { openLink } from "#lib/http/open-link.ts";
import { contextFor, knownRequest } from "#lib/http/request-context.ts";
import { getAccount, setPassword, updateAccount } from "./account.ts";
import { consumeSignInLink, mintAdminLink, mintSignInLink } from "./sign-in-link.ts";
import { cookieOf, ORIGIN, open, request, signInSite } from "./testing/sign-in-site.ts";
import { attempt } from "./throttle.ts";
import { createUser } from "./users.ts";

const it = signInSite();

describe("a sign-in link", () => {
  test("of the first run makes the first admin and opens a session", async () => {
    const token = await mintSignInLink(it.db.store, { firstRun: true, ttlMs: 60_000 });
    const response = await open(token);
    expect([response.status, response.headers.get("location")]).toEqual([303, "/"]);
    const context = await contextFor(new Headers({ host: "localhost:8080", cookie: cookieOf(response) }));
    expect(context?.actor).toMatchObject({ kind: "user", role: "admin" });
    expect(context?.site).toEqual({ scheme: "http", port: 8080, host: "localhost" });
  });

  test("lets one of twenty in who open it at once", async () => {
    const token = await mintSignInLink(it.db.store, { firstRun: true, ttlMs: 60_000 });
    const opened = await Promise.all(Array.from({ length: 20 }, () => open(token)));
    const places = opened.map((response) => response.headers.get("location"));
    expect(places.filter((location) => location === "/")).toHaveLength(1);
    expect(places.filter((location) => location === "/sign-in?link=used")).toHaveLength(19);
    expect(await it.db.store.session.count()).toBe(1);
    expect(await it.db.store.user.count()).toBe(1);
  });

  test("of the first run is worth nothing once somebody is there: of two links opened at once one counts", async () => {
    const mint = () => mintSignInLink(it.db.store, { firstRun: true, ttlMs: 60_000 });
    const tokens = [await mint(), await mint()];
    const results = await Promise.all(tokens.map((token) => consumeSignInLink(it.db.store, token)));
    expect(results.map((result) => result.ok).sort()).toEqual([false, true]);
    expect(await it.db.store.user.count()).toBe(1);
  });

  test("that is expired, used or made up says which", async () => {
    const expired = await mintSignInLink(it.db.store, { firstRun: true, ttlMs: -1 });
    expect((await open(expired)).headers.get("location")).toBe("/sign-in?link=expired");
    expect((await open("made-up")).headers.get("location")).toBe("/sign-in?link=unknown");
    expect(await it.db.store.session.count()).toBe(0);
  });

  test("is not used up by a browser that only looks ahead, nor opened under a strange name", async () => {
    const token = await mintSignInLink(it.db.store, { firstRun: true, ttlMs: 60_000 });
    expect((await open(token, { "sec-purpose": "prefetch" })).status).toBe(204);
    const head = request(`/sign-in/link/${token}`, {}, { method: "HEAD" });
    expect((await openLink(head, token)).status).toBe(204);
    expect((await open(token, { host: "shop.example" })).status).toBe(404);
    expect((await open(token)).headers.get("location")).toBe("/");
  });

  test("is not stored, only its hash", async () => {
    const token = await mintSignInLink(it.db.store, { firstRun: true, ttlMs: 60_000 });
    const [row] = await it.db.store.signInLink.findMany();
    expect(row!.tokenHash).toBe(createHash("sha256").update(token).digest("hex"));
    expect(JSON.stringify(row)).not.toContain(token);
  });

  test("for a lost admin opens that admin's own session", async () => {
    const { user } = await createUser(it.as("admin"), {
      name: "Ada",
      email: "ada@example.com",
      role: "admin",
    });
    const result = await consumeSignInLink(it.db.store, await mintAdminLink(it.db.store, 60_000));
    expect(result).toEqual({ ok: true, userId: user.id });
  });
});

describe("the session's cookie", () => {
  const attributes = async (headers: Record<string, string>) => {
    const token = await mintAdminLink(it.db.store, 60_000);
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
    expect(cookie).toMatch(/^__Host-signalbox\.session_token=/);
    expect(cookie).toMatch(/Secure/);
  });

  test("that was changed by a letter is worth nothing", async () => {
    const cookie = cookieOf(await open(await mintAdminLink(it.db.store, 60_000)));
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
    const cookie = cookieOf(await open(await mintAdminLink(it.db.store, 60_000)));
    const context = (await contextFor(new Headers({ host: "localhost:8080", cookie })))!;
    await updateAccount(context, { name: "Ada", email: "Ada@Example.com" });
    await setPassword(context, { password: "a long enough one" });
    expect(await getAccount(context)).toMatchObject({
      name: "Ada",
      email: "ada@example.com",
      hasPassword: true,
    });
    expect(await it.db.store.session.count()).toBe(0);
    const response = await signIn("ada@example.com", "a long enough one", "192.0.2.1");
    expect(response.status).toBe(200);
    const again = await contextFor(new Headers({ host: "localhost:8080", cookie: cookieOf(response) }));
    expect(again?.actor).toMatchObject({ name: "Ada", role: "admin" });
    await expect(setPassword(context, { password: "another long one" })).rejects.toMatchObject({
      code: "invalid",
    });
    await setPassword(context, { password: "another long one", currentPassword: "a long enough one" });
    expect((await signIn("ada@example.com", "a long enough one", "192.0.2.1")).status).toBe(401);
    expect(await it.db.store.auditEntry.count({ where: { action: "session.open" } })).toBe(2);
  });

  test("are throttled by account, known or not, and not by what a client says its address is", async () => {
    const { user } = await createUser(it.as("admin"), {
      name: "Bo",
      email: "bo@example.com",
      role: "viewer",
    });
    const password = await hashPassword("the right password");
    await it.db.store.account.create({
      data: { id: "a", accountId: user.id, providerId: "credential", userId: user.id, password },
    });
    const tries = [];
    const nobody = [];
    for (let i = 0; i < 6; i += 1) {
      tries.push((await signIn("bo@example.com", `wrong ${i}`, `192.0.2.${i}`)).status);
      nobody.push((await signIn("nobody@example.com", `wrong ${i}`, `192.0.2.${i}`)).status);
    }
    expect(tries).toEqual([...Array(5).fill(401), 429]);
    expect(nobody).toEqual(tries);
    const blocked = await signIn("Bo@example.com", "the right password", "192.0.2.77");
    expect(blocked.status).toBe(429);
    const { error } = await blocked.json();
    expect(error.message).toMatch(/^Too many attempts\. Try again in \d+ seconds\.$/);
    expect(Number(blocked.headers.get("retry-after"))).toBeGreaterThan(0);
    await it.db.store.throttle.updateMany({ data: { blockedUntil: new Date() } });
    expect((await signIn("bo@example.com", "the right password", "192.0.2.77")).status).toBe(200);
    const left = await it.db.store.throttle.findMany();
    expect(JSON.stringify(left)).not.toContain("192.0.2");
  });

  test("are counted before they are looked at: of fifty at once few are", async () => {
    const all = await Promise.all(
      Array.from({ length: 50 }, (_, i) => signIn("bo@example.com", `wrong ${i}`, `198.51.100.${i}`)),
    );
    expect(all.filter(({ status }) => status === 401).length).toBeLessThanOrEqual(5);
    expect(all.every(({ status }) => status === 401 || status === 429)).toBe(true);
  });

  test("are throttled by the address that the gateway saw, whatever stands before it", async () => {
    for (let i = 0; i < 29; i += 1) await attempt(it.db.store, ["address:192.0.2.9"]);
    expect((await signIn("p1@example.com", "wrong", "10.0.0.1, 192.0.2.9")).status).toBe(401);
    expect((await signIn("p2@example.com", "wrong", "10.0.0.2, 192.0.2.9")).status).toBe(429);
    expect((await signIn("p0@example.com", "wrong", "192.0.2.10")).status).toBe(401);
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
