import type { AppView } from "#lib/operations/views.ts";

/** Where a link to a domain leads: to it, or first to the door that lets a tester in. */
export function visitUrl(app: AppView, domain: AppView["domains"][number]): string {
  if (domain.audience === "public" || app.stagingAccess === "open") return domain.url;
  return `/apps/${encodeURIComponent(app.name)}/preview?host=${encodeURIComponent(domain.host)}`;
}
