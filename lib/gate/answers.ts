/** Every answer that a door gives by itself, in the words that visitors read. */
import type { RefusalReason } from "./decide.ts";

export type OwnReason =
  | RefusalReason
  | "busy"
  | "unknown-host"
  | "no-answer"
  | "no-dashboard"
  | "timed-out"
  | "too-slow"
  | "headers-too-large"
  | "body-too-large"
  | "testers-only"
  | "bad-pass"
  | "too-large"
  | "length-required"
  | "bad-request";

export interface OwnAnswer {
  reason: OwnReason;
  /** Instead of the usual sentence. Plain text. */
  message?: string | null;
  /** Seconds; only sent with 503. */
  retryAfter?: number;
  requestId?: string;
}

export const ANSWERS: Record<OwnReason, { status: number; title: string; text: string }> = {
  maintenance: {
    status: 503,
    title: "Down for maintenance",
    text: "This site is being worked on and will be back shortly.",
  },
  paused: { status: 503, title: "Paused", text: "This site is paused and will be back later." },
  "nothing-live": {
    status: 503,
    title: "Nothing here yet",
    text: "No release is published at this address.",
  },
  busy: {
    status: 503,
    title: "One moment, please",
    text: "Too many visitors are waiting at the moment. Please try again in a few seconds.",
  },
  "unknown-host": { status: 404, title: "Not found", text: "No app is published at this address." },
  "no-answer": { status: 502, title: "No answer", text: "The app behind this address does not answer." },
  "no-dashboard": {
    status: 503,
    title: "The dashboard is starting",
    text: "It does not answer at the moment. The apps are served all the same.",
  },
  "timed-out": {
    status: 504,
    title: "No answer in time",
    text: "The app behind this address took too long to answer. It may have done what it was asked to do.",
  },
  "too-slow": { status: 408, title: "Too slow", text: "The request did not arrive in time." },
  "headers-too-large": {
    status: 431,
    title: "Headers too large",
    text: "The request's headers are larger than this address accepts.",
  },
  "body-too-large": {
    status: 413,
    title: "Too large",
    text: "The request's body is larger than this address accepts.",
  },
  "testers-only": {
    status: 403,
    title: "For testers",
    text: "This is a staging address. Open it with the tester link from the dashboard; whoever runs this app can make one for you.",
  },
  "bad-pass": {
    status: 403,
    title: "This link is no longer valid",
    text: "The tester link has expired or is incomplete. Ask whoever runs this app for a new one.",
  },
  "too-large": {
    status: 413,
    title: "Too large for this address",
    text: "This address accepts request bodies up to 10 MB. Larger ones must be sent to the gateway's own port.",
  },
  "length-required": {
    status: 411,
    title: "Length required",
    text: "This address accepts request bodies only with a Content-Length. Send others to the gateway's own port.",
  },
  "bad-request": { status: 400, title: "Bad request", text: "The request can't be passed on as it is." },
};
