/** The front page and the health check. */
import { query } from "../database.ts";
import { escaped, htmlPage } from "../html.ts";
import type { Routes } from "../http.ts";
import { settings } from "../settings.ts";

interface LatestOrder {
  ref: string;
  amount: number;
  release: string;
  slot: string;
  processed: boolean;
}

export const routes: Routes = {
  async "GET /"() {
    const orders = await query<LatestOrder>(
      `SELECT ref, amount, release, slot, processed_at IS NOT NULL AS processed
       FROM orders ORDER BY id DESC LIMIT 10`,
    );
    return { status: 200, html: htmlPage("Shop", body(orders)) };
  },

  // Reads a table: a slot whose data was never migrated is not healthy.
  async "GET /healthz"() {
    await query("SELECT EXISTS (SELECT FROM orders)");
    const { release, slot } = settings;
    return { status: 200, json: { status: "ok", release, slot } };
  },
};

const body = (orders: LatestOrder[]) => `
<p><button id="order">Place an order</button> <span id="answer" role="status"></span></p>
<h2>Latest orders</h2>
<table>
<thead><tr><th>Ref</th><th class="number">Amount</th><th>Taken by</th><th>Worker</th></tr></thead>
<tbody>${orders.map(row).join("") || '<tr><td colspan="4">None yet.</td></tr>'}</tbody>
</table>
<p class="quiet">Live connection: <span id="live">none</span></p>
<script>
document.getElementById("order").onclick = async () => {
  const order = { ref: "page-" + crypto.getRandomValues(new Uint32Array(2)).join("-"), amount: 25 };
  const answer = await fetch("/orders", {
    method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(order) });
  const { id, error } = await answer.json();
  document.getElementById("answer").textContent = answer.ok ? "Order " + id + " was taken." : error;
};
new EventSource("/events").onmessage = ({ data }) => {
  const { release, slot } = JSON.parse(data);
  document.getElementById("live").textContent = "release " + release + ", " + slot;
};
</script>`;

const row = ({ ref, amount, release, slot, processed }: LatestOrder) =>
  `<tr><td>${escaped(ref)}</td><td class="number">${amount.toFixed(2)}</td>` +
  `<td>${escaped(release)}, ${escaped(slot)}</td><td>${processed ? "done" : "waiting"}</td></tr>`;
