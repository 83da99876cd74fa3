import type { AppView } from "#lib/operations/views.ts";
import { duration } from "../ui/figures.ts";

/** How long visitors will wait, and what says so. */
export const fedForecastText = ({ windowMs, switches }: NonNullable<AppView["fedForecast"]>): string =>
  `About ${duration(windowMs)} of waiting: ${basisOf(switches)}.`;

/** What a forecast of a switch by a feed is based on. */
export const basisOf = (switches: number): string =>
  switches === 1
    ? "as long as the only switch by a feed so far"
    : `the median of the last ${switches} switches`;
