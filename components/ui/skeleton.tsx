/** Grey blocks while a page is on its way; the page says so in words once. */
export function Skeleton({ rows = 3, label = "Loading" }: { rows?: number; label?: string }) {
  return (
    <div role="status" aria-label={label} className="space-y-3">
      <div className="h-7 w-48 rounded bg-line" />
      {Array.from({ length: rows }, (_, row) => `row-${row}`).map((key) => (
        <div key={key} className="h-28 rounded-lg border border-line bg-panel" />
      ))}
    </div>
  );
}
