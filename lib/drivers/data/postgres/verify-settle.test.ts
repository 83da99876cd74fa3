import fc from "fast-check";
import { expect, it } from "vitest";
import { type Rows, settle } from "./verify-settle.ts";

/** A source that is written while a feed, some steps behind, repeats it elsewhere. Everything by chance, from a seed. */
class World {
  readonly from: Rows = new Map();
  readonly to: Rows = new Map();
  readonly #log: (() => void)[] = [];
  readonly #random: () => number;
  #unseen: (() => void) | undefined;
  #version = 0;
  /** How often settle waited for the feed. */
  waits = 0;
  /** Rows that are written in a step at most. */
  readonly #busy: number;

  constructor(seed: number, busy: number) {
    let state = seed;
    this.#random = () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 32;
    };
    this.#busy = busy;
  }

  pick(below: number): number {
    return Math.floor(this.#random() * below);
  }

  /** The feed may have a change before it is seen at home, as a commit that waits for a standby. */
  write(id: string, value: string | null): void {
    this.show();
    const set = (rows: Rows) => {
      this.#version += 1;
      if (value === null) rows.delete(id);
      else rows.set(id, { shown: id, value, version: `${this.#version}` });
    };
    const inserts = !this.from.has(id);
    this.#unseen = () => set(this.from);
    // An update of a row that is not there changes nothing.
    this.#log.push(() => (inserts || value === null || this.to.has(id)) && set(this.to));
  }

  show(): void {
    this.#unseen?.();
    this.#unseen = undefined;
  }

  step(): void {
    if (this.pick(4) > 0) this.show();
    for (let left = this.pick(this.#busy + 1); left > 0; left -= 1) {
      this.write(`k${this.pick(4)}`, this.pick(3) === 0 ? null : `v${this.pick(3)}`);
    }
    this.apply(this.pick(4));
  }

  apply(count: number): void {
    for (const change of this.#log.splice(0, count)) change();
  }

  /** What settle finds while the world goes on between any two of its looks. */
  async settled(between = () => this.step()) {
    const read = async (rows: Rows) => {
      between();
      const seen = new Map(rows);
      between();
      return seen;
    };
    const { wrong, restless } = await settle({
      from: () => read(this.from),
      to: () => read(this.to),
      caughtUp: async () => {
        this.waits += 1;
        const due = this.#log.length;
        for (let left = due; left > 0; left -= 1) {
          if (this.pick(3) === 0) between();
          this.apply(1);
        }
      },
      pause: async () => between(),
    });
    return { wrong: wrong.map(({ kind, shown }) => `${kind} ${shown}`).sort(), restless };
  }
}

it("never takes a row that is on its way for a wrong one, and finds each that is wrong", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.nat({ max: 6 }), async (seed, busy) => {
      const world = new World(seed, busy);
      for (const id of ["gone", "other", "same"]) world.write(id, "1");
      for (let step = 0; step < 5; step += 1) world.step();
      world.show();
      world.apply(Number.POSITIVE_INFINITY);
      world.to.delete("gone");
      world.to.set("other", { shown: "other", value: "2", version: "x" });
      world.to.set("more", { shown: "more", value: "1", version: "x" });
      expect((await world.settled()).wrong).toEqual(["changed other", "extra more", "missing gone"]);
      if (busy === 0) expect(world.waits).toBe(4);
    }),
    { numRuns: 1_000 },
  );
});

it("finds a row that the feed does not reach though it is written all the time", async () => {
  const world = new World(1, 0);
  for (const id of ["gone", "stuck"]) world.write(id, "0");
  world.show();
  world.apply(2);
  world.to.delete("gone");
  let count = 0;
  const found = await world.settled(() => {
    count += 1;
    for (const id of ["gone", "stuck"]) world.write(id, `${count}`);
    world.apply(Number.POSITIVE_INFINITY);
    world.to.set("stuck", { shown: "stuck", value: "lost", version: "x" });
  });
  expect(found).toEqual({ wrong: ["changed stuck", "missing gone"], restless: [] });
});

it("says which rows never rest, also one that is replaced again and again", async () => {
  for (let seed = 0; seed < 20; seed += 1) {
    const world = new World(seed, 0);
    let count = 0;
    const write = () => {
      count += 1;
      world.write("hot", `${count}`);
      world.write("job", null);
      world.write("job", `${count}`);
      world.show();
    };
    write();
    const found = await world.settled(() => {
      write();
      world.apply(world.pick(4));
    });
    expect(found).toEqual({ wrong: [], restless: ["hot", "job"] });
  }
});
