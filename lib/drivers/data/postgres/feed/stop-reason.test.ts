import { expect, test } from "vitest";
import { lastRefusedConnection } from "./stop-reason.ts";

const line = (pid: number, text: string) => `2026-11-27 14:25:01.123 UTC [${pid}] ${text}`;
const started = (pid: number, name = "feed") =>
  line(pid, `LOG:  logical replication apply worker for subscription "${name}" has started`);
const refused = (pid: number, more = "") =>
  line(
    pid,
    `ERROR:  ${more}could not connect to the publisher: connection to server at "127.0.0.1", port 5433 failed`,
  );
const said =
  'The data\'s server does not get at the other one: connection to server at "127.0.0.1", port 5433 failed.';
const log = (...lines: string[]) => `${lines.join("\n")}\n`;

test("the last worker's failure to connect is told, as each version words it", () => {
  expect(lastRefusedConnection(log(started(7), refused(7)), "feed")).toBe(said);
  const newer = refused(7, 'apply worker for subscription "feed" ');
  expect(lastRefusedConnection(log(started(7), started(8, "other"), newer), "feed")).toBe(said);
});

test("while the next one is only starting, what the one before said holds", () => {
  expect(lastRefusedConnection(log(started(7), refused(7), started(9)), "feed")).toBe(said);
});

test("one that runs, failed otherwise or was never seen says nothing", () => {
  const conflict = line(9, "ERROR:  duplicate key value violates unique constraint");
  for (const text of [
    log(started(7), refused(7), started(8), started(9)),
    log(started(7), refused(7), started(9), conflict),
    log(started(8, "other"), refused(8)),
    log(refused(7)),
    "",
  ])
    expect(lastRefusedConnection(text, "feed")).toBeNull();
});
