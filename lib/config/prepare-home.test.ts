import { chmod, mkdir, mkdtemp, readFile, readlink, rm, stat, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readEnvironment } from "./environment.ts";
import { homePaths } from "./home.ts";
import { connections, openHome, readPorts, readSecretKey } from "./open-home.ts";
import { GatewayPortTaken, settlePorts } from "./ports.ts";
import { ensureAppMaintenance, prepareHome, removeHome } from "./prepare-home.ts";

let folder: string;
const environment = () => ({ home: join(folder, "home"), maintenance: join(folder, "maintenance") });
const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);
const asRoot = process.getuid?.() === 0;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "signalbox-home-"));
});

afterEach(async () => {
  await removeHome(openHome(environment()));
  await rm(folder, { recursive: true, force: true });
});

describe("a home", () => {
  test("keeps its key and its folders to itself, and is the same when prepared again", async () => {
    const home = await prepareHome(environment());
    const paths = homePaths(home);
    expect(await modeOf(paths.secretKey)).toBe("600");
    for (const folder of [paths.run, paths.logs, paths.lost]) expect(await modeOf(folder)).toBe("700");
    const key = readSecretKey(home);
    expect(key).toMatch(/^[0-9a-f]{64}$/);
    expect(await prepareHome(environment())).toEqual(home);
    expect(readSecretKey(home)).toBe(key);
  });

  test("two at once make one key", async () => {
    await Promise.all([prepareHome(environment()), prepareHome(environment())]);
    expect(readSecretKey(openHome(environment()))).toMatch(/^[0-9a-f]{64}$/);
  });

  test("refuses a damaged key, and a missing one once there are databases", async () => {
    const home = await prepareHome(environment());
    const paths = homePaths(home);
    await writeFile(paths.secretKey, "12");
    await expect(prepareHome(environment())).rejects.toThrow("64 hex digits");
    await rm(paths.secretKey);
    await mkdir(paths.store, { recursive: true });
    await expect(prepareHome(environment())).rejects.toThrow("restore it from a backup");
  });

  test.runIf(asRoot)("of root in a closed folder puts what others must reach under /var/lib", async () => {
    await chmod(folder, 0o700);
    const home = await prepareHome(environment());
    expect(home.root).toMatch(/^\/var\/lib\/signalbox\/[0-9a-f]{16}$/);
    expect(openHome(environment())).toEqual(home);
    const maintenance = await ensureAppMaintenance(home, "shop");
    expect(await readlink(maintenance)).toBe(join(home.root, "maintenance", "shop"));
    await ensureAppMaintenance(home, "shop");
    await removeHome(home);
    const again = await prepareHome(environment());
    expect(again.root).not.toBe(home.root);
  });

  test.runIf(asRoot)("of root in an open folder stays whole and can be passed through", async () => {
    await chmod(folder, 0o755);
    const home = await prepareHome(environment());
    expect(home.root).toBe(home.dir);
    expect(await modeOf(home.dir)).toBe("711");
  });
});

describe("ports", () => {
  const options = { wanted: null, host: "127.0.0.1", inUse: {} };
  const occupied: Server[] = [];
  const occupy = (port: number) =>
    new Promise<void>((resolve) => {
      const server = createServer();
      occupied.push(server);
      server.listen(port, "127.0.0.1", resolve);
    });
  afterEach(() => {
    for (const server of occupied.splice(0)) server.close();
  });

  test("are chosen once; an internal one that a stranger took is chosen anew", async () => {
    const home = await prepareHome(environment());
    const first = await settlePorts(home, { ...options, wanted: 18_080 });
    expect(await settlePorts(home, options)).toEqual(first);
    await occupy(first.store);
    const second = await settlePorts(home, options);
    expect(second.store).not.toBe(first.store);
    expect(second).toEqual({ ...first, store: second.store });
    expect(readPorts(home)).toEqual(second);
    expect(await settlePorts(home, { ...options, inUse: { store: first.store } })).toEqual(first);
  });

  test("the gateway's is never changed silently", async () => {
    const home = await prepareHome(environment());
    const { gateway } = await settlePorts(home, { ...options, wanted: 18_081 });
    await occupy(gateway);
    await expect(settlePorts(home, options)).rejects.toThrow(GatewayPortTaken);
    await expect(settlePorts(home, { ...options, inUse: { gateway } })).resolves.toMatchObject({ gateway });
  });

  test("survive a file that a crash left half written", async () => {
    const home = await prepareHome(environment());
    await writeFile(homePaths(home).ports, '{"gateway": 80');
    await settlePorts(home, { ...options, wanted: 18_082 });
    expect(JSON.parse(await readFile(homePaths(home).ports, "utf8")).gateway).toBe(18_082);
  });
});

test("connection strings come from the environment or from the home, never with a password in clear in a file", async () => {
  const home = await prepareHome(environment());
  await settlePorts(home, { wanted: 18_083, host: "127.0.0.1", inUse: {} });
  const own = readEnvironment({
    DATABASE_URL: "postgresql://me@db.example/signalbox",
    SIGNALBOX_HOME: home.dir,
  });
  const { store, data } = connections(home, own);
  expect(store).toBe("postgresql://me@db.example/signalbox");
  expect(data).toMatch(
    new RegExp(`^postgresql://postgres:[0-9a-f]{64}@127.0.0.1:${readPorts(home).data}/postgres$`),
  );
});
