/** Accounts: a sum per name, so that what is lost or done twice shows in it. */
import { query } from "../database.ts";
import { Refused, type Routes } from "../http.ts";
import { number, pageLimit, text } from "../values.ts";

interface AccountRow {
  name: string;
  balance: number;
}

const shown = ({ name, balance }: AccountRow) => ({ name, sum: balance, balance });

export const routes: Routes = {
  async "POST /accounts/:name/add"({ params, body }) {
    const [name, delta] = [text(params.name, "name"), number(body.delta, "delta")];
    const [row] = await query<AccountRow>(
      `INSERT INTO accounts (name, balance) VALUES ($1, $2)
       ON CONFLICT (name) DO UPDATE SET balance = accounts.balance + excluded.balance RETURNING name, balance`,
      [name, delta],
    );
    return { status: 200, json: row && shown(row) };
  },

  async "GET /accounts/:name"({ params }) {
    const [row] = await query<AccountRow>("SELECT name, balance FROM accounts WHERE name = $1", [
      params.name,
    ]);
    if (!row) throw new Refused(404, "there is no account of this name");
    return { status: 200, json: shown(row) };
  },

  async "GET /accounts"(call) {
    const rows = await query<AccountRow>(
      "SELECT name, balance FROM accounts WHERE name > $1 ORDER BY name LIMIT $2",
      [call.query.get("after") ?? "", pageLimit(call.query)],
    );
    return { status: 200, json: { accounts: rows.map(shown) } };
  },
};
