import type { ReactNode } from "react";

interface Props {
  title: string;
  /** h1 where it is the whole page. */
  heading?: "h1" | "h2";
  children?: ReactNode;
}

export function EmptyState({ title, heading: Heading = "h2", children }: Props) {
  return (
    <div className="rounded-lg border border-dashed border-edge bg-panel px-6 py-10 text-center">
      <Heading className="text-base font-semibold">{title}</Heading>
      {children && <div className="mx-auto mt-2 max-w-prose space-y-3 text-soft">{children}</div>}
    </div>
  );
}
