/** The feed's password stays out of the server's log, of what others see, and of error messages. */
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { passwordFor, type SlotLab, startSlotLab } from "../../testing.ts";
import { slotNames } from "../names.ts";
import { createSubscription, keepSecret, setConnection } from "./subscription.ts";
import { how, SERVER_PLACES } from "./testing.ts";

for (const { title, missing, lab: place } of SERVER_PLACES) {
  describe.skipIf(missing)(`the feed's password on ${title}`, () => {
    let lab: SlotLab;
    beforeAll(async () => {
      // A server that tells as much as it can.
      lab = await startSlotLab({
        ...place,
        settings: {
          log_statement: "all",
          log_min_duration_statement: 0,
          log_min_error_statement: "info",
          log_parameter_max_length: -1,
          log_parameter_max_length_on_error: -1,
        },
      });
    });
    afterAll(() => lab.stop());

    const log = () => readFile(lab.cluster.logFile, "utf8");

    it("is not in the log of a feed that was opened and closed, nor in anybody's statements", async () => {
      const { blue, green } = await lab.pair("CREATE TABLE t (id int PRIMARY KEY)");
      await lab.driver.feeds!.open(blue, green, how());
      const secrets = [blue, green].map((slot) => passwordFor(slotNames(slot).feed));
      const seen = await lab.sql(blue, "SELECT query FROM pg_stat_activity");
      await lab.driver.feeds!.close([blue, green], { token: 1 });
      const text = (await log()) + JSON.stringify(seen);
      expect(text).toContain("CREATE PUBLICATION");
      for (const secret of secrets) expect(text).not.toContain(secret);
    });

    it("is not in the log nor in the message when the subscription can't be made or changed", async () => {
      const { blue, green } = await lab.pair("CREATE TABLE t (id int PRIMARY KEY)");
      const names = slotNames(blue);
      const side = { server: undefined as never, names };
      const password = "s3cret-that-nobody-sees";
      const wrong = `host='127.0.0.1' port='1' dbname='x' user='y' password='${password}'`;
      const client = await lab.asAdmin(green);
      await keepSecret(client);
      const said: string[] = [];
      const catching = (error: Error) => said.push(error.message, JSON.stringify(error));
      await createSubscription(client, side, slotNames(green), wrong).catch(catching);
      await setConnection(client, names, wrong).catch(catching);
      expect(said).toHaveLength(4);
      expect(said.join()).not.toContain(password);
      expect(await log()).not.toContain(password);
    });
  });
}
