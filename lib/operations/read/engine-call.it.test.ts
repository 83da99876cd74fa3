import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { identityOf } from "#lib/observability/process-identity.ts";
import { engineSays } from "./engine-call.ts";

let dir: string;
let engine: Server;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "signalbox-engine-call-"));
  mkdirSync(join(dir, "run"));
});
afterEach(() => {
  engine.closeAllConnections();
  engine.close();
  rmSync(dir, { recursive: true });
});

/** What an engine says that answers in this way. */
async function asked(answer: (response: ServerResponse) => void): Promise<unknown> {
  engine = createServer((request, response) => {
    request.resume();
    response.writeHead(200, { "content-type": "application/json" });
    answer(response);
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => engine.once("listening", resolve));
  const { port } = engine.address() as AddressInfo;
  const file = { id: "1", ...identityOf(process.pid), address: { host: "127.0.0.1", port }, secret: "x" };
  writeFileSync(join(dir, "run", "engine-1.json"), JSON.stringify(file));
  const home = { dir, root: dir, maintenance: join(dir, "maintenance") };
  return engineSays(home, "working", {}, AbortSignal.timeout(10_000));
}

test("what an engine says is told as it is", async () => {
  expect(await asked((response) => response.end('{"working":true}'))).toEqual({ working: true });
});

test("an engine that dies in the middle of its answer has given none", async () => {
  const die = (response: ServerResponse) => response.write('{"working":', () => response.destroy());
  expect(await asked(die)).toBeNull();
});
