"use client";
import { type ReactNode, useId } from "react";
import type { Finding } from "#lib/engine/model.ts";
import { Button } from "../ui/button.tsx";
import type { ButtonLook } from "../ui/button-style.ts";
import { Findings } from "../ui/findings.tsx";
import { Hint } from "../ui/hint.tsx";

export const loadVerbDialog = () => import("./verb-dialog.tsx");

interface Props {
  /** Why not. Then it can still be focused and pressed, to read that. */
  refusals: Finding[];
  onAct(): void;
  look?: ButtonLook;
  size?: "normal" | "small" | "large";
  className?: string;
  shortcut?: { keys: string; title: string };
  children: ReactNode;
}

/** The button of a verb. One element whether refused or not, so that the focus stays when that changes. */
export function ActButton({ refusals, onAct, look, size, className, shortcut, children }: Props) {
  const why = useId();
  const refused = refusals.length > 0;
  return (
    <>
      <Hint
        trigger={
          <Button
            look={look}
            size={size}
            className={className}
            aria-haspopup="dialog"
            aria-disabled={refused || undefined}
            aria-describedby={refused ? why : undefined}
            aria-keyshortcuts={shortcut?.keys}
            title={refused ? undefined : shortcut?.title}
            onPointerEnter={loadVerbDialog}
            onFocus={loadVerbDialog}
            onClick={refused ? undefined : onAct}
          >
            {children}
          </Button>
        }
      >
        {refused && <Findings findings={refusals} />}
      </Hint>
      {refused && (
        <span id={why} hidden>
          {refusals.map((each) => `${each.what} ${each.remedy}`).join(" ")}
        </span>
      )}
    </>
  );
}
