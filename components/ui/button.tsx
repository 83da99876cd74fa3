import { LoaderCircle } from "lucide-react";
import type { ComponentProps } from "react";
import { type ButtonLook, buttonStyle } from "./button-style.ts";

interface Props extends ComponentProps<"button"> {
  look?: ButtonLook;
  size?: "normal" | "small" | "large";
  /** Disables it and says so to screen readers while an act is under way. */
  pending?: boolean;
}

export function Button({ look, size, pending = false, className, children, disabled, ...rest }: Props) {
  return (
    <button
      type="button"
      {...rest}
      disabled={disabled || pending}
      aria-busy={pending || undefined}
      className={buttonStyle(look, size, className)}
    >
      {pending && <LoaderCircle aria-hidden className="size-4 motion-safe:animate-spin" />}
      {children}
    </button>
  );
}
