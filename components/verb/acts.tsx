"use client";
import { createContext, type ReactNode, useContext } from "react";
import type { Finding, Verb } from "#lib/engine/model.ts";
import type { Outcome } from "../ui/outcome.ts";
import type { VerbInput } from "./consequences.ts";

/** The acts that pages hand down: server actions, so that no component knows where they lead. */
export interface Acts {
  /** Answers the run's id. The same key on the same app is the same run. */
  request(app: string, verb: Verb, input: VerbInput, idempotencyKey: string): Promise<Outcome<string>>;
  cancel(runId: string): Promise<Outcome<string>>;
  /** Why the person may not act at all; null when they may. */
  notAllowed: Finding | null;
  /** Apps in which the person is admin, and may make forced choices; null: in all. */
  adminOf: string[] | null;
}

const Context = createContext<Acts | null>(null);

export function ActsProvider({ children, ...acts }: Acts & { children: ReactNode }) {
  return <Context value={acts}>{children}</Context>;
}

export const isAdminOf = ({ adminOf }: Acts, app: string): boolean =>
  adminOf === null || adminOf.includes(app);

export function useActs(): Acts {
  const acts = useContext(Context);
  if (!acts) throw new Error("useActs needs an ActsProvider above it.");
  return acts;
}
