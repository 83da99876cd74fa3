/** Installing, removing and running commands of releases. */
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startTimeOf } from "#lib/observability/process-identity.ts";
import { APP, appFolder, installed, manifestWith, never, quiet, type Subject, spec } from "./harness.ts";

export function describeReleases(subject: Subject): void {
  test("an installed release is a copy of its folder, with the manifest's text", async () => {
    const { dir, manifest } = await installed(subject.driver, "r1");
    expect(manifest).toContain("version: 1.2.3");
    expect(await readFile(join(dir, "worker.ts"), "utf8")).toContain("working");
    expect(await subject.harness.releases(APP)).toEqual(["r1"]);
  });

  test("a build's output comes line by line and its results are in the release", async () => {
    const lines: string[] = [];
    const build = "printf 'one\\ntwo\\nthr'; printf 'ee' >&2; echo; echo $RELEASE > built";
    const path = await appFolder({ "signalbox.yaml": manifestWith(build) });
    const request = { app: APP, releaseId: "r1", source: { kind: "folder" as const, path } };
    const { dir } = await subject.driver.install({
      ...request,
      signal: never,
      onLog: (line) => lines.push(line),
    });
    expect(lines).toEqual(expect.arrayContaining(["one", "two"]));
    expect(await readFile(join(dir, "built"), "utf8")).toBe("1.2.3\n");
    await rm(path, { recursive: true });
  });

  test("a failed build is refused with its last words and leaves nothing", async () => {
    const files = { "signalbox.yaml": manifestWith("echo no such compiler; exit 3") };
    const attempt = installed(subject.driver, "r1", files);
    await expect(attempt).rejects.toMatchObject({
      name: "Refusal",
      code: "command-failed",
      message: expect.stringContaining("exit code 3"),
      remedy: expect.stringContaining("no such compiler"),
    });
    expect(await subject.harness.releases(APP)).toEqual([]);
  });

  test("a cancelled build leaves nothing, and nothing of it runs on", async () => {
    const cancel = new AbortController();
    const path = await appFolder({ "signalbox.yaml": manifestWith("echo $$; sleep 1000 & sleep 1000") });
    let shell = 0;
    const onLog = (line: string) => {
      shell = Number(line);
      cancel.abort();
    };
    const request = { app: APP, releaseId: "r1", source: { kind: "folder" as const, path } };
    await expect(subject.driver.install({ ...request, signal: cancel.signal, onLog })).rejects.toThrow(
      /abort/i,
    );
    expect(await subject.harness.releases(APP)).toEqual([]);
    expect(startTimeOf(shell)).toBeNull();
    await rm(path, { recursive: true });
  });

  test("a folder without a manifest, or with a wrong one, is refused", async () => {
    await expect(
      installed(subject.driver, "r1", { "signalbox.yaml": "name: contract" }),
    ).rejects.toMatchObject({
      code: "manifest-invalid",
    });
    const nowhere = { kind: "folder" as const, path: "/nowhere" };
    const attempt = subject.driver.install({ app: APP, releaseId: "r1", source: nowhere, ...quiet });
    await expect(attempt).rejects.toMatchObject({ code: "source-missing" });
  });

  test("a release that is there already is not installed again", async () => {
    await installed(subject.driver, "r1");
    const { dir } = await installed(subject.driver, "r1", { "worker.ts": "changed" });
    expect(await readFile(join(dir, "worker.ts"), "utf8")).not.toBe("changed");
  });

  test("uninstalling removes a release, and is refused while it runs", async () => {
    const slot = await spec(subject.driver);
    await subject.driver.start(slot);
    await expect(subject.driver.uninstall(APP, "r1")).rejects.toMatchObject({ code: "release-in-use" });
    await subject.driver.stop(slot, { graceMs: 5_000 });
    await subject.driver.uninstall(APP, "r1");
    await subject.driver.uninstall(APP, "r1");
    expect(await subject.harness.releases(APP)).toEqual([]);
  });

  test("a command runs to its end with the slot's environment", async () => {
    const slot = await spec(subject.driver, { env: { DATABASE_URL: "postgres://owner" } });
    const lines: string[] = [];
    const once = { onLog: (line: string) => lines.push(line), signal: never, timeoutMs: 30_000 };
    await subject.driver.runOnce(slot, 'echo "$DATABASE_URL $SLOT $RELEASE"', once);
    expect(lines).toEqual(["postgres://owner blue 1.2.3"]);
    await expect(subject.driver.runOnce(slot, "exit 9", once)).rejects.toThrow("exit code 9");
    const slow = subject.driver.runOnce(slot, "sleep 1000", { ...once, timeoutMs: 200 });
    await expect(slow).rejects.toMatchObject({ code: "command-timed-out" });
    const cancelled = subject.driver.runOnce(slot, "sleep 1000", {
      ...once,
      signal: AbortSignal.timeout(200),
    });
    await expect(cancelled).rejects.toThrow(/abort|timeout/i);
  });
}
