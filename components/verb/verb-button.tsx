"use client";
import dynamic from "next/dynamic";
import { type ReactNode, useState } from "react";
import type { Finding, Verb } from "#lib/engine/model.ts";
import type { ButtonLook } from "../ui/button-style.ts";
import { ActButton, loadVerbDialog } from "./act-button.tsx";
import { useActs } from "./acts.tsx";
import type { VerbInput } from "./consequences.ts";
import type { Scene } from "./scene.ts";

const VerbDialog = dynamic(() => loadVerbDialog().then((module) => module.VerbDialog), { ssr: false });

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

interface Asked {
  id: number;
  verb: Verb;
  scene: Scene;
  input: VerbInput;
}

/** Opens the verb's dialog, or says why it is refused. */
export function VerbButton({ verb, scene, input = {}, findings, onOpenChange, children, ...looks }: Props) {
  const { notAllowed } = useActs();
  const [open, setOpen] = useState(false);
  // What was asked for when the button was pressed, and in which state of the app: news must not turn an open
  // dialog into another act, such as a swap to green into one to blue.
  const [asked, setAsked] = useState<Asked | null>(null);
  const refusals = [
    ...(notAllowed ? [notAllowed] : []),
    ...findings.filter((each) => each.severity === "refuse"),
  ];

  const show = (next: boolean) => {
    setOpen(next);
    onOpenChange?.(next);
  };

  function act() {
    setAsked((before) => ({ id: (before?.id ?? 0) + 1, verb, scene, input }));
    show(true);
  }

  return (
    <>
      <ActButton refusals={refusals} onAct={act} {...looks}>
        {children}
      </ActButton>
      {/* A new dialog each time, so that nothing of the last one (fields, key, error) is left in it. */}
      {asked && (
        <VerbDialog
          key={asked.id}
          verb={asked.verb}
          scene={asked.scene}
          input={asked.input}
          open={open}
          onClose={() => show(false)}
        />
      )}
    </>
  );
}
