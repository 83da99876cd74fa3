"use client";
import { Check, Monitor, Moon, Sun } from "lucide-react";
import { useState } from "react";
import { Button } from "../ui/button.tsx";
import { Menu, MenuRadioGroup, MenuRadioItem, MenuRadioItemIndicator, menuItemStyle } from "../ui/menu.tsx";
import { THEME_COOKIE, type Theme } from "./theme.ts";

const choices = [
  { value: "system", label: "As the system", icon: Monitor },
  { value: "light", label: "Light", icon: Sun },
  { value: "dark", label: "Dark", icon: Moon },
] as const;

/** Light or dark by hand. A cookie, so that the server writes the right page at once. */
export function ThemeSwitch({ initial }: { initial: Theme }) {
  const [theme, setTheme] = useState<Theme>(initial);
  const Icon = choices.find((choice) => choice.value === theme)?.icon ?? Monitor;

  function choose(next: Theme) {
    setTheme(next);
    if (next === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = next;
    // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is missing where the page has no secure origin
    document.cookie = `${THEME_COOKIE}=${next}; path=/; max-age=31536000; samesite=lax`;
  }

  return (
    <Menu
      trigger={
        <Button look="quiet" aria-label="Colours">
          <Icon aria-hidden className="size-4" />
        </Button>
      }
    >
      <MenuRadioGroup value={theme} onValueChange={choose}>
        {choices.map((choice) => (
          <MenuRadioItem key={choice.value} value={choice.value} className={menuItemStyle} closeOnClick>
            <choice.icon aria-hidden className="size-4" />
            {choice.label}
            <MenuRadioItemIndicator className="ml-auto">
              <Check aria-hidden className="size-4" />
            </MenuRadioItemIndicator>
          </MenuRadioItem>
        ))}
      </MenuRadioGroup>
    </Menu>
  );
}
