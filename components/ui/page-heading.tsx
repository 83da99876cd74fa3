import type { ReactNode } from "react";

export function PageHeading({
  title,
  children,
  note,
}: {
  title: ReactNode;
  note?: ReactNode;
  children?: ReactNode;
}) {
  return (
    <div className="mb-4 flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
      <div>
        <h1 className="text-xl font-semibold wrap-anywhere">{title}</h1>
        {note && <p className="mt-1 max-w-prose text-soft">{note}</p>}
      </div>
      {children && <div className="flex flex-wrap items-center gap-2">{children}</div>}
    </div>
  );
}
