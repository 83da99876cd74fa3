import type { AdoptionItem } from "#lib/engine/adoption.ts";

export const good = (code: string, what: string): AdoptionItem => ({
  code,
  severity: "ok",
  what,
  remedy: "",
  sql: null,
});

const say =
  (severity: "warn" | "refuse") =>
  (code: string, what: string, remedy: string, sql: string | null = null): AdoptionItem => ({
    code,
    severity,
    what,
    remedy,
    sql,
  });

export const warn = say("warn");
export const refuse = say("refuse");
