"use client";
import { Check, Copy } from "lucide-react";
import { useState } from "react";
import { Button } from "./button.tsx";

/** Copies text; where the browser refuses (no secure origin), says to copy by hand. */
export function CopyButton({ text, label = "Copy" }: { text: string; label?: string }) {
  const [said, setSaid] = useState<"" | "Copied" | "Select it and copy by hand">("");
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setSaid("Copied");
    } catch {
      setSaid("Select it and copy by hand");
    }
  };
  return (
    <span className="inline-flex items-center gap-2">
      <Button size="small" onClick={copy}>
        {said === "Copied" ? (
          <Check aria-hidden className="size-3.5" />
        ) : (
          <Copy aria-hidden className="size-3.5" />
        )}
        {label}
      </Button>
      <span role="status" className="text-xs text-soft">
        {said}
      </span>
    </span>
  );
}
