/** People with roles in single apps, suspended ones, share links and sessions, on a real store. */
import { describe, expect, test } from "vitest";
import { enterStaging } from "#lib/gateway/staging-door.ts";
import { authDoor } from "#lib/http/auth-door.ts";
import { openShare } from "#lib/http/open-share.ts";
import { contextFor } from "#lib/http/request-context.ts";
import { requireRole } from "#lib/operations/context.ts";
import { TEST_SECRET } from "#lib/operations/testing/site.ts";
import { readAppRoutes } from "#lib/store/app-routes.ts";
import { setPassword } from "./account.ts";
import { endOtherSessions, endSession, IDLE_MS, listSessions } from "./sessions.ts";
import { createShareLink, listShareLinks, revokeShareLink, SHARE_PATH } from "./share-links.ts";
import { mintAdminLink, mintSignInLink } from "./sign-in-link.ts";
import { cookieOf, ORIGIN, open, request, signInSite } from "./testing/sign-in-site.ts";
import { changeUser, createUser, mintUserLink } from "./users.ts";

const it = signInSite();

const makeApp = (name: string) =>
  it.db.store.app.create({
    data: {
      id: name,
      name,
      stagingAccess: "testers",
      domains: {
        create: [
          { host: `${name}.example`, audience: "public" },
          { host: `next.${name}.example`, audience: "staging" },
        ],
      },
    },
  });

const headersWith = (cookie: string) => new Headers({ host: "localhost:8080", cookie });

async function signedIn(email: string, role: "none" | "viewer" | "admin" = "none") {
  const { user, link } = await createUser(it.as("admin"), { name: email, email, role });
  return { user, cookie: cookieOf(await open(link)) };
}

describe("a role in one app", () => {
  test("holds from the next request on, in that app only, and every change is in the audit log", async () => {
    await makeApp("shop");
    await makeApp("blog");
    const { user, cookie } = await signedIn("bo@example.com");
    const admin = it.as("admin");
    const asBo = async () => (await contextFor(headersWith(cookie)))!;
    const requireRoleIn = async (app: string) => requireRole(await asBo(), "operator", app);
    await expect(requireRoleIn("shop")).rejects.toMatchObject({ code: "not-found" });
    await changeUser(admin, user.id, { apps: { shop: "operator" } });
    await requireRoleIn("shop");
    await expect(requireRoleIn("blog")).rejects.toMatchObject({ code: "not-found" });
    await changeUser(admin, user.id, { apps: { shop: "viewer" } });
    await expect(requireRoleIn("shop")).rejects.toMatchObject({ code: "forbidden" });
    const left = await changeUser(admin, user.id, { apps: { shop: "none" } });
    expect(left.apps).toEqual([]);
    await expect(changeUser(admin, user.id, { apps: { nowhere: "viewer" } })).rejects.toMatchObject({
      code: "not-found",
    });
    const entries = await it.db.store.auditEntry.findMany({
      where: { action: "user.app-role" },
      orderBy: { id: "asc" },
    });
    expect(entries.map(({ appName, detail }) => [appName, detail])).toEqual([
      ["shop", expect.objectContaining({ from: "none", to: "operator" })],
      ["shop", expect.objectContaining({ from: "operator", to: "viewer" })],
      ["shop", expect.objectContaining({ from: "viewer", to: "none" })],
    ]);
  });
});

describe("somebody who is suspended", () => {
  test("is out at once, and in no way in again until let in", async () => {
    const { user, cookie } = await signedIn("bo@example.com", "viewer");
    const admin = it.as("admin");
    await setPassword((await contextFor(headersWith(cookie)))!, { password: "a long enough one" });
    const link = await mintUserLink(admin, user.id);
    const { suspended } = await changeUser(admin, user.id, { suspended: true });
    expect(suspended).toBe(true);
    expect(await contextFor(headersWith(cookie))).toBe(null);
    expect((await open(link)).headers.get("location")).toBe("/sign-in?link=unknown");
    await expect(mintUserLink(admin, user.id)).rejects.toMatchObject({ code: "refused" });
    const signIn = () =>
      authDoor(
        request(
          "/api/auth/sign-in/email",
          { "content-type": "application/json", origin: ORIGIN },
          { method: "POST", body: JSON.stringify({ email: user.email, password: "a long enough one" }) },
        ),
      );
    expect((await signIn()).status).toBe(401);
    expect(await it.db.store.session.count()).toBe(0);
    await changeUser(admin, user.id, { suspended: false });
    expect((await signIn()).status).toBe(200);
  });

  test("can't be the last admin", async () => {
    const { user } = await signedIn("ada@example.com", "admin");
    await expect(changeUser(it.as("admin"), user.id, { suspended: true })).rejects.toMatchObject({
      code: "refused",
    });
    const other = await signedIn("bo@example.com", "admin");
    await changeUser(it.as("admin"), user.id, { suspended: true });
    // A suspended admin does not count as one.
    await expect(changeUser(it.as("admin"), other.user.id, { role: "viewer" })).rejects.toMatchObject({
      code: "refused",
    });
    const link = await mintAdminLink(it.db.store, 60_000);
    expect((await contextFor(headersWith(cookieOf(await open(link)))))?.actor.id).toBe(other.user.id);
  });
});

describe("a share link", () => {
  const follow = (token: string) => openShare(request(`${SHARE_PATH}${token}`), token);
  const enter = async (location: string | null) => {
    const routes = await readAppRoutes(it.db.store, "shop");
    const path = location === null ? "/" : new URL(location).pathname + new URL(location).search;
    return enterStaging(TEST_SECRET, routes, path, {})?.kind;
  };

  test("lets whoever has it in to staging, and no further, and says when it was used", async () => {
    await makeApp("shop");
    const { link, token } = await createShareLink(it.as("operator"), "shop", { label: "the agency" });
    expect(link).toMatchObject({ state: "active", lastUsedAt: null });
    expect(JSON.stringify(await it.db.store.shareLink.findMany())).not.toContain(token);
    const answer = await follow(token);
    expect(answer.status).toBe(303);
    expect(answer.headers.get("x-robots-tag")).toContain("noindex");
    const location = answer.headers.get("location");
    expect(new URL(location!).host).toBe("next.shop.example:8080");
    expect(await enter(location)).toBe("redirect");
    expect(await enter(null)).toBe("refuse");
    expect((await listShareLinks(it.as("tester"), "shop"))[0]!.lastUsedAt).not.toBe(null);
  });

  test("that is revoked takes its passes with it, because the routes don't name it any more", async () => {
    await makeApp("shop");
    const { link, token } = await createShareLink(it.as("operator"), "shop", { label: "the agency" });
    const other = await createShareLink(it.as("operator"), "shop", { label: "somebody else" });
    const [pass, others] = [await follow(token), await follow(other.token)].map((each) =>
      each.headers.get("location"),
    );
    const before = await readAppRoutes(it.db.store, "shop");
    await revokeShareLink(it.as("operator"), link.id);
    const after = await readAppRoutes(it.db.store, "shop");
    expect(after.version).toBeGreaterThan(before.version);
    expect(after).toMatchObject({ shares: [other.link.id] });
    expect(await enter(pass!)).toBe("refuse");
    expect(await enter(others!)).toBe("redirect");
    expect((await follow(token)).status).toBe(404);
    await it.db.store.shareLink.updateMany({ data: { expiresAt: new Date() } });
    expect((await follow(other.token)).status).toBe(404);
    expect(await enter(others!)).toBe("refuse");
  });

  test("is made by operators of the app, for an app that has something to show", async () => {
    await makeApp("shop");
    await it.db.store.domain.deleteMany({ where: { audience: "staging" } });
    const label = "x";
    await expect(createShareLink(it.as("tester"), "shop", { label })).rejects.toMatchObject({
      code: "forbidden",
    });
    await expect(createShareLink(it.as("operator"), "shop", { label })).rejects.toMatchObject({
      code: "refused",
    });
    expect((await follow("made-up")).status).toBe(404);
  });
});

describe("sessions", () => {
  test("are listed with their device and can be ended, one or all others", async () => {
    const { user, cookie } = await signedIn("bo@example.com");
    const mint = () => mintSignInLink(it.db.store, { userId: user.id, ttlMs: 60_000 });
    const phone = await open(await mint(), {
      "user-agent": "Mozilla/5.0 (iPhone) Safari/604.1",
      "x-forwarded-for": "10.9.9.9, 203.0.113.7, 127.0.0.1",
    });
    const third = cookieOf(await open(await mint()));
    const context = (await contextFor(headersWith(cookie)))!;
    const current = await it.db.store.session.findFirstOrThrow({ orderBy: { createdAt: "asc" } });
    const list = await listSessions(context, current.id);
    expect(list.filter((each) => each.current)).toHaveLength(1);
    const onPhone = list.find(({ device }) => device === "Safari on iPhone")!;
    expect(onPhone.address).toBe("203.0.113.7");
    await endSession(context, onPhone.id);
    expect(await contextFor(headersWith(cookieOf(phone)))).toBe(null);
    expect(await contextFor(headersWith(third))).not.toBe(null);
    expect(await endOtherSessions(context, current.id)).toBe(1);
    expect(await contextFor(headersWith(third))).toBe(null);
    expect(await contextFor(headersWith(cookie))).not.toBe(null);
    const stranger = await signedIn("eve@example.com");
    const eve = (await contextFor(headersWith(stranger.cookie)))!;
    await expect(endSession(eve, current.id)).rejects.toMatchObject({ code: "not-found" });
  });

  test("end when nobody used them for a week", async () => {
    const { cookie } = await signedIn("bo@example.com");
    await it.db.store.$executeRaw`UPDATE session SET updated_at = ${new Date(Date.now() - IDLE_MS - 1_000)}`;
    expect(await contextFor(headersWith(cookie))).toBe(null);
    expect(await it.db.store.session.count()).toBe(0);
  });
});

describe("the audit log", () => {
  test("can't be changed or emptied; only old entries go, by a function of its own", async () => {
    await signedIn("bo@example.com");
    const { store } = it.db;
    await expect(store.auditEntry.updateMany({ data: { actorName: "Eve" } })).rejects.toThrow();
    await expect(store.$executeRaw`DELETE FROM audit_entry`).rejects.toThrow("append-only");
    await expect(store.$executeRaw`TRUNCATE audit_entry`).rejects.toThrow("append-only");
    await expect(store.$queryRaw`SELECT prune_audit(now() - interval '1 day')`).rejects.toThrow("90 days");
    await store.auditEntry.create({
      data: { actorKind: "system", actorId: "x", actorName: "x", action: "x.y", at: new Date("2020-01-01") },
    });
    const before = await store.auditEntry.count();
    const [pruned] = await store.$queryRaw<{ count: bigint }[]>`
      SELECT prune_audit(now() - interval '91 days') AS count`;
    expect(pruned!.count).toBe(1n);
    expect(await store.auditEntry.count()).toBe(before - 1);
    await expect(store.auditEntry.deleteMany()).rejects.toThrow();
  });
});
