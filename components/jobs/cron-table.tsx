"use client";
import Link from "next/link";
import type { CronView } from "#lib/operations/jobs/read-jobs.ts";
import { useHydrated } from "../ui/clock.tsx";
import { absolute } from "../ui/time-words.ts";

/** The live release's entries and when each comes next. */
export function CronTable({ app, cron }: { app: string; cron: CronView[] }) {
  const hydrated = useHydrated();
  return (
    <div className="overflow-x-auto">
      <table className="w-full text-xs">
        <thead className="text-left text-soft">
          <tr>
            {["Entry", "Schedule", "Command", "Next"].map((title) => (
              <th key={title} scope="col" className="py-1 pr-3 font-normal">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {cron.map(({ name, schedule, timezone, command, nextAt }) => (
            <tr key={name} className="border-t border-line align-top">
              <th scope="row" className="py-1 pr-3 text-left font-mono font-normal">
                <Link
                  href={`/apps/${encodeURIComponent(app)}/logs?process=cron.${name}`}
                  className="underline underline-offset-2"
                  title="Its log"
                >
                  {name}
                </Link>
              </th>
              <td className="py-1 pr-3 font-mono whitespace-nowrap">
                {schedule} <span className="text-soft">{timezone}</span>
              </td>
              <td className="py-1 pr-3 font-mono wrap-anywhere">{command}</td>
              <td className="py-1 whitespace-nowrap">
                {nextAt ? absolute(Date.parse(nextAt), hydrated ? undefined : "UTC") : "not while paused"}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
