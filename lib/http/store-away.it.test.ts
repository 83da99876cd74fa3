import { rmSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { lockPath } from "#lib/gate/lock-file.ts";
import { closeGate } from "#lib/gate/person-lock.ts";
import { seedApp } from "#lib/operations/testing/site.ts";
import { STATES } from "#lib/operations/testing/verb-states.ts";
import { openLink } from "./open-link.ts";
import { type ApiSite, startApiSite } from "./testing/api-site.ts";

let it: ApiSite;
beforeAll(async () => {
  it = await startApiSite();
});
afterAll(() => it?.stop());

describe("when the store goes away", () => {
  test("the API says 503 to tokens and cookies, links stay good, and an open page's stream goes on", async () => {
    const app = await seedApp(it.db.store, STATES["Blue live, next release in green"]!);
    const token = await it.token("operator");
    const cookie = await it.cookie("operator");
    const hangUp = new AbortController();
    const stream = await fetch(`${it.api.url}/api/v1/apps/${app}/live`, {
      headers: { authorization: `Bearer ${token}` },
      signal: hangUp.signal,
    });
    const reader = stream.body!.pipeThrough(new TextDecoderStream()).getReader();
    const until = async (word: string) => {
      for (let text = ""; !text.includes(word); ) text += (await reader.read()).value ?? "";
    };
    await until('"type":"app"');

    await it.db.cluster.server.stop(5_000);
    try {
      for (const as of [token, { cookie }]) {
        const response = await it.call("GET", "/apps", as);
        expect(response.status).toBe(503);
        expect(await response.json()).toMatchObject({ error: { code: "unavailable" } });
      }
      const request = new Request(`${it.api.url}/sign-in/link/x`, {
        headers: { host: new URL(it.api.url).host },
      });
      expect((await openLink(request, "x")).headers.get("location")).toBe("/sign-in?link=unavailable");
      const headers = { "content-type": "application/json", origin: it.api.url };
      const signIn = await fetch(`${it.api.url}/api/auth/sign-in/email`, {
        method: "POST",
        headers,
        body: JSON.stringify({ email: "bo@example.com", password: "a password" }),
      });
      expect([signIn.status, await signIn.json()]).toMatchObject([503, { error: { code: "unavailable" } }]);
      const ready = await it.call("GET", "/readyz", null);
      expect([ready.status, await ready.json()]).toEqual([503, expect.objectContaining({ store: false })]);
      expect((await it.call("GET", "/healthz", null)).status).toBe(200);
      // The gate is files, so its state still shows.
      closeGate(it.site.home, app);
      await until('"state":"closed"');
      rmSync(lockPath(it.site.home, app));
      await until('"type":"traffic"');
    } finally {
      hangUp.abort();
    }
  });
});
