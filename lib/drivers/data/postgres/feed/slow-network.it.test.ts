/** Two clusters that are far apart: what a feed says is there is there. */
import { connect, createServer, type Server, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SlotRef } from "#lib/engine/model.ts";
import type { DataDriver } from "#lib/engine/ports.ts";
import { createPostgresData } from "../../postgres.ts";
import { passwordFor, SERVERS, type SlotLab, startSlotLab } from "../../testing.ts";
import { how, soon, switchOver } from "./testing.ts";

const WAY_MS = 20;

/** Passes everything on, later. Returns its port. */
async function delayProxy(port: number): Promise<{ port: number; close(): void }> {
  const sockets = new Set<Socket>();
  const later = (from: Socket, to: Socket) => {
    sockets.add(from);
    from.setNoDelay();
    from.on("error", () => {});
    from.on("data", (chunk) => setTimeout(() => to.writable && to.write(chunk), WAY_MS));
    from.on("close", () => setTimeout(() => to.end(), WAY_MS));
  };
  const server: Server = createServer((client) => {
    const upstream = connect(port, "127.0.0.1");
    later(client, upstream);
    later(upstream, client);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as { port: number }).port,
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

const [newest, oldest] = SERVERS;

describe.skipIf(oldest!.missing)("feeds between clusters that are far apart", () => {
  let direct: SlotLab;
  let lab: SlotLab;
  let driver: DataDriver;
  const proxies: { port: number; close(): void }[] = [];
  beforeAll(async () => {
    direct = await startSlotLab({ binDir: oldest!.binDir, green: { binDir: newest!.binDir } });
    const through = async (adminUrl: string) => {
      const url = new URL(adminUrl);
      const proxy = await delayProxy(Number(url.port));
      proxies.push(proxy);
      url.hostname = "127.0.0.1";
      url.port = String(proxy.port);
      return url.href;
    };
    // Signalbox is near both; what each server has of the other comes late.
    driver = createPostgresData({
      server: await through(direct.cluster.adminUrl),
      greenServer: await through(direct.green.adminUrl),
      passwordFor,
      exclude: () => [],
      envName: () => "DATABASE_URL",
    });
    lab = { ...direct, driver };
  });
  afterAll(async () => {
    await driver.dispose();
    for (const { close } of proxies) close();
    await direct.stop();
  });

  const refs = async (slot: SlotRef) =>
    (await lab.sql(slot, "SELECT ref FROM t ORDER BY id")).map(({ ref }) => ref);

  it("settles only when all of it has arrived, there and back", async () => {
    const { blue, green } = await lab.pair("CREATE TABLE t (id serial PRIMARY KEY, ref text)");
    const feeds = driver.feeds!;
    const app = await lab.asApp(blue);
    await app.query("INSERT INTO t (ref) SELECT 'old ' || g FROM generate_series(1, 500) g");
    await feeds.open(blue, green, how());
    for (let round = 0; round < 5; round++) {
      await app.query("INSERT INTO t (ref) SELECT $1 FROM generate_series(1, 50)", [`round ${round}`]);
      const { ms } = await feeds.settle(blue, green, soon);
      expect(ms).toBeGreaterThanOrEqual(WAY_MS);
      expect(await refs(green)).toEqual(await refs(blue));
    }
    await switchOver(lab, blue, green, 2);
    await (await lab.asApp(green)).query("INSERT INTO t (ref) VALUES ('back')");
    await feeds.settle(green, blue, soon);
    expect(await refs(blue)).toEqual(await refs(green));
    await feeds.close([blue, green], { token: 3 });
  });
});
