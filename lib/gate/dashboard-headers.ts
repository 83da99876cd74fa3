/** What a browser is told about every answer of the dashboard. No tenant's answer gets any of it. */

export interface DashboardAnswer {
  /** New for each request; scripts and styles that carry it run. */
  nonce: string;
  /** Whether the browser came by https. */
  secure: boolean;
  /** While developing, React and Next want more. */
  dev?: boolean;
}

/** The policy goes to Next with the request too, which reads the nonce in it. */
export function contentSecurityPolicy({
  nonce,
  dev = false,
}: Pick<DashboardAnswer, "nonce" | "dev">): string {
  return [
    "default-src 'none'",
    `script-src 'nonce-${nonce}' 'strict-dynamic'${dev ? " 'unsafe-eval'" : ""}`,
    `style-src-elem 'self' ${dev ? "'unsafe-inline'" : `'nonce-${nonce}'`}`,
    // Positions and sizes that components compute; an attribute can't load or run anything.
    "style-src-attr 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    `connect-src 'self'${dev ? " ws:" : ""}`,
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; ");
}

export const dashboardHeaders = (answer: DashboardAnswer): Record<string, string> => ({
  "content-security-policy": contentSecurityPolicy(answer),
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  // Not no-referrer: with that browsers send `Origin: null`, and acts could not be told from strangers'.
  "referrer-policy": "same-origin",
  "permissions-policy":
    "camera=(), microphone=(), geolocation=(), payment=(), usb=(), bluetooth=(), serial=(), hid=(), midi=()",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  // Not for subdomains: apps may live there, and decide for themselves.
  ...(answer.secure && { "strict-transport-security": "max-age=31536000" }),
});
