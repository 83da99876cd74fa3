/** How much of a copy is done, of the estimate made when it began. */
export function CopyProgress({ share }: { share: number }) {
  return (
    <progress
      value={share}
      aria-label="Copied"
      className="h-2 w-full appearance-none overflow-hidden rounded bg-line [&::-moz-progress-bar]:bg-ink [&::-webkit-progress-bar]:bg-line [&::-webkit-progress-value]:bg-ink"
    />
  );
}
