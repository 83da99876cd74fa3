/** Where to go after signing in: a path of this dashboard, never another site. */
export function ownPath(asked: unknown): string {
  if (typeof asked !== "string" || !asked.startsWith("/")) return "/";
  const here = "http://dashboard.invalid";
  const url = URL.parse(asked, here);
  return url?.origin === here ? url.pathname + url.search : "/";
}
