/** The shop's web server. Every file in pages/ adds its routes; a release with faults/ spoils some. */
import { readdir } from "node:fs/promises";
import { createServer } from "node:http";
import { closeDatabase } from "./database.ts";
import { links } from "./html.ts";
import { type Routes, router } from "./http.ts";
import { acceptWebSockets, endLive, sendEvents } from "./live.ts";
import { settings } from "./settings.ts";

interface Page {
  routes: Routes;
  link?: { href: string; label: string };
}

const routes: Routes = {};
const folder = new URL("./pages/", import.meta.url);
for (const file of (await readdir(folder)).sort()) {
  const page: Page = await import(new URL(file, folder).href);
  Object.assign(routes, page.routes);
  if (page.link) links.push(page.link);
}

const faults = new URL("./faults/", import.meta.url);
for (const file of await readdir(faults).catch(() => [])) {
  const { spoil }: { spoil(all: Routes): void } = await import(new URL(file, faults).href);
  spoil(routes);
}

const answer = router(routes, () => stopping);
const server = createServer((request, response) => {
  if (request.method === "GET" && request.url?.split("?")[0] === "/events") sendEvents(response);
  else void answer(request, response);
});
acceptWebSockets(server);

let stopping = false;
// Twice is once: a supervisor may signal the group and its leader.
const stop = () => {
  if (stopping) return;
  stopping = true;
  console.log("stopping: no new connections, requests in flight are finished");
  server.close(async () => {
    await closeDatabase();
    process.exit(0);
  });
  endLive();
};
process.on("SIGTERM", stop);
process.on("SIGINT", stop);

server.listen(settings.port, "127.0.0.1", () => {
  console.log(`shop ${settings.release} listens on 127.0.0.1:${settings.port} for slot ${settings.slot}`);
});
