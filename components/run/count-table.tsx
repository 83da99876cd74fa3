import { count } from "../ui/figures.ts";

/** Rows per table on both sides; a difference is named, not only coloured. */
export function CountTable({ counts }: { counts: { table: string; from: number; to: number }[] }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section aria-label="Rows per table" tabIndex={0} className="overflow-x-auto">
      <table className="w-full text-xs">
        <caption className="mb-1 text-left text-sm font-medium">Rows per table</caption>
        <thead className="text-left text-soft">
          <tr>
            <th scope="col" className="py-1 pr-3 font-normal">
              Table
            </th>
            <th scope="col" className="py-1 pr-3 text-right font-normal">
              Before
            </th>
            <th scope="col" className="py-1 text-right font-normal">
              After
            </th>
          </tr>
        </thead>
        <tbody>
          {counts.map((row) => (
            <tr key={row.table} className="border-t border-line">
              <th scope="row" className="py-1 pr-3 text-left font-mono font-normal">
                {row.table}
              </th>
              <td className="py-1 pr-3 text-right font-mono">{count(row.from)}</td>
              <td className="py-1 text-right font-mono">
                {count(row.to)}
                {row.from !== row.to && <span className="ml-1 text-warn">(differs)</span>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
