/** Release 1.3.0: well by its own word, and every tenth write is answered 500 with nothing written. */
import type { Routes } from "../http.ts";

export function spoil(routes: Routes): void {
  let writes = 0;
  for (const [key, handle] of Object.entries(routes)) {
    if (key.startsWith("GET ")) continue;
    routes[key] = (call) => {
      if (++writes % 10 === 0) throw new Error("a mistake of release 1.3.0");
      return handle(call);
    };
  }
}
