/** Scheme, host and port under which a browser sees the dashboard, from what the gateway passes on. */

/** Null when the request names no host of the dashboard. `dashboardHosts` are lower case, without port. */
export function siteOrigin(headers: Headers, dashboardHosts: string[]): string | null {
  const host = first(headers.get("x-forwarded-host")) ?? headers.get("host");
  if (host === null) return null;
  const scheme = first(headers.get("x-forwarded-proto")) === "https" ? "https" : "http";
  const url = URL.parse(`${scheme}://${host}`);
  if (url === null || url.pathname !== "/" || url.username !== "") return null;
  return dashboardHosts.includes(url.hostname) ||
    dashboardHosts.includes(url.hostname.replace(/^\[|\]$/g, ""))
    ? url.origin
    : null;
}

/** The outermost proxy's word comes first. */
const first = (header: string | null): string | null => header?.split(",", 1)[0]?.trim() || null;

/**
 * Whether a request that a cookie vouches for comes from the dashboard's own pages. Browsers send Origin with
 * every request that is not a GET or HEAD.
 */
export const isSameOrigin = (headers: Headers, dashboardHosts: string[]): boolean => {
  const own = siteOrigin(headers, dashboardHosts);
  return own !== null && headers.get("origin") === own;
};
