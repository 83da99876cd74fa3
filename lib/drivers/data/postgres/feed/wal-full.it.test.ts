/** A feed stands still until the server may keep no more log for it: it is lost and says so, and live goes on. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SlotRef } from "#lib/engine/model.ts";
import { type SlotLab, startSlotLab } from "../../testing.ts";
import { how, SERVER_PLACES, soon, stateOf, switchOver, TWO_SERVERS, tend } from "./testing.ts";

for (const { title, missing, lab: place } of [...SERVER_PLACES, TWO_SERVERS]) {
  describe.skipIf(missing)(`a server that keeps little log on ${title}`, () => {
    let lab: SlotLab;
    beforeAll(async () => {
      lab = await startSlotLab({ ...place, settings: { max_slot_wal_keep_size: "1MB" } });
    });
    afterAll(() => lab.stop());

    const write = (slot: SlotRef, ref: string) => lab.sql(slot, "INSERT INTO t (ref) VALUES ($1)", [ref]);
    async function fillLog(slot: SlotRef) {
      const fill = "SELECT pg_logical_emit_message(false, 'filling', repeat('x', 10000))";
      for (const statement of [fill, "SELECT pg_switch_wal()", fill, "CHECKPOINT"])
        await lab.sql(slot, statement);
    }

    it("loses a feed that stands still, and takes it up again when it is opened anew", async () => {
      const feeds = lab.driver.feeds!;
      const { blue, green } = await lab.pair("CREATE TABLE t (id serial PRIMARY KEY, ref text)");
      await feeds.open(blue, green, how());
      await lab.sql(green, "ALTER TABLE t ADD CONSTRAINT fit CHECK (ref <> 'unfit')");
      await write(blue, "unfit");
      const lost = async () => {
        await fillLog(blue);
        return await stateOf(lab, blue, green)();
      };
      await expect.poll(lost, { timeout: 60_000 }).toBe("lost");
      expect((await feeds.status(blue, green)).reason).toContain("max_slot_wal_keep_size");
      expect(await feeds.beforeTurn(blue, green, {})).toMatchObject([{ code: "feed-lost" }]);
      await write(blue, "goes on");
      await lab.sql(green, "ALTER TABLE t DROP CONSTRAINT fit");
      await feeds.open(blue, green, how(2));
      await feeds.settle(blue, green, soon);
      const all = "SELECT * FROM t ORDER BY id";
      expect(await lab.sql(green, all)).toEqual(await lab.sql(blue, all));
      await feeds.close([blue, green], { token: 3 });
    });

    it("loses the waiting end too, which is made anew before a swap", async ({ skip }) => {
      skip(lab.green === lab.cluster, "one log for both: the running end would be lost with it");
      const feeds = lab.driver.feeds!;
      const { blue, green } = await lab.pair("CREATE TABLE t (id serial PRIMARY KEY, ref text)");
      await feeds.open(blue, green, how());
      const lost = async () => {
        await feeds.settle(blue, green, soon);
        await fillLog(green);
        const [finding] = await feeds.beforeTurn(blue, green, {});
        return finding?.code;
      };
      await expect.poll(lost, { timeout: 60_000 }).toBe("way-back-lost");
      await tend(lab, blue, 2);
      await write(blue, "there");
      await switchOver(lab, blue, green, 3);
      await write(green, "back");
      await feeds.settle(green, blue, soon);
      expect(await lab.sql(blue, "SELECT ref FROM t ORDER BY id")).toEqual([
        { ref: "there" },
        { ref: "back" },
      ]);
      await feeds.close([blue, green], { token: 4 });
    });
  });
}
