"use client";
import { Monitor, Moon, Sun } from "lucide-react";
import { useState } from "react";
import { Button } from "../ui/button.tsx";
import { THEME_COOKIE, type Theme } from "./theme.ts";

const round: { theme: Theme; label: string; icon: typeof Sun }[] = [
  { theme: "system", label: "Colours: as the system", icon: Monitor },
  { theme: "light", label: "Colours: light", icon: Sun },
  { theme: "dark", label: "Colours: dark", icon: Moon },
];

/** Light or dark by hand, one press at a time. A cookie, so that the server writes the right page at once. */
export function ThemeSwitch({ initial }: { initial: Theme }) {
  const [theme, setTheme] = useState<Theme>(initial);
  const at = round.findIndex((each) => each.theme === theme);
  const { label, icon: Icon } = round[at] ?? round[0]!;

  function change() {
    const next = round[(at + 1) % round.length]!.theme;
    setTheme(next);
    if (next === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = next;
    // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is missing where the page has no secure origin
    document.cookie = `${THEME_COOKIE}=${next}; path=/; max-age=31536000; samesite=lax`;
  }

  return (
    <Button look="quiet" aria-label={label} title={label} onClick={change}>
      <Icon aria-hidden className="size-4" />
    </Button>
  );
}
