import { spawn } from "node:child_process";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { REPOSITORY } from "#lib/config/environment.ts";
import { newKey, writeKeyRing } from "#lib/config/seal.ts";
import { type ApiSite, startApiSite } from "#lib/http/testing/api-site.ts";
import { endRun, seedApp } from "#lib/operations/testing/site.ts";
import { STATES } from "#lib/operations/testing/verb-states.ts";

let it: ApiSite;
let admin: string;

beforeAll(async () => {
  it = await startApiSite();
  admin = await it.token("admin");
});
afterAll(() => it?.stop());

interface Result {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** The real command in a process of its own. */
function signalbox(args: string[], env: Record<string, string> = {}): Promise<Result> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(REPOSITORY, "cli/signalbox.js"), ...args], {
      env: {
        PATH: process.env.PATH,
        SIGNALBOX_URL: it.api.url,
        SIGNALBOX_TOKEN: admin,
        FORCE_COLOR: "1",
        ...env,
      } as unknown as NodeJS.ProcessEnv,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const result: Result = { code: null, stdout: "", stderr: "" };
    child.stdout.setEncoding("utf8").on("data", (text) => {
      result.stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text) => {
      result.stderr += text;
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ ...result, code }));
  });
}

const local = () => ({
  SIGNALBOX_TOKEN: "",
  SIGNALBOX_URL: "http://127.0.0.1:1",
  SIGNALBOX_HOME: it.site.home.dir,
  SIGNALBOX_MAINTENANCE: it.site.home.maintenance,
  DATABASE_URL: it.db.url,
});

const readyToSwap = () => seedApp(it.db.store, STATES["Blue live, next release in green"]!);

/** Plays the engine: one step, then the end. */
async function conduct(app: string, status: "succeeded" | "failed"): Promise<void> {
  const where = { app: { name: app }, status: "queued" as const };
  await expect.poll(() => it.db.store.run.count({ where }), { timeout: 20_000 }).toBe(1);
  const { id } = await it.db.store.run.findFirstOrThrow({ where });
  const step = { position: 0, step: "hold" };
  await it.db.store.runEvent.createMany({
    data: [
      { runId: id, seq: 2, type: "step-started", data: { ...step, attempt: 1 } },
      { runId: id, seq: 3, type: "step-succeeded", data: step },
    ],
  });
  if (status === "failed")
    await it.db.store.run.update({ where: { id }, data: { error: "the drain took too long" } });
  await endRun(it.db.store, id, status);
}

describe("over the API", () => {
  test("a swap is followed to its end: steps on stderr, the end on stdout, exit code 0", async () => {
    const app = await readyToSwap();
    const [result] = await Promise.all([signalbox(["swap", "--app", app]), conduct(app, "succeeded")]);
    expect(result.stderr).toMatch(/swap: asked for by admin script\n {2}✓ hold {2}\d+ ms\n/);
    expect(result.stdout).toBe(`swap ${app}: succeeded\n`);
    expect(result.code).toBe(0);
  });

  test("with --json the last line on stdout is the run as one object", async () => {
    const app = await readyToSwap();
    const [result] = await Promise.all([
      signalbox(["swap", "--json", "--app", app]),
      conduct(app, "succeeded"),
    ]);
    const lines = result.stdout.trimEnd().split("\n");
    expect(JSON.parse(lines.at(-1)!)).toMatchObject({ app, kind: "swap", status: "succeeded" });
    expect(lines).toHaveLength(1);
  });

  test("a run that fails says why and ends with 1", async () => {
    const app = await readyToSwap();
    const [result] = await Promise.all([signalbox(["--app", app, "swap"]), conduct(app, "failed")]);
    expect(result.stdout).toBe(`swap ${app}: failed (the drain took too long)\n`);
    expect(result.code).toBe(1);
  });

  test("--no-wait answers at once, and a second one is told who is at it", async () => {
    const app = await readyToSwap();
    const first = await signalbox(["swap", "--app", app, "--no-wait", "--json"]);
    expect(first.code).toBe(0);
    expect(JSON.parse(first.stdout)).toEqual({ run: { id: expect.any(String), url: expect.any(String) } });
    const second = await signalbox(["swap", "--app", app, "--no-wait"]);
    expect(second.code).toBe(1);
    expect(second.stderr).toContain("busy: admin script has run swap");
    const list = await signalbox(["runs", "--app", app, "--json"]);
    expect(JSON.parse(list.stdout)).toMatchObject({ kind: "swap", status: "queued" });
    const cancelled = await signalbox(["cancel", JSON.parse(list.stdout).id]);
    expect([cancelled.code, cancelled.stdout]).toEqual([1, expect.stringContaining("aborted (cancelled by")]);
  });

  test("a refusal names the reason and the remedy, without colour into a pipe", async () => {
    const app = await seedApp(it.db.store, STATES["Deployed to blue, nothing live"]!);
    const result = await signalbox(["swap", "--app", app]);
    expect(result.code).toBe(1);
    expect(result.stderr).toContain("refused: Nothing is live yet.");
    expect(result.stderr).toContain("Deploy a release and publish a public domain");
    expect(result.stderr + result.stdout).not.toContain("\u001b[");
  });

  test("status shows the slots, and as JSON the whole app", async () => {
    const app = await readyToSwap();
    const text = await signalbox(["status", "--app", app]);
    expect(text.stdout).toContain("● blue  live  1.0.0, authoritative");
    expect(text.stdout).toContain("○ green idle  1.1.0, scratch");
    const json = await signalbox(["status", "--json"], { SIGNALBOX_APP: app });
    expect(JSON.parse(json.stdout)).toMatchObject({ name: app, live: "blue" });
  });

  test("maintenance is done when the command is", async () => {
    const app = await readyToSwap();
    const on = await signalbox(["maintenance", "on", "--message", "Back soon", "--app", app]);
    expect([on.code, on.stdout]).toEqual([0, `maintenance ${app}: succeeded\n`]);
    const status = await signalbox(["status", "--app", app]);
    expect(status.stdout).toContain("gate closed by person");
    expect((await signalbox(["maintenance", "off", "--app", app])).code).toBe(0);
  });

  test("a folder on the machine itself is made absolute before it is sent", async () => {
    const app = await readyToSwap();
    const { code } = await signalbox(["deploy", "--from", "examples/shop", "--app", app, "--no-wait"]);
    expect(code).toBe(0);
    const run = await it.db.store.run.findFirstOrThrow({ where: { app: { name: app } } });
    expect(run.input).toMatchObject({ source: { path: join(process.cwd(), "examples/shop") } });
  });
});

describe("changes of the live slot", () => {
  beforeAll(async () => {
    const { id, key } = newKey();
    await writeKeyRing(it.site.home, { current: id, keys: { [id]: key } });
  });

  test("variables are set, imported, listed without secrets, and taken away", async () => {
    const app = await readyToSwap();
    const env = (...args: string[]) => signalbox(["env", ...args, "--app", app]);
    const file = join(it.site.home.dir, "some.env");
    await writeFile(file, 'PLAIN=a b\n# a word\nQUOTED="c = d"\n');
    expect((await env("set", "TOKEN=hush", "OTHER=x=y")).stdout).toBe("set: TOKEN, OTHER\n");
    expect((await env("import", file, "--plain", "--scope", "preview")).stdout).toBe("set: PLAIN, QUOTED\n");
    expect((await env("unset", "OTHER")).code).toBe(0);
    const { stdout } = await env("list");
    expect(stdout.split("\n").sort().join("\n").trim()).toBe(
      "both     TOKEN  (secret)\npreview  PLAIN=a b\npreview  QUOTED=c = d",
    );
    const bad = await env("set", "PORT=1");
    expect([bad.code, bad.stderr]).toEqual([2, expect.stringContaining("set by Signalbox itself")]);
  });

  test("settings are shown and changed; scaling and updating ask for a run", async () => {
    const app = await readyToSwap();
    const changed = await signalbox(["settings", "windowMs=60000", "limits.bodyBytes=5", "--app", app]);
    expect(changed.stdout).toContain("windowMs=60000  (default 30000)\n");
    expect(changed.stdout).toContain("limits.bodyBytes=5  (default null)\n");
    expect((await signalbox(["settings", "windowMs=-1", "--app", app])).code).toBe(2);
    expect((await signalbox(["scale", "web=0", "--app", app])).code).toBe(2);
    expect((await signalbox(["scale", "web=3", "--app", app, "--no-wait"])).code).toBe(0);
    const run = await it.db.store.run.findFirstOrThrow({ where: { app: { name: app } } });
    expect([run.kind, run.input]).toEqual(["update", { webInstances: 3 }]);
  });

  test("a command is asked for as it was written", async () => {
    const app = await readyToSwap();
    const asked = await signalbox([
      "run",
      "--app",
      app,
      "--no-wait",
      "--json",
      "--",
      "node",
      "-e",
      "a 'b' --json",
    ]);
    expect(JSON.parse(asked.stdout)).toMatchObject({ app, status: "queued" });
    const job = await it.db.store.job.findFirstOrThrow({ where: { app: { name: app } } });
    expect(JSON.parse(job.command)).toEqual(["node", "-e", "a 'b' --json"]);
    const list = await signalbox(["jobs", "--app", app]);
    expect(list.stdout).toContain(`${job.id}  run          queued`);
  });
});

describe("when it can't", () => {
  test.each([
    ["no token", ["status"], { SIGNALBOX_TOKEN: "" }, 3, "No API token was given"],
    ["a bad token", ["status"], { SIGNALBOX_TOKEN: "sbx_nonsense" }, 3, "does not accept this token"],
    ["nobody there", ["status"], { SIGNALBOX_URL: "http://127.0.0.1:1" }, 3, "Nobody answers at"],
    ["an unknown app", ["swap", "--app", "nowhere"], {}, 1, "no app named nowhere"],
    ["an unknown command", ["explode"], {}, 2, "unknown command"],
    ["a bad slot", ["pause", "red"], {}, 2, "Allowed choices are blue, green"],
    ["a bad mode", ["sync", "--mode", "slow"], {}, 2, "Allowed choices are stream, snapshot"],
    ["a bad number", ["rollback", "--accept-loss", "few"], {}, 2, "whole number"],
    ["a bad host", ["publish", "x y", "--slot", "blue", "--app", "nowhere"], {}, 2, "host name"],
    ["two apps and none named", ["swap"], {}, 2, "Which app?"],
  ])("%s: says so", async (_, args, env, code, words) => {
    await readyToSwap();
    await readyToSwap();
    const result = await signalbox(args, env);
    expect(result.stderr).toContain(words);
    expect([result.code, result.stdout]).toEqual([code, ""]);
  });
});

describe("--local", () => {
  test("runs the same operations on the store, as the OS user, with nobody at the web", async () => {
    const app = await readyToSwap();
    const [result] = await Promise.all([
      signalbox(["swap", "--local", "--app", app], local()),
      conduct(app, "succeeded"),
    ]);
    expect([result.code, result.stdout]).toEqual([0, `swap ${app}: succeeded\n`]);
    const run = await it.db.store.run.findFirstOrThrow({ where: { app: { name: app } } });
    expect(run.actorKind).toBe("cli");
    const busy = await signalbox(["swap", "--local", "--app", "nowhere"], local());
    expect([busy.code, busy.stderr]).toEqual([1, expect.stringContaining("no app named nowhere")]);
  });

  test("makes a token that the API takes, and a link for an admin", async () => {
    const made = await signalbox(["token", "create", "rescue", "--role", "viewer", "--local"], local());
    expect(made.stdout).toMatch(/^sbx_[\w-]{43}\n$/);
    expect((await signalbox(["status"], { SIGNALBOX_TOKEN: made.stdout.trim() })).code).toBe(0);
    const link = await signalbox(["link", "--json"], local());
    expect(JSON.parse(link.stdout).url).toMatch(/^http:\/\/localhost:8080\/sign-in\/link\/[\w-]{43}$/);
  });

  test("is refused for a home of another user or none", async () => {
    const none = await signalbox(["status", "--local", "--home", "/nowhere"], local());
    expect([none.code, none.stderr]).toEqual([1, expect.stringContaining("no Signalbox home at /nowhere")]);
  });
});

describe("the installation's own state", () => {
  test("is backed up over the API, and restored on the machine itself after a question", async () => {
    const dir = await mkdtemp(join(tmpdir(), "signalbox-cli-"));
    try {
      const file = join(dir, "store.backup");
      const app = await readyToSwap();
      const made = await signalbox(["backup", "--to", file, "--json"]);
      expect(made).toMatchObject({ code: 0 });
      expect(JSON.parse(made.stdout)).toMatchObject({ file, bytes: expect.any(Number) });
      expect((await stat(file)).mode & 0o077).toBe(0);
      const again = await signalbox(["backup", "--to", file]);
      expect(again.code).toBe(0);
      await it.db.store.run.updateMany({ data: { status: "aborted", finishedAt: new Date() } });
      await it.db.store.app.delete({ where: { name: app } });
      const restored = await signalbox(["restore", file, "--yes", "--json"], local());
      expect(restored).toMatchObject({ code: 0 });
      expect(await it.db.store.app.count({ where: { name: app } })).toBe(1);
      const audit = await it.db.store.auditEntry.findFirst({ orderBy: { id: "desc" } });
      expect(audit).toMatchObject({ action: "store.restore", actorKind: "cli" });
    } finally {
      await rm(dir, { recursive: true });
    }
  });

  test("no restore from a file that is none, and no backup for somebody who is no admin", async () => {
    const none = await signalbox(["restore", "/etc/hostname", "--yes"], local());
    expect(none).toMatchObject({ code: 2, stderr: expect.stringContaining("Nothing was changed") });
    const operator = await it.token("operator");
    const refused = await signalbox(["backup", "--to", "/dev/null/x"], { SIGNALBOX_TOKEN: operator });
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("admin") });
  });

  test("the doctor names what fails and ends with 1", async () => {
    const { code, stdout } = await signalbox(["doctor", "--json"], local());
    expect(code).toBe(1);
    const { ok, diagnoses } = JSON.parse(stdout);
    expect(ok).toBe(false);
    expect(diagnoses).toContainEqual(expect.objectContaining({ name: "store", state: "ok" }));
    expect(diagnoses).toContainEqual(expect.objectContaining({ name: "gateway", state: "fail" }));
  });
});
