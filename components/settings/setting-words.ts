/** What each setting does, in the order of the page. */

export type Unit = "ms" | "bytes" | "count";

export interface SettingWords {
  /** `limits.bodyBytes` for one in a group. */
  key: string;
  label: string;
  unit: Unit;
  does: string;
  /** Empty means null. */
  nullable?: boolean;
}

/** The group that has a choice beside its figures. */
export const AFTER_A_SWAP = "After a swap";

export const SETTING_GROUPS: { title: string; settings: SettingWords[] }[] = [
  {
    title: "Switching",
    settings: [
      {
        key: "windowMs",
        label: "Window",
        unit: "ms",
        does: "From the hold to the commit. Past it a swap goes back and live serves on.",
      },
      {
        key: "drainMs",
        label: "Drain",
        unit: "ms",
        does: "How long requests under way are waited for. None is cut off: past it the run goes back.",
      },
      {
        key: "verifyMs",
        label: "Comparing contents",
        unit: "ms",
        does: "How long the rows of both slots are compared before a swap, at most. Nobody waits meanwhile.",
      },
      {
        key: "holdSpareMs",
        label: "Hold beyond the window",
        unit: "ms",
        does: "Visitors go on waiting for that long, for a swap that goes back.",
      },
      {
        key: "expireSpareMs",
        label: "End of a forgotten hold",
        unit: "ms",
        does: "So long after the hold its lock counts as absent, even if nobody removed it.",
      },
    ],
  },
  {
    title: AFTER_A_SWAP,
    settings: [
      {
        key: "watch.forMs",
        label: "Watched",
        unit: "ms",
        does: "How long visitors' errors and waits are held against those before the swap.",
      },
      {
        key: "watch.graceMs",
        label: "Grace after the window",
        unit: "ms",
        does: "What comes so soon says nothing yet.",
      },
      {
        key: "watch.minRequests",
        label: "Requests needed",
        unit: "count",
        does: "Fewer say nothing, before as after.",
      },
      {
        key: "watch.errorPercent",
        label: "Failures tolerated",
        unit: "count",
        does: "Of a hundred requests, or of a hundred writes. Fewer are never bad.",
      },
      {
        key: "watch.errorRatio",
        label: "Times as many failures",
        unit: "count",
        does: "As before the swap, and it is bad.",
      },
      { key: "watch.p95Ratio", label: "Times the p95", unit: "count", does: "From before, and it is bad." },
      { key: "watch.p95FloorMs", label: "p95 tolerated", unit: "ms", does: "Below it none is bad." },
      {
        key: "watch.looks",
        label: "Looks",
        unit: "count",
        does: "One every two seconds; so many must find it bad before Signalbox goes back by itself.",
      },
    ],
  },
  {
    title: "Processes",
    settings: [
      {
        key: "stopGraceMs",
        label: "Grace",
        unit: "ms",
        does: "From SIGTERM to SIGKILL, for processes, jobs and commands.",
      },
      {
        key: "healthTimeoutMs",
        label: "Health",
        unit: "ms",
        does: "How long a started process may take to answer its health path well.",
      },
      {
        key: "healthGoodAnswers",
        label: "Good answers",
        unit: "count",
        does: "One after another before a process counts as healthy.",
      },
      {
        key: "warmMs",
        label: "Warm-up",
        unit: "ms",
        does: "How long the idle release is asked for its warm paths before a switch.",
      },
      { key: "jobTimeoutMs", label: "Commands", unit: "ms", does: "How long a one-off command may run." },
    ],
  },
  {
    title: "Releases",
    settings: [
      { key: "buildTimeoutMs", label: "Build", unit: "ms", does: "How long fetching and building may take." },
      {
        key: "releaseTimeoutMs",
        label: "Release command",
        unit: "ms",
        does: "How long a release's own command may take.",
      },
      {
        key: "keepReleases",
        label: "Kept",
        unit: "count",
        does: "Releases that stay on the disk. Those in a slot always do.",
      },
      {
        key: "keepReleaseBytes",
        label: "Kept at most",
        unit: "bytes",
        does: "Of all releases together; older ones go first.",
      },
      {
        key: "minFreeBytes",
        label: "Disk left free",
        unit: "bytes",
        does: "What the disk must have left after a release was installed.",
      },
    ],
  },
  {
    title: "Limits of the gateway",
    settings: [
      {
        key: "limits.headerBytes",
        label: "Headers",
        unit: "bytes",
        does: "With the first line; more is answered 431.",
      },
      {
        key: "limits.bodyBytes",
        label: "Body",
        unit: "bytes",
        does: "More is answered 413. Empty: any size.",
        nullable: true,
      },
      {
        key: "limits.idleMs",
        label: "Idle",
        unit: "ms",
        does: "Without a byte either way while the slot has the request. 0: for ever.",
      },
      {
        key: "limits.totalMs",
        label: "Total",
        unit: "ms",
        does: "From the slot having the request to the end of its answer, streams excepted. 0: for ever.",
      },
    ],
  },
];

type Values = Record<string, unknown>;

/** The value of `limits.bodyBytes` in what the server sent. */
export function valueAt(values: object, key: string): number | null {
  const found = key.split(".").reduce<unknown>((at, part) => (at as Values | undefined)?.[part], values);
  return typeof found === "number" ? found : null;
}

/** As the operation takes it: { limits: { bodyBytes: 1 } }. */
export function changeOf(key: string, value: number | null): Values {
  const [group, inner] = key.split(".");
  return inner === undefined ? { [group!]: value } : { [group!]: { [inner]: value } };
}
