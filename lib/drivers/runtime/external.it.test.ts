import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import { createServer as createSecure } from "node:https";
import { createServer as createRaw, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";
import type { SlotSpec } from "#lib/engine/ports.ts";
import { ask, freePort, until } from "./contract/harness.ts";
import { describeWarming } from "./contract/warming.ts";
import { probeOrigin } from "./external/probe.ts";
import { createExternalRuntime } from "./external.ts";

const never = new AbortController().signal;
const open: { close(): unknown }[] = [];
afterEach(() => {
  for (const server of open.splice(0)) server.close();
});

async function listen(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  open.push(server);
  return (server.address() as { port: number }).port;
}
const serve = async (answer: RequestListener) => `http://127.0.0.1:${await listen(createServer(answer))}`;

const ref = { app: "theirs", slot: "blue" as const };
const spec = (dir: string): SlotSpec => ({
  ...ref,
  release: { id: "r", version: "1", dir },
  processes: {},
  ports: {},
  env: {},
});
const healthy = (dir: string, timeoutMs = 5_000, signal = never) =>
  createExternalRuntime({ origins: {} }).healthy(spec(dir), {
    path: "/healthz",
    goodAnswers: 3,
    timeoutMs,
    signal,
  });

test("a slot is healthy after consecutive good answers at the address of its release", async () => {
  let asked = 0;
  const origin = await serve((request, response) => {
    asked += 1;
    response.writeHead(request.url === "/healthz" && asked !== 2 ? 200 : 503).end("x".repeat(100_000));
  });
  await healthy(origin);
  expect(asked).toBe(5);
});

test("one that answers badly or not at all is refused in time, with its last answer", async () => {
  const bad = await serve((_, response) => response.writeHead(500).end());
  await expect(healthy(bad, 400)).rejects.toMatchObject({
    code: "not-healthy",
    message: expect.stringContaining("last gave 500"),
  });
  await expect(healthy("http://127.0.0.1:9", 300)).rejects.toThrow("ECONNREFUSED");
  await expect(healthy("", 300)).rejects.toMatchObject({ code: "origin-unknown" });
  await expect(healthy("http://127.0.0.1:9", 60_000, AbortSignal.timeout(200))).rejects.toThrow();
});

describeWarming("external", async () => {
  const port = await freePort();
  const theirs = spawn(process.execPath, [fileURLToPath(new URL("./testing/stub-web.ts", import.meta.url))], {
    env: { ...process.env, PORT: String(port) },
    stdio: "ignore",
  });
  const origin = `http://127.0.0.1:${port}`;
  await until(() => ask(port, "/").catch(() => null), "its first answer");
  return {
    driver: createExternalRuntime({ origins: {} }),
    slot: spec(origin),
    port,
    async dispose() {
      theirs.kill("SIGKILL");
      await once(theirs, "exit");
    },
  };
});

test("what listens is seen, and what somebody else starts is neither started nor stopped", async () => {
  const origin = await serve((_, response) => response.end());
  const driver = createExternalRuntime({ origins: { blue: origin, green: "http://127.0.0.1:9" } });
  expect(await driver.inspect(ref)).toMatchObject([{ process: "web", state: "running", pid: null }]);
  expect(await driver.inspect({ ...ref, slot: "green" })).toMatchObject([{ state: "stopped" }]);
  const elsewhere = { code: "started-elsewhere", remedy: expect.stringMatching(/there|where/) };
  await expect(driver.start(spec(origin))).rejects.toMatchObject(elsewhere);
  await expect(driver.stop(ref, { graceMs: 1 })).rejects.toMatchObject(elsewhere);
  const once = { onLog: () => {}, signal: never, timeoutMs: 1 };
  await expect(driver.runOnce(spec(origin), "ls", once)).rejects.toMatchObject(elsewhere);
  await driver.uninstall("theirs", "r");
  expect(driver.capabilities).toMatchObject({ install: false, processes: false });
});

test("an address that can't be adopted says what is wrong with it", async () => {
  const probe = (origin: string, path = "/") => probeOrigin(origin, path, AbortSignal.timeout(3_000));
  const status = (code: number) => serve((_, response) => response.writeHead(code).end());
  const good = await serve((_, response) => response.writeHead(200, { server: "nginx/1.22" }).end());
  expect(await probe(good)).toMatchObject({ status: 200, server: "nginx/1.22" });
  await expect(probe(await status(302))).rejects.toMatchObject({ code: "origin-redirects" });
  await expect(probe(await status(404))).rejects.toMatchObject({ code: "health-path-wrong" });
  await expect(probe(await status(500))).rejects.toMatchObject({ code: "origin-unhealthy" });
  await expect(probe("http://127.0.0.1:9")).rejects.toMatchObject({ code: "origin-dead" });
  const silent = `http://127.0.0.1:${await listen(createRaw(() => {}))}`;
  await expect(probeOrigin(silent, "/", AbortSignal.timeout(300))).rejects.toMatchObject({
    code: "origin-silent",
  });
  const chatty = createRaw((socket) => socket.end("220 smtp.example ready\r\n"));
  const mail = `http://127.0.0.1:${await listen(chatty)}`;
  await expect(probe(mail)).rejects.toMatchObject({ code: "origin-other-protocol" });
});

test.skipIf(!hasOpenssl())("a certificate that nobody vouches for is refused", async () => {
  const dir = mkdtempSync(join(tmpdir(), "signalbox-cert-"));
  const [key, cert] = [join(dir, "key.pem"), join(dir, "cert.pem")];
  const wanted = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"];
  execFileSync("openssl", [...wanted, "-keyout", key, "-out", cert], { stdio: "ignore" });
  const server = createSecure({ key: readFileSync(key), cert: readFileSync(cert) }, (_, response) =>
    response.end(),
  );
  const origin = `https://localhost:${await listen(server)}`;
  rmSync(dir, { recursive: true });
  await expect(probeOrigin(origin, "/", AbortSignal.timeout(3_000))).rejects.toMatchObject({
    code: "origin-certificate",
    message: expect.stringContaining("DEPTH_ZERO_SELF_SIGNED_CERT"),
  });
});

function hasOpenssl(): boolean {
  try {
    execFileSync("openssl", ["version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
