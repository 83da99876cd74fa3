import { CirclePause, CirclePlay, RotateCcw } from "lucide-react";
import type { ProcessView } from "#lib/operations/views.ts";
import { bytes, cpu } from "../ui/figures.ts";
import { Ago } from "../ui/time.tsx";

const states = {
  running: { icon: CirclePlay, word: "running", style: "" },
  "backing-off": { icon: RotateCcw, word: "died, waiting to start again", style: "text-danger" },
  stopped: { icon: CirclePause, word: "stopped", style: "text-soft" },
} as const;

/** A slot's processes as the engine last saw them. */
export function ProcessTable({ slot, processes }: { slot: string; processes: ProcessView[] }) {
  if (processes.length === 0) return <p className="text-soft">No processes.</p>;
  return (
    <table className="w-full text-xs">
      <caption className="sr-only">Processes of {slot}</caption>
      <thead className="text-left text-soft">
        <tr>
          <th scope="col" className="py-1 pr-2 font-normal">
            Process
          </th>
          <th scope="col" className="py-1 pr-2 font-normal">
            State
          </th>
          <th scope="col" className="py-1 pr-2 text-right font-normal">
            CPU
          </th>
          <th scope="col" className="py-1 pr-2 text-right font-normal">
            Memory
          </th>
          <th scope="col" className="py-1 text-right font-normal">
            Restarts
          </th>
        </tr>
      </thead>
      <tbody>
        {processes.map((process) => {
          const { icon: Icon, word, style } = states[process.state];
          return (
            <tr key={process.process} className="border-t border-line align-top">
              <th scope="row" className="py-1 pr-2 text-left font-mono font-normal">
                {process.process}
              </th>
              <td className={`py-1 pr-2 ${style}`}>
                <Icon aria-hidden className="mr-1 inline size-3.5 align-[-0.2em]" />
                {word}
                {process.outdated && <span className="text-warn"> with old variables</span>}
                {process.state === "running" && process.startedAt && (
                  <span className="text-soft max-sm:hidden">
                    , started <Ago at={process.startedAt} />
                  </span>
                )}
              </td>
              <td className="py-1 pr-2 text-right">{process.cpu === null ? "–" : cpu(process.cpu)}</td>
              <td className="py-1 pr-2 text-right whitespace-nowrap">
                {process.rssBytes === null ? "–" : bytes(process.rssBytes)}
              </td>
              <td className={`py-1 text-right ${process.restarts > 0 ? "font-semibold text-danger" : ""}`}>
                {process.restarts}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
