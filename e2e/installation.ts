/** What the installation under test said about itself, known in every worker. */
import { z } from "zod";

const announcement = z.object({
  dashboardUrl: z.string(),
  publicUrl: z.string(),
  stagingUrl: z.string(),
  gatewayPort: z.number().int(),
  signInUrl: z.string(),
  apiToken: z.string(),
  maintenanceDir: z.string(),
  home: z.string(),
});
export type Announced = z.infer<typeof announcement>;

const VARIABLE = "SIGNALBOX_E2E";

/** The demo's line. Throws when it is not one. */
export const announced = (line: string): Announced => announcement.parse(JSON.parse(line));

/** Workers inherit the environment of whoever starts them. */
export function announce(facts: Announced): void {
  process.env[VARIABLE] = JSON.stringify(facts);
}

export const site: Announced = announced(process.env[VARIABLE] ?? placeholder());

/** Files are also read where nothing runs, to list the tests. */
function placeholder(): string {
  return JSON.stringify({
    ...Object.fromEntries(
      ["dashboardUrl", "publicUrl", "stagingUrl", "signInUrl", "apiToken", "maintenanceDir", "home"].map(
        (key) => [key, "http://nothing.invalid"],
      ),
    ),
    gatewayPort: 0,
  });
}

/** Address of an app's host through the gateway. */
export const at = (host: string, path = "/"): string => `http://${host}:${site.gatewayPort}${path}`;
