/** Addresses of the dashboard's own pages, for links that are handed over. */
import type { OperationContext } from "./context.ts";
import { siteUrl } from "./read/app-view.ts";

/** Under the host by which the asker came, or the first that the dashboard has. */
export const dashboardUrl = (
  { site, dashboardHosts }: Pick<OperationContext, "site" | "dashboardHosts">,
  path: string,
): string => new URL(path, siteUrl(site, site.host ?? dashboardHosts[0] ?? "localhost")).href;
