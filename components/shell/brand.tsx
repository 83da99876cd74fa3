import Link from "next/link";

/** Two tracks and the points between them. */
export function Brand() {
  return (
    <Link href="/" className="flex min-h-9 items-center gap-2 text-base font-semibold">
      <svg aria-hidden="true" viewBox="0 0 24 24" className="size-6" fill="none" strokeWidth="3">
        <path d="M1 7 H23" className="stroke-blue" />
        <path d="M1 17 H23" className="stroke-green" strokeDasharray="3 2" />
        <path d="M7 7 L15 17" stroke="currentColor" strokeWidth="2" />
      </svg>
      Signalbox
    </Link>
  );
}
