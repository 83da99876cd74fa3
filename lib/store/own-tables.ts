import type { ClientBase } from "pg";
import type { TableLine } from "./backup-format.ts";

/** The store's tables with their columns, those that others point to first. Prisma's ledger is not among them. */
export async function tablesInOrder(client: ClientBase): Promise<TableLine[]> {
  const { rows } = await client.query<{ table: string; columns: string[]; needs: string[] }>(`
    SELECT c.relname AS table,
           (SELECT json_agg(a.attname ORDER BY a.attnum) FROM pg_attribute a
             WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '') AS columns,
           coalesce((SELECT json_agg(f.relname) FROM pg_constraint k JOIN pg_class f ON f.oid = k.confrelid
                      WHERE k.conrelid = c.oid AND k.contype = 'f' AND f.oid <> c.oid), '[]') AS needs
      FROM pg_class c
     WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND c.relname <> '_prisma_migrations'
     ORDER BY c.relname`);
  const waiting = new Map(rows.map((row) => [row.table, row]));
  const ordered: TableLine[] = [];
  while (waiting.size > 0) {
    const free = [...waiting.values()].filter(({ needs }) => !needs.some((table) => waiting.has(table)));
    if (free.length === 0) throw new Error("the store's tables point at each other in a circle");
    for (const { table, columns } of free) {
      waiting.delete(table);
      ordered.push({ table, columns });
    }
  }
  return ordered;
}
