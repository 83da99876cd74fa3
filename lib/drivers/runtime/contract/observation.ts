/** Seeing and freezing what runs. */
import { expect, test } from "vitest";
import type { LogLine } from "#lib/engine/ports.ts";
import { ask, healthy, history, never, type Subject, spec } from "./harness.ts";

export function describeObservation(subject: Subject): void {
  test("logs give the last lines, then what is added", async () => {
    const slot = await spec(subject.driver);
    await subject.driver.start(slot);
    await healthy(subject.driver, slot);
    for (const text of ["one", "two", "three"]) await ask(slot.ports.web!, `/say?text=${text}`);
    expect(await history(subject.driver, slot, 2)).toEqual(["two", "three"]);
    const stop = new AbortController();
    const seen: LogLine[] = [];
    for await (const line of subject.driver.logs(slot, { process: "web", tail: 1, signal: stop.signal })) {
      seen.push(line);
      if (line.line === "three") await ask(slot.ports.web!, "/say?text=four");
      if (line.line === "four") stop.abort();
    }
    expect(seen.map(({ line }) => line)).toEqual(["three", "four"]);
    expect(seen[1]).toMatchObject({ process: "web", at: expect.any(Date) });
  });

  test("CPU and memory of a running process are plausible", async () => {
    const slot = await spec(subject.driver);
    await subject.driver.start(slot);
    await healthy(subject.driver, slot);
    await subject.driver.stats(slot);
    await ask(slot.ports.web!, "/burn");
    const [web] = await subject.driver.stats(slot);
    expect(web?.process).toBe("web");
    // On a busy machine it has to share; asleep it would use next to nothing.
    expect(web?.cpu).toBeGreaterThan(0.05);
    expect(web?.cpu).toBeLessThan(3);
    expect(web?.rssBytes).toBeGreaterThan(10e6);
    expect(web?.rssBytes).toBeLessThan(1e9);
  });

  test("a frozen slot answers nothing until it is unfrozen, and can be stopped while frozen", async () => {
    const slot = await spec(subject.driver);
    await subject.driver.start(slot);
    await healthy(subject.driver, slot);
    await subject.driver.freeze(slot);
    const options = { path: "/", goodAnswers: 1, timeoutMs: 400, signal: never };
    await expect(subject.driver.healthy(slot, options)).rejects.toMatchObject({ code: "not-healthy" });
    await subject.driver.unfreeze(slot);
    await healthy(subject.driver, slot);
    await subject.driver.freeze(slot);
    const before = performance.now();
    await subject.driver.stop(slot, { graceMs: 30_000 });
    expect(performance.now() - before).toBeLessThan(15_000);
  });
}
