/** Lets a tester in to an app's staging domains. */
import { readSecretKey } from "#lib/config/open-home.ts";
import { ENTER_PATH, issueStagingPass } from "#lib/gateway/staging-pass.ts";
import { type OperationContext, requireRole } from "../context.ts";
import { notFound } from "../errors.ts";
import { siteUrl } from "./app-view.ts";

/** Nobody can take it back before, so it is not long. */
const PASS_MS = 4 * 3_600_000;

export interface StagingPass {
  /** ISO date. */
  expiresAt: string;
  /** Each opens that domain in the browser that follows it. */
  urls: { host: string; url: string }[];
}

/** Needs tester. Throws `not-found`. */
export async function stagingPass(context: OperationContext, name: string): Promise<StagingPass> {
  requireRole(context, "tester", name);
  const app = await context.store.app.findUnique({
    where: { name },
    include: { domains: { where: { audience: "staging" }, orderBy: { host: "asc" } } },
  });
  if (!app) throw notFound(`There is no app named ${name}.`);
  const expiresAt = Date.now() + PASS_MS;
  const pass = issueStagingPass(readSecretKey(context.home), name, expiresAt);
  return {
    expiresAt: new Date(expiresAt).toISOString(),
    urls: app.domains.map(({ host }) => ({
      host,
      url: new URL(`${ENTER_PATH}?pass=${encodeURIComponent(pass)}`, siteUrl(context.site, host)).href,
    })),
  };
}
