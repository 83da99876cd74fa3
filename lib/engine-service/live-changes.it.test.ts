/** Variables, one-off commands and cron entries of a real app in a real installation. */
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { appendFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { SlotName } from "#lib/engine/model.ts";
import { startTimeOf } from "#lib/observability/process-identity.ts";
import { deploy } from "#lib/operations/deploy.ts";
import { finish } from "#lib/operations/finish.ts";
import { cancelJob } from "#lib/operations/jobs/cancel-job.ts";
import { jobOutput, listJobs } from "#lib/operations/jobs/read-jobs.ts";
import { runJob } from "#lib/operations/jobs/run-job.ts";
import { changeSettings } from "#lib/operations/settings.ts";
import { swap } from "#lib/operations/swap.ts";
import { update } from "#lib/operations/update.ts";
import { listVariables, setVariables, unsetVariable } from "#lib/operations/variables.ts";
import {
  type Installation,
  startInstallation,
  succeeded,
  until,
  withLiveShop,
} from "./testing/installation.ts";

let it: Installation;
const app = "shop";
const SECRET = "correct-horse-battery-staple";

beforeAll(async () => {
  it = await startInstallation();
  await it.startGateway();
  it.startEngine();
  await withLiveShop(it);
});
afterAll(() => it?.stop());

/** What its web process really runs with. */
async function environmentOf(slot: SlotName): Promise<Record<string, string>> {
  const row = await it.store.slot.findFirstOrThrow({ where: { app: { name: app }, name: slot } });
  const { processes } = row.observed as { processes: { process: string; pid: number }[] };
  const pid = processes.find(({ process }) => process === "web")?.pid;
  const text = await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "");
  return Object.fromEntries(text.split("\0").map((line) => line.split(/=(.*)/s).slice(0, 2)));
}

async function said(id: string): Promise<{ lines: string[]; end: unknown }> {
  const lines: string[] = [];
  let end: unknown = null;
  for await (const each of await jobOutput(it.context, id, AbortSignal.timeout(30_000))) {
    if ("line" in each) lines.push(each.line);
    else end = each.end;
  }
  return { lines, end };
}

const run = async (...command: string[]) => (await runJob(it.context, { app, command })).id;

describe("variables", () => {
  test("a secret reaches the live slot when asked to, and is nowhere in clear", async () => {
    await setVariables(it.context, { app, variables: [{ name: "API_KEY", value: SECRET }] });
    await until(
      async () => (await listVariables(it.context, app)).outdated.includes("blue"),
      "blue is said to be out of date",
    );
    expect((await environmentOf("blue")).API_KEY).toBeUndefined();
    const updated = await update(it.context, { app });
    await succeeded(it, updated);
    await until(async () => (await environmentOf("blue")).API_KEY === SECRET, "the new value");
    await until(async () => (await listVariables(it.context, app)).outdated.length === 0, "up to date");

    const listed = await listVariables(it.context, app);
    expect(listed.variables).toMatchObject([{ name: "API_KEY", secret: true, value: null }]);
    const rows = [
      await it.store.auditEntry.findMany(),
      await it.store.run.findMany({ include: { events: true, steps: true } }),
      await it.store.variable.findMany(),
    ];
    const all = JSON.stringify(rows, (_, value) => (typeof value === "bigint" ? Number(value) : value));
    expect(all).toContain("API_KEY");
    expect(all).not.toContain(SECRET);
    expect(await it.log("engine")).not.toContain(SECRET);
  });

  test("an update that is broken off leaves the values that were there before it", {
    timeout: 60_000,
  }, async () => {
    await it.killEngines();
    // When web runs with the new value, and before that is noted.
    const doomed = it.startEngine({ KILL_RUN: "update", KILL_AT: "6:before" });
    const died = once(doomed, "exit");
    await setVariables(it.context, { app, variables: [{ name: "API_KEY", value: "another" }] });
    const requested = await update(it.context, { app });
    await died;
    it.startEngine();
    expect(await it.ended(requested)).toMatchObject({ status: "aborted" });
    await until(async () => (await environmentOf("blue")).API_KEY === SECRET, "the old value");
    await setVariables(it.context, { app, variables: [{ name: "API_KEY", value: SECRET }] });
  });

  test("a preview has its own values; who goes live gets live's, who is finished with the preview's", {
    timeout: 60_000,
  }, async () => {
    await setVariables(it.context, {
      app,
      variables: [
        { name: "SMTP_URL", value: "smtp://mail.example" },
        { name: "SMTP_URL", value: "smtp://nowhere.invalid", scope: "preview" },
      ],
    });
    const source = { kind: "folder" as const, path: await it.release("1.1.0") };
    await succeeded(it, await deploy(it.context, { app, source }));
    const is = async (slot: SlotName, url: string, preview: string | undefined) => {
      const env = await environmentOf(slot);
      return env.SMTP_URL === url && env.SIGNALBOX_PREVIEW === preview;
    };
    await until(() => is("green", "smtp://nowhere.invalid", "1"), "green is a preview");
    await succeeded(it, await swap(it.context, { app }));
    await until(() => is("green", "smtp://mail.example", undefined), "green has live's values");
    await until(async () => (await environmentOf("blue")).SIGNALBOX_PREVIEW === undefined, "blue rests");
    await succeeded(it, await finish(it.context, { app }));
    await until(() => is("blue", "smtp://nowhere.invalid", "1"), "blue is a preview");
    await unsetVariable(it.context, { app, name: "SMTP_URL", scope: "preview" });
    await until(() => is("blue", "smtp://mail.example", undefined), "a preview takes a change by itself");
  });
});

describe("commands", () => {
  test("one says what it says, and ends with its code", async () => {
    const id = await run("node", "-e", "console.log('a  b', process.env.API_KEY); process.exit(7)");
    expect(await said(id)).toEqual({
      lines: [`a  b ${SECRET}`],
      end: { status: "failed", exitCode: 7, error: expect.stringContaining("exit code 7") },
    });
    const audit = await it.store.auditEntry.findFirstOrThrow({ where: { action: "app.run" } });
    expect(audit.detail).toMatchObject({ job: id, command: expect.stringContaining("node -e ") });
  });

  test("a program that is not there is a failure with a reason", async () => {
    const { end } = await said(await run("no-such-program"));
    expect(end).toMatchObject({ status: "failed", exitCode: null, error: expect.stringContaining("ENOENT") });
  });

  test("one that ignores SIGTERM is cancelled all the same, one that takes too long is ended", async () => {
    await changeSettings(it.context, { app, settings: { stopGraceMs: 300, jobTimeoutMs: 1_500 } });
    const stubborn = await run("node", "-e", "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)");
    await until(
      async () => (await it.store.job.findUniqueOrThrow({ where: { id: stubborn } })).status === "running",
      "it runs",
    );
    await cancelJob(it.context, stubborn);
    expect((await said(stubborn)).end).toMatchObject({ status: "aborted", error: "Cancelled." });
    const slow = await run("sleep", "60");
    expect((await said(slow)).end).toMatchObject({
      status: "failed",
      error: expect.stringContaining("longer"),
    });
    await changeSettings(it.context, { app, settings: { jobTimeoutMs: null } });
  });

  test("a swap waits for what runs, then ends it; meanwhile nothing new begins", {
    timeout: 60_000,
  }, async () => {
    const source = { kind: "folder" as const, path: await it.release("1.1.0") };
    await succeeded(it, await deploy(it.context, { app, source }));
    const id = await run("sleep", "60");
    await until(
      async () => (await it.store.job.findUniqueOrThrow({ where: { id } })).status === "running",
      "it runs",
    );
    const swapped = await swap(it.context, { app });
    await expect(run("true")).rejects.toMatchObject({ code: "busy" });
    await succeeded(it, swapped);
    expect((await said(id)).end).toMatchObject({
      status: "aborted",
      error: expect.stringContaining("about to change"),
    });
    await succeeded(it, await finish(it.context, { app }));
  });

  test("one whose engine is killed is ended by the next, and said to have failed", {
    timeout: 60_000,
  }, async () => {
    const id = await run("sh", "-c", "echo $$; sleep 60");
    await until(
      async () =>
        (await readFile(join(it.home.dir, "jobs", app, `${id}.log`), "utf8").catch(() => "")) !== "",
      "its first line",
    );
    await it.killEngines();
    it.startEngine();
    await until(
      async () => (await it.store.job.findUniqueOrThrow({ where: { id } })).status === "failed",
      "it is said to have failed",
    );
    await until(() => said(id).then(Boolean, () => false), "the new engine answers");
    const { lines, end } = await said(id);
    expect(end).toMatchObject({ error: expect.stringContaining("engine stopped") });
    // Whoever adopted it may take a moment to wait for it: until then it is a zombie, which counts as gone.
    expect(startTimeOf(Number(lines[0]))).toBeNull();
  });
});

test("a cron entry runs once for each time, in the live slot; one that is still running leaves the next out", {
  timeout: 60_000,
}, async () => {
  const folder = await it.release("1.0.0");
  await appendFile(
    join(folder, "signalbox.yaml"),
    '\ncron:\n  report: { schedule: "* * * * *", command: "node report.mjs" }\n  slow: { schedule: "* * * * *", command: "sleep 1" }\n',
  );
  await writeFile(join(folder, "report.mjs"), 'console.log("reported in", process.env.SLOT);\n');
  const { id: appId } = await it.store.app.findUniqueOrThrow({ where: { name: app } });
  const earlier = { appId, kind: "cron", name: "report", command: "x", requestedBy: "cron" };
  const minutesAgo = (count: number) => new Date(Math.floor(Date.now() / 60_000 - count) * 60_000);
  // Missed many times: made up for once.
  await it.store.job.create({
    data: { ...earlier, id: randomUUID(), status: "succeeded", dueAt: minutesAgo(5), finishedAt: new Date() },
  });
  await it.store.job.create({
    data: { ...earlier, name: "slow", id: randomUUID(), status: "running", dueAt: minutesAgo(5) },
  });
  await succeeded(it, await update(it.context, { app, source: { kind: "folder", path: folder } }));
  await until(
    async () =>
      (await it.store.job.count({ where: { ...earlier, command: undefined, status: "succeeded" } })) >= 2,
    "the entry ran",
  );
  const { jobs, cron } = await listJobs(it.context, app);
  expect(jobs.find((job) => job.name === "slow")).toMatchObject({
    status: "aborted",
    error: expect.stringContaining("still running"),
  });
  expect(cron).toMatchObject([
    { name: "report", timezone: "UTC", nextAt: expect.any(String) },
    { name: "slow" },
  ]);
  const ran = jobs.find((job) => job.name === "report")!;
  const { liveSlot } = await it.store.app.findUniqueOrThrow({ where: { name: app } });
  expect(ran).toMatchObject({ command: "node report.mjs", slot: liveSlot, exitCode: 0 });
  expect((await said(ran.id)).lines).toEqual([`reported in ${liveSlot}`]);
});
