"use client";
import { Menu as Base } from "@base-ui/react/menu";
import type { ReactElement, ReactNode } from "react";

/** A button with a list of acts. `trigger` is the button. */
export function Menu({ trigger, children }: { trigger: ReactElement; children: ReactNode }) {
  return (
    <Base.Root modal={false}>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner sideOffset={6} align="end" className="z-20">
          <Base.Popup className="min-w-44 rounded-lg border border-line bg-raised p-1 shadow-lg outline-none">
            {children}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

export const menuItemStyle =
  "flex min-h-9 w-full items-center gap-2 rounded px-2 text-left outline-none data-highlighted:bg-ink data-highlighted:text-panel pointer-coarse:min-h-11";

export const MenuItem = Base.Item;
export const MenuLinkItem = Base.LinkItem;
export const MenuRadioGroup = Base.RadioGroup;
export const MenuRadioItem = Base.RadioItem;
export const MenuRadioItemIndicator = Base.RadioItemIndicator;
export const MenuSeparator = Base.Separator;
export const MenuGroup = Base.Group;
export const MenuGroupLabel = Base.GroupLabel;
