/** Tries an address that somebody wants to adopt, and says in words what is wrong with it. */
import type { OriginAnswer } from "#lib/engine/adoption.ts";
import { Refusal } from "#lib/engine/ports.ts";
import { askOrigin, type OriginReply } from "./ask.ts";

/** Rejects with Refusal unless the address answers the path with 2xx. */
export async function probeOrigin(origin: string, path: string, signal: AbortSignal): Promise<OriginAnswer> {
  const reply = await askOrigin(origin, path, signal);
  if (reply.kind === "failed") throw unreached(origin, reply);
  const { status, server, ms } = reply;
  if (status >= 200 && status < 300) return { status, server, ms };
  const what = `${origin}${path} answers ${status}, and a healthy app answers 2xx.`;
  if (status >= 300 && status < 400) {
    throw new Refusal(
      "origin-redirects",
      what,
      "Name a health path that answers by itself, such as /healthz.",
    );
  }
  if (status === 404 || status === 401 || status === 403) {
    throw new Refusal(
      "health-path-wrong",
      what,
      "Name a health path that anybody may ask for, such as /healthz.",
    );
  }
  throw new Refusal("origin-unhealthy", what, "See what is wrong with the app, or name another health path.");
}

const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_|ALTNAME|SSL|TLS/;

function unreached(origin: string, { code, why }: Extract<OriginReply, { kind: "failed" }>): Refusal {
  if (code === "ECONNREFUSED") {
    return new Refusal(
      "origin-dead",
      `Nothing listens at ${origin}.`,
      "Start the app, or correct the port. A container must publish it on this machine.",
    );
  }
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") {
    return new Refusal(
      "origin-unknown-host",
      `${new URL(origin).hostname} is no known host.`,
      "Check the name.",
    );
  }
  if (code === "EPROTO" || code === "HPE_INVALID_CONSTANT" || code.startsWith("HPE_")) {
    return new Refusal(
      "origin-other-protocol",
      `What listens at ${origin} does not speak ${new URL(origin).protocol.slice(0, -1)} (${why}).`,
      "Try the other of http and https, or another port.",
    );
  }
  if (CERTIFICATE.test(code)) {
    return new Refusal(
      "origin-certificate",
      `The certificate of ${origin} is not to be trusted (${why}).`,
      "On the same machine use http. Else give it a certificate that Node trusts, or name its CA in NODE_EXTRA_CA_CERTS.",
    );
  }
  if (code === "ETIMEDOUT") {
    return new Refusal(
      "origin-silent",
      `${origin} did not answer in time.`,
      "See that no firewall is between, and that the app is not stuck.",
    );
  }
  return new Refusal("origin-unreachable", `${origin} can't be reached (${why}).`, "Check the address.");
}
