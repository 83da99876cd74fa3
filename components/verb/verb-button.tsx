"use client";
import dynamic from "next/dynamic";
import { type ReactNode, useId, useState } from "react";
import type { Finding, Verb } from "#lib/engine/model.ts";
import { Button } from "../ui/button.tsx";
import type { ButtonLook } from "../ui/button-style.ts";
import { Findings } from "../ui/findings.tsx";
import { Hint } from "../ui/hint.tsx";
import { useActs } from "./acts.tsx";
import type { VerbInput } from "./consequences.ts";
import type { Scene } from "./scene.ts";

const load = () => import("./verb-dialog.tsx");
const VerbDialog = dynamic(() => load().then((module) => module.VerbDialog), { ssr: false });

interface Props {
  verb: Verb;
  scene: Scene;
  input?: VerbInput;
  /** Reasons against it, as the interlocking tells them. */
  findings: Finding[];
  look?: ButtonLook;
  size?: "normal" | "small" | "large";
  className?: string;
  /** For whoever would take the button away because of news: the dialog goes with it. */
  onOpenChange?(open: boolean): void;
  children: ReactNode;
}

/** What the dialog was opened for; news must not turn it into another act under the operator's hands. */
interface Asked {
  verb: Verb;
  input: VerbInput;
}

/** Opens the verb's dialog; where it is refused, it can still be focused and pressed to read why. */
export function VerbButton({
  verb,
  scene,
  input = {},
  findings,
  look,
  size,
  className,
  onOpenChange,
  children,
}: Props) {
  const { notAllowed } = useActs();
  const [opened, setOpened] = useState(0);
  const [asked, setAsked] = useState<Asked | null>(null);
  const [open, setOpen] = useState(false);
  const why = useId();
  const refusals = [
    ...(notAllowed ? [notAllowed] : []),
    ...findings.filter((each) => each.severity === "refuse"),
  ];

  const show = (next: boolean) => {
    setOpen(next);
    onOpenChange?.(next);
  };

  // Somebody else's run does not close an open dialog: its answer says who is at it.
  if (refusals.length > 0 && !open) {
    return (
      <>
        <Hint
          trigger={
            <Button look={look} size={size} className={className} aria-disabled="true" aria-describedby={why}>
              {children}
            </Button>
          }
        >
          <Findings findings={refusals} />
        </Hint>
        <span id={why} hidden>
          {refusals.map((each) => `${each.what} ${each.remedy}`).join(" ")}
        </span>
      </>
    );
  }
  return (
    <>
      <Button
        look={look}
        size={size}
        className={className}
        aria-haspopup="dialog"
        onPointerEnter={load}
        onFocus={load}
        onClick={() => {
          setOpened((before) => before + 1);
          setAsked({ verb, input });
          show(true);
        }}
      >
        {children}
      </Button>
      {/* A new dialog each time, so that nothing of the last one (fields, key, error) is left in it. */}
      {asked && <VerbDialog key={opened} {...asked} scene={scene} open={open} onClose={() => show(false)} />}
    </>
  );
}
