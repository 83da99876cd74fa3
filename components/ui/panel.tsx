import { type ReactNode, useId } from "react";

interface Props {
  title: ReactNode;
  /** At the right of the heading. */
  aside?: ReactNode;
  children: ReactNode;
  className?: string;
  headingLevel?: "h2" | "h3";
}

/** A titled section of a page. */
export function Panel({ title, aside, children, className = "", headingLevel: Heading = "h2" }: Props) {
  const id = useId();
  return (
    <section aria-labelledby={id} className={`min-w-0 rounded-lg border border-line bg-panel ${className}`}>
      <header className="flex flex-wrap items-center justify-between gap-x-3 gap-y-1 px-4 pt-3">
        <Heading id={id} className="text-sm font-semibold">
          {title}
        </Heading>
        {aside}
      </header>
      <div className="px-4 pt-2 pb-4">{children}</div>
    </section>
  );
}
