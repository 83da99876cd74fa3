/** Entries: each POST appends one, also the same again, so that what is sent twice shows. */
import { query } from "../database.ts";
import { Refused, type Routes } from "../http.ts";
import { settings } from "../settings.ts";
import { number, page, rowId, text } from "../values.ts";

interface EntryRow {
  id: number;
  ref: string;
  delta: number;
}

export const routes: Routes = {
  async "POST /entries"({ body }) {
    const [ref, delta] = [text(body.ref, "ref"), number(body.delta, "delta")];
    const [row] = await query<EntryRow>(
      "INSERT INTO entries (ref, delta) VALUES ($1, $2) RETURNING id, ref, delta",
      [ref, delta],
    );
    return { status: 201, json: { ...row, release: settings.release, slot: settings.slot } };
  },

  async "GET /entries"(call) {
    const { after, limit } = page(call.query);
    const ref = call.query.get("ref");
    const entries = await query<EntryRow>(
      `SELECT id, ref, delta FROM entries
       WHERE id > $1 AND ($2::text IS NULL OR ref = $2) ORDER BY id LIMIT $3`,
      [after, ref, limit],
    );
    return { status: 200, json: { entries } };
  },

  async "DELETE /entries/:id"({ params }) {
    const id = rowId(params.id ?? "");
    const rows =
      id === null
        ? []
        : await query<EntryRow>("DELETE FROM entries WHERE id = $1 RETURNING id, ref, delta", [id]);
    if (!rows[0]) throw new Refused(404, "there is no entry with this id");
    return { status: 200, json: rows[0] };
  },
};
