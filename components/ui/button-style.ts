/** Looks of things that are pressed: buttons, and links that read as buttons. */
export type ButtonLook = "primary" | "outline" | "quiet" | "danger" | "danger-outline";

const base =
  "inline-flex items-center justify-center gap-2 rounded-md border font-medium whitespace-nowrap select-none " +
  "transition-colors pointer-coarse:min-h-11 disabled:opacity-60 aria-disabled:opacity-60";

const looks: Record<ButtonLook, string> = {
  primary: "border-ink bg-ink text-panel enabled:hover:bg-soft enabled:hover:border-soft",
  outline: "border-edge bg-panel text-ink hover:bg-sunken",
  quiet: "border-transparent bg-transparent text-ink hover:bg-line/50",
  danger: "border-danger-fill bg-danger-fill text-white enabled:hover:brightness-110",
  "danger-outline": "border-danger text-danger bg-panel hover:bg-danger-wash",
};

const sizes = {
  normal: "min-h-9 px-3 text-sm",
  small: "min-h-7 px-2 text-xs",
  large: "min-h-11 px-4 text-base",
};

export const buttonStyle = (look: ButtonLook = "outline", size: keyof typeof sizes = "normal", extra = "") =>
  `${base} ${looks[look]} ${sizes[size]} ${extra}`;
