"use client";
import { Popover } from "@base-ui/react/popover";
import type { ReactElement, ReactNode } from "react";

/** An explanation beside its trigger, by hover, focus-and-press or touch. */
export function HintPopover({ trigger, children }: { trigger: ReactElement; children: ReactNode }) {
  return (
    <Popover.Root>
      <Popover.Trigger openOnHover delay={150} render={trigger} />
      <Popover.Portal>
        <Popover.Positioner sideOffset={6} collisionPadding={12} className="z-30">
          <Popover.Popup
            initialFocus={false}
            className="max-w-80 rounded-lg border border-edge bg-raised px-3 py-2 text-sm shadow-lg outline-none"
          >
            {children}
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}
