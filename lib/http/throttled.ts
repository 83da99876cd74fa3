/** Attempts to get in, counted by account and by address. */
import { attempt, forgetOld, forgive, type ThrottleKey } from "#lib/auth/throttle.ts";
import { waitWords } from "#lib/auth/wait-words.ts";
import { clientAddress } from "./client-address.ts";
import { DoorError } from "./errors.ts";
import type { Installation } from "./installation.ts";

const MAX_BODY = 10_000;

/** Throws `too-many` with the time to wait; then the password was not even looked at. */
export async function throttledSignIn(
  request: Request,
  { store, environment }: Installation,
  signIn: (request: Request) => Promise<Response>,
): Promise<Response> {
  const body = await request.text();
  if (body.length > MAX_BODY) throw new DoorError("too-large", "The body is too large.");
  const address = clientAddress(request.headers, environment.trustedProxies);
  const keys: ThrottleKey[] = [`account:${emailIn(body)}`];
  if (address !== null) keys.push(`address:${address}`);
  const wait = await attempt(store, keys);
  if (wait !== null) {
    throw new DoorError("too-many", `Too many attempts. Try again in ${waitWords(wait)}.`, wait);
  }
  const answer = await signIn(new Request(request.url, { method: "POST", headers: request.headers, body }));
  if (answer.ok) {
    await forgive(store, keys);
    await forgetOld(store);
  }
  return answer;
}

/** A token that was no good. Throws `too-many` when there were very many from there. Good ones are never refused. */
export async function countBadToken({ store, environment }: Installation, headers: Headers): Promise<void> {
  const address = clientAddress(headers, environment.trustedProxies);
  const wait = address === null ? null : await attempt(store, [`token:${address}`]);
  if (wait === null) return;
  throw new DoorError("too-many", `Too many wrong tokens. Try again in ${waitWords(wait)}.`, wait);
}

/** Lower case. What is no address counts as one account: nobody's. */
function emailIn(body: string): string {
  try {
    const { email } = JSON.parse(body) as { email?: unknown };
    return typeof email === "string" ? email.trim().toLowerCase().slice(0, 200) : "";
  } catch {
    return "";
  }
}
