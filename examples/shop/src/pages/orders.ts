/** Orders: one per ref, whoever repeats it. */
import { query } from "../database.ts";
import { Refused, type Routes } from "../http.ts";
import { settings } from "../settings.ts";
import { number, page, text } from "../values.ts";

interface OrderRow {
  id: number;
  ref: string;
  amount: number;
  release: string;
  slot: string;
  created_at: Date;
  processed_at: Date | null;
}

// Columns that later releases add go out as they are.
const shown = ({ created_at, processed_at, ...order }: OrderRow) => ({
  ...order,
  processed: processed_at !== null,
});

export const routes: Routes = {
  async "POST /orders"({ body }) {
    const [ref, amount] = [text(body.ref, "ref"), number(body.amount, "amount")];
    const { release, slot } = settings;
    const rows = await query<{ id: number }>(
      `INSERT INTO orders (ref, amount, release, slot) VALUES ($1, $2, $3, $4)
       ON CONFLICT (ref) DO NOTHING RETURNING id`,
      [ref, amount, release, slot],
    );
    if (!rows[0]) throw new Refused(409, "there is an order with this ref");
    return { status: 201, json: { id: rows[0].id, ref, release, slot } };
  },

  async "GET /orders/count"() {
    const [row] = await query<{ count: number }>("SELECT count(*) FROM orders");
    return { status: 200, json: { count: row?.count ?? 0 } };
  },

  async "GET /orders/:ref"({ params }) {
    const [row] = await query<OrderRow>("SELECT * FROM orders WHERE ref = $1", [params.ref]);
    if (!row) throw new Refused(404, "there is no order with this ref");
    return { status: 200, json: shown(row) };
  },

  async "GET /orders"(call) {
    const { after, limit } = page(call.query);
    const rows = await query<OrderRow>("SELECT * FROM orders WHERE id > $1 ORDER BY id LIMIT $2", [
      after,
      limit,
    ]);
    return { status: 200, json: { orders: rows.map(shown) } };
  },
};
