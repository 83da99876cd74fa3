"use client";
import { Dialog as Base } from "@base-ui/react/dialog";
import { X } from "lucide-react";
import type { ReactNode, RefObject } from "react";
import { buttonStyle } from "./button-style.ts";

interface Props {
  open: boolean;
  onOpenChange(open: boolean): void;
  title: ReactNode;
  description?: ReactNode;
  initialFocus?: RefObject<HTMLElement | null>;
  /** False while an act is under way: the answer must be seen. */
  dismissible?: boolean;
  children: ReactNode;
  footer: ReactNode;
}

/** A modal dialog; on a phone a sheet at the bottom with its buttons within the thumb's reach. */
export function Dialog({
  open,
  onOpenChange,
  title,
  description,
  initialFocus,
  dismissible = true,
  children,
  footer,
}: Props) {
  return (
    <Base.Root
      open={open}
      onOpenChange={(next) => (next || dismissible) && onOpenChange(next)}
      disablePointerDismissal
    >
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 bg-black/50 transition-opacity data-ending-style:opacity-0 data-starting-style:opacity-0" />
        <Base.Viewport className="fixed inset-0 flex items-end justify-center sm:items-center sm:p-6">
          <Base.Popup
            initialFocus={initialFocus}
            className="flex max-h-[calc(100dvh-2rem)] w-full flex-col rounded-t-xl border border-line bg-panel shadow-xl outline-none sm:max-w-xl sm:rounded-xl"
          >
            <header className="flex items-start justify-between gap-4 px-5 pt-4">
              <div>
                <Base.Title className="text-base font-semibold">{title}</Base.Title>
                {description && (
                  <Base.Description className="mt-0.5 text-soft">{description}</Base.Description>
                )}
              </div>
              <Base.Close
                aria-label="Close"
                disabled={!dismissible}
                className={buttonStyle("quiet", "small", "-mr-2")}
              >
                <X aria-hidden className="size-4" />
              </Base.Close>
            </header>
            <div className="min-h-0 flex-1 space-y-4 overflow-y-auto px-5 py-4">{children}</div>
            <footer className="flex flex-wrap justify-end gap-2 border-t border-line px-5 py-3 max-sm:flex-col-reverse">
              {footer}
            </footer>
          </Base.Popup>
        </Base.Viewport>
      </Base.Portal>
    </Base.Root>
  );
}
