import type { DiskUse } from "#lib/operations/read/disk-use.ts";
import { bytes } from "../ui/figures.ts";
import { Panel } from "../ui/panel.tsx";
import { Ago } from "../ui/time.tsx";

/** What the installation takes on disk, and how much is left. */
export function DiskPanel({ disk }: { disk: DiskUse | null }) {
  if (disk === null) {
    return (
      <Panel title="Disk">
        <p className="text-soft">The installation's folder can't be looked at; the list above says why.</p>
      </Panel>
    );
  }
  const own = disk.parts.reduce((sum, part) => sum + part.bytes, 0);
  const largest = Math.max(1, ...disk.parts.map((part) => part.bytes));
  return (
    <Panel
      title={`${bytes(disk.free)} of ${bytes(disk.total)} are free`}
      aside={
        <span className="text-xs text-soft">
          measured <Ago at={disk.at} />
        </span>
      }
    >
      <table className="w-full text-sm">
        <caption className="sr-only">Disk use by part</caption>
        <tbody>
          {[...disk.parts]
            .sort((a, b) => b.bytes - a.bytes)
            .map((part) => (
              <tr key={part.name} className="border-t border-line first:border-0">
                <th scope="row" className="w-28 py-1 pr-2 text-left font-normal">
                  {part.name}
                </th>
                <td className="py-1" aria-hidden>
                  {/* Attributes, not styles: the page's policy allows no inline style. */}
                  <svg className="block h-1.5 w-full" role="presentation">
                    <rect width="100%" height="100%" rx="3" className="fill-sunken" />
                    <rect
                      width={`${(100 * part.bytes) / largest}%`}
                      height="100%"
                      rx="3"
                      className="fill-soft"
                    />
                  </svg>
                </td>
                <td className="w-20 py-1 pl-2 text-right whitespace-nowrap">{bytes(part.bytes)}</td>
              </tr>
            ))}
        </tbody>
        <tfoot>
          <tr className="border-t border-line">
            <th scope="row" colSpan={2} className="py-1 pr-2 text-left font-normal text-soft">
              All of Signalbox
            </th>
            <td className="py-1 pl-2 text-right font-semibold whitespace-nowrap">{bytes(own)}</td>
          </tr>
        </tfoot>
      </table>
    </Panel>
  );
}
