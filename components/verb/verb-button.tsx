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
  children: ReactNode;
}

/** Opens the verb's dialog; where it is refused, it can still be focused and pressed to read why. */
export function VerbButton({ verb, scene, input = {}, findings, look, size, className, children }: Props) {
  const { notAllowed } = useActs();
  const [opened, setOpened] = useState(0);
  const [open, setOpen] = useState(false);
  const why = useId();
  const refusals = [
    ...(notAllowed ? [notAllowed] : []),
    ...findings.filter((each) => each.severity === "refuse"),
  ];

  if (refusals.length > 0) {
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
          setOpen(true);
        }}
      >
        {children}
      </Button>
      {/* A new dialog each time, so that nothing of the last one (fields, key, error) is left in it. */}
      {opened > 0 && (
        <VerbDialog
          key={opened}
          verb={verb}
          scene={scene}
          input={input}
          open={open}
          onClose={() => setOpen(false)}
        />
      )}
    </>
  );
}
