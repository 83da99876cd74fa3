/** For tests: a process of its own that holds a fence until it is killed. Arguments: admin URL, app, deadline in ms. */
import { createPostgresData } from "../postgres.ts";

const [adminUrl, app, deadlineMs] = process.argv.slice(2) as [string, string, string];
const driver = createPostgresData({
  server: adminUrl,
  passwordFor: () => "unused",
  exclude: () => [],
  envName: () => "DATABASE_URL",
});
await driver.fence(
  { app, slot: "blue" },
  { token: 1, deadlineMs: Number(deadlineMs), signal: new AbortController().signal },
);
process.stdout.write("held\n");
setInterval(() => {}, 1000);
