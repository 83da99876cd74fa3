/**
 * A tester's pass: a signed statement that its bearer may see one app's staging domain until a certain time, or until
 * the share link that it came by is revoked.
 */
import { createHmac, timingSafeEqual } from "node:crypto";

export const ENTER_PATH = "/.well-known/signalbox/enter";
export const PASS_COOKIE = "signalbox_pass";

const sign = (secretKey: string, claim: string): string =>
  createHmac("sha256", secretKey).update(`staging-pass\n${claim}`).digest("base64url");

/**
 * The pass for `<staging host>/.well-known/signalbox/enter?pass=…`. `expiresAt` in epoch milliseconds; `share`: id of
 * the share link, without dots.
 */
export function issueStagingPass(secretKey: string, app: string, expiresAt: number, share?: string): string {
  const claim = [app, Math.floor(expiresAt), ...(share === undefined ? [] : [share])].join(".");
  return `${claim}.${sign(secretKey, claim)}`;
}

/** Expiry of a pass that is good for the app now, else null. `shares`: ids of the app's links that still hold. */
export function checkStagingPass(
  secretKey: string,
  { app, shares }: { app: string; shares?: readonly string[] | undefined },
  pass: string,
  now = Date.now(),
): number | null {
  const parts = pass.split(".");
  const signature = parts.pop();
  const [named, expires, share, more] = parts;
  if (named !== app || expires === undefined || signature === undefined || more !== undefined) return null;
  const expected = Buffer.from(sign(secretKey, parts.join(".")));
  const given = Buffer.from(signature);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return null;
  if (share !== undefined && !shares?.includes(share)) return null;
  const expiresAt = Number(expires);
  return expiresAt > now ? expiresAt : null;
}

/** Value of our cookie in a Cookie header. */
export function passIn(cookies: string | undefined): string | null {
  if (cookies === undefined || !cookies.includes(PASS_COOKIE)) return null;
  for (const part of cookies.split(";")) {
    const [name, value] = part.trim().split("=", 2);
    if (name === PASS_COOKIE && value !== undefined) return value;
  }
  return null;
}

/** The Cookie header without ours: the app has no use for it. Null: nothing is left. */
export function withoutPass(cookies: string): string | null {
  if (!cookies.includes(PASS_COOKIE)) return cookies;
  const rest = cookies.split(";").filter((part) => part.trim().split("=", 1)[0] !== PASS_COOKIE);
  return rest.length === 0 ? null : rest.join(";").trim();
}
