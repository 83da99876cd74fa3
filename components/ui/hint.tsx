"use client";
import { Tooltip } from "@base-ui/react/tooltip";
import { type ReactElement, type ReactNode, useState } from "react";

interface Props {
  trigger: ReactElement;
  /** Nothing: there is nothing to explain, and the trigger acts as it would without. */
  children: ReactNode;
}

/**
 * An explanation beside its trigger: on hover, on focus, and by touch. The trigger describes itself to screen
 * readers (aria-describedby); this is for the eye.
 */
export function Hint({ trigger, children }: Props) {
  const [open, setOpen] = useState(false);
  const off = !children;
  return (
    <Tooltip.Root open={open && !off} onOpenChange={setOpen} disabled={off}>
      <Tooltip.Trigger delay={150} closeOnClick={off} onClick={() => setOpen(!off)} render={trigger} />
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
