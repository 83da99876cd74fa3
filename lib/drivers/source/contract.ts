/** What every source owes: a folder with the app, an origin without secrets, and nothing left behind. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Source, Sources } from "#lib/engine/source.ts";
import type { FetchOptions } from "./sources.ts";

export const SOURCE_APP = "shop";

export interface SourceSubject {
  sources(): Sources;
  /** One that has signalbox.yaml and `server.js`. */
  good(): Promise<Source>;
  /** One that is not there. */
  missing(): Promise<Source>;
  /** Text that must not be seen in origins, logs and errors. */
  secret: string | null;
  /** Whatever lies beside what was there before. */
  left(): Promise<string[]>;
}

export const quiet = (): FetchOptions => ({ onLog: () => {}, signal: new AbortController().signal });

export function describeSource(subject: SourceSubject): void {
  test("a fetched source is a folder with the app in it, and goes when it is done with", async () => {
    const lines: string[] = [];
    const fetched = await subject.sources().fetch(SOURCE_APP, await subject.good(), {
      ...quiet(),
      onLog: (line) => lines.push(line),
    });
    expect(await readdir(fetched.folder)).toEqual(expect.arrayContaining(["server.js", "signalbox.yaml"]));
    expect(await readFile(join(fetched.folder, "signalbox.yaml"), "utf8")).toContain(`name: ${SOURCE_APP}`);
    if (subject.secret) expect(JSON.stringify([fetched.origin, lines])).not.toContain(subject.secret);
    await fetched.dispose();
    await fetched.dispose();
    expect(await subject.left()).toEqual([]);
  });

  test("what is recorded says where it came from", async () => {
    const source = await subject.good();
    const fetched = await subject.sources().fetch(SOURCE_APP, source, quiet());
    expect(fetched.origin).toMatchObject({ kind: source.kind });
    await fetched.dispose();
  });

  test("a fetch that was cancelled leaves nothing", async () => {
    const cancel = new AbortController();
    cancel.abort();
    const fetched = subject
      .sources()
      .fetch(SOURCE_APP, await subject.good(), { ...quiet(), signal: cancel.signal });
    await expect(fetched).rejects.toThrow(/abort/i);
    expect(await subject.left()).toEqual([]);
  });

  test("one that is not there is refused, with what to do, and leaves nothing", async () => {
    const source = await subject.missing();
    const fetched = subject.sources().fetch(SOURCE_APP, source, quiet());
    if (source.kind === "folder") {
      // Installing says it: only then is the folder looked at.
      await (await fetched).dispose();
    } else {
      await expect(fetched).rejects.toMatchObject({ name: "Refusal", remedy: expect.any(String) });
    }
    expect(await subject.left()).toEqual([]);
  });
}
