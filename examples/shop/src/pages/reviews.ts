/** New in 1.1.0: orders can be rated, and a page shows what customers thought. */
import { query } from "../database.ts";
import { escaped, htmlPage } from "../html.ts";
import { Refused, type Routes } from "../http.ts";
import { text } from "../values.ts";

export const link = { href: "/reviews", label: "Reviews" };

interface Rated {
  ref: string;
  rating: number;
}

export const routes: Routes = {
  async "GET /reviews"() {
    const rated = await query<Rated>(
      "SELECT ref, rating FROM orders WHERE rating > 0 ORDER BY id DESC LIMIT 20",
    );
    return { status: 200, html: htmlPage("Reviews", body(rated)) };
  },

  async "POST /reviews"({ body }) {
    const ref = text(body.ref, "ref");
    const { rating } = body;
    if (!Number.isInteger(rating) || Number(rating) < 1 || Number(rating) > 5) {
      throw new Refused(400, "rating must be a whole number from 1 to 5");
    }
    const [row] = await query<Rated>("UPDATE orders SET rating = $2 WHERE ref = $1 RETURNING ref, rating", [
      ref,
      rating,
    ]);
    if (!row) throw new Refused(404, "there is no order with this ref");
    return { status: 200, json: row };
  },
};

const body = (rated: Rated[]) => `
<table>
<thead><tr><th>Order</th><th>Rating</th></tr></thead>
<tbody>${
  rated.map(({ ref, rating }) => `<tr><td>${escaped(ref)}</td><td>${rating} of 5</td></tr>`).join("") ||
  '<tr><td colspan="2">No order was rated yet.</td></tr>'
}</tbody>
</table>`;
