/**
 * Findings that say that a feed does not carry everything now (read/feed-trouble.ts; the driver's own look before a
 * turn). An admin may roll back past them, at a cost.
 */
export const FEED_CODES: readonly string[] = [
  "feed-lost",
  "feed-stopped",
  "feed-late",
  "feed-unseen",
  "schema-changed",
];
