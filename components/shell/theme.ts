export const THEME_COOKIE = "signalbox-theme";
export type Theme = "system" | "light" | "dark";

/** What the cookie says; anything else is the system's choice. */
export const readTheme = (value: string | undefined): Theme =>
  value === "light" || value === "dark" ? value : "system";
