/** `name`, `name.`, `name:port`, `[v6]`, `[v6]:port`. */
const HOST = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9_-][a-z0-9._-]*?)\.?)(?::\d{0,5})?$/;

/** A Host header as routes know it: lower case, without port and without the dot that may end it. Null: no usable host. */
export function hostOf(header: string | undefined): string | null {
  if (!header) return null;
  const match = HOST.exec(header.trim().toLowerCase());
  return match?.[1] ?? match?.[2] ?? null;
}
