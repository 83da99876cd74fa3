/** The tester's part: the new release on the staging domain, the old one for visitors, and nothing crosses over. */
import { request } from "undici";
import { SHOP } from "./shop.ts";
import type { Stage } from "./stage.ts";

/** Release and slot as the shop's front page shows them; null where it does not. */
export async function frontPage(gatewayPort: number, host: string) {
  const { status, text } = await get(gatewayPort, host, "/");
  const shown = (id: string) => new RegExp(`<b id="${id}">([^<]*)</b>`).exec(text)?.[1] ?? null;
  return { status, release: shown("release"), slot: shown("slot") };
}

export async function preview({ installation, api, say, expect }: Stage): Promise<void> {
  const port = installation.gatewayPort;
  const { live, idle } = await api.app(SHOP.app);
  const visitors = await frontPage(port, SHOP.publicHost);
  const testers = await frontPage(port, SHOP.stagingHost);
  say(`visitors see ${visitors.release} on ${visitors.slot}, testers ${testers.release} on ${testers.slot}`);
  expect(
    visitors.release === "1.0.0" && visitors.slot === live,
    "visitors do not see 1.0.0 on the live slot",
  );
  expect(testers.release === "1.1.0" && testers.slot === idle, "testers do not see 1.1.0 on the idle slot");
  const page = await Promise.all(
    [SHOP.publicHost, SHOP.stagingHost].map((host) => get(port, host, "/reviews")),
  );
  expect(page[0]?.status === 404 && page[1]?.status === 200, "the new page is not on staging alone");

  const ref = `preview-${Date.now()}`;
  const order = await request(`http://127.0.0.1:${port}/orders`, {
    method: "POST",
    headers: { host: SHOP.stagingHost, "content-type": "application/json" },
    body: JSON.stringify({ ref, amount: 1 }),
  });
  await order.body.dump();
  // What follows live may only be read.
  expect(order.statusCode >= 500, `a tester's order was answered ${order.statusCode}`);
  const seen = await get(port, SHOP.publicHost, `/orders/${ref}`);
  expect(seen.status === 404, "a tester's order shows up for visitors");
}

async function get(gatewayPort: number, host: string, path: string) {
  const answer = await request(`http://127.0.0.1:${gatewayPort}${path}`, {
    headers: { host, accept: "text/html" },
  });
  return { status: answer.statusCode, text: await answer.body.text() };
}
