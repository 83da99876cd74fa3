"use client";
import { Tooltip } from "@base-ui/react/tooltip";
import { type ReactElement, type ReactNode, useState } from "react";

/**
 * An explanation beside its trigger: on hover, on focus, and by touch. The trigger describes itself to screen
 * readers (aria-describedby); this is for the eye.
 */
export function Hint({ trigger, children }: { trigger: ReactElement; children: ReactNode }) {
  const [open, setOpen] = useState(false);
  return (
    <Tooltip.Root open={open} onOpenChange={setOpen}>
      <Tooltip.Trigger delay={150} closeOnClick={false} onClick={() => setOpen(true)} render={trigger} />
      <Tooltip.Portal>
        <Tooltip.Positioner sideOffset={6} collisionPadding={12} className="z-30">
          <Tooltip.Popup
            role="tooltip"
            className="max-w-80 rounded-lg border border-edge bg-raised px-3 py-2 text-sm shadow-lg"
          >
            {children}
          </Tooltip.Popup>
        </Tooltip.Positioner>
      </Tooltip.Portal>
    </Tooltip.Root>
  );
}
