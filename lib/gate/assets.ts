/** Files of the release that was live before, for tabs that are still open. Pure. */
import type { AppRoutes, Audience, SlotRoute } from "./routes.ts";

/**
 * The slot to ask once when `slot`, which visitors reach, answers 404 to this request: the other one, if its release
 * says that files below that path are named by their content. Null: the 404 stands.
 */
export function lenderOf(
  routes: AppRoutes,
  audience: Audience,
  slot: SlotRoute,
  method: string,
  path: string,
): SlotRoute | null {
  if (audience !== "public" || (method !== "GET" && method !== "HEAD")) return null;
  const other = routes.slots.find((each) => each.slot !== slot.slot);
  if (!other?.assets.length || other.release === null || other.paused) return null;
  const query = path.indexOf("?");
  const file = query < 0 ? path : path.slice(0, query);
  const below = other.assets.some((prefix) => file.startsWith(`${prefix}/`));
  return below && isPlain(file) ? other : null;
}

/** Whether nobody can read it as a path that leads elsewhere, or to a folder. */
function isPlain(file: string): boolean {
  let decoded: string;
  try {
    decoded = decodeURIComponent(file);
  } catch {
    return false;
  }
  if (/[%\\]/.test(decoded)) return false;
  const [, ...segments] = decoded.split("/");
  return segments.every((segment) => segment !== "" && segment !== "." && segment !== "..");
}
