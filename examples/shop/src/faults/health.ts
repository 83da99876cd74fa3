/** Release 1.2.0: starts, and never says that it is well. */
import type { Routes } from "../http.ts";

export function spoil(routes: Routes): void {
  routes["GET /healthz"] = () => ({ status: 503, json: { error: "this release is never healthy" } });
}
