import { CircleAlert, Info, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";

const kinds = {
  info: { icon: Info, style: "border-edge bg-sunken text-ink", word: "Note" },
  warn: { icon: TriangleAlert, style: "border-warn bg-warn-wash text-ink", word: "Warning" },
  error: { icon: CircleAlert, style: "border-danger bg-danger-wash text-ink", word: "Problem" },
};

interface Props {
  kind?: keyof typeof kinds;
  title?: ReactNode;
  /** Announce it when it appears. */
  live?: boolean;
  children?: ReactNode;
}

/** What is wrong or worth knowing, in place. Its icon has a name, so that colour is not what tells. */
export function Notice({ kind = "info", title, live = false, children }: Props) {
  const { icon: Icon, style, word } = kinds[kind];
  const role = live ? (kind === "error" ? "alert" : "status") : undefined;
  return (
    <div role={role} className={`flex gap-2 rounded-md border px-3 py-2 ${style}`}>
      <Icon role="img" aria-label={word} className="mt-0.5 size-4 shrink-0" />
      <div className="min-w-0 space-y-1 wrap-anywhere">
        {title && <p className="font-medium">{title}</p>}
        {children}
      </div>
    </div>
  );
}
