/**
 * The workers of one gateway. They all take connections from one socket that the keeper holds, so that one of them
 * can die or be replaced while the others serve, and nobody is refused while there is none.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Answer } from "./control.ts";
import { Member } from "./crew-member.ts";
import type { ToKeeper } from "./crew-messages.ts";
import { mergeStats, onlyTotals } from "./merged-stats.ts";
import type { RouteBook } from "./route-book.ts";
import { TurnKeeper } from "./turns.ts";

export interface CrewOptions {
  size: number;
  entry: string;
  socketFd: number;
  cache: string;
  routes: RouteBook;
  /** Lowest number that no living worker of this gateway has, an earlier keeper's included. */
  freeNumber(taken: number[]): number;
  say(line: string, details?: object): void;
}

const LOOK_MS = 1_000;
/** A worker whose event loop answers nothing for so many looks is replaced. */
const SILENT_LOOKS = 5;
const READY_MS = 30_000;
/** How long a route waits for a worker that does not say that it has it; one that hangs is replaced anyway. */
const ROUTES_MS = 1_500;
const BACK_OFF_MS = { first: 50, most: 5_000 };
const STEADY_MS = 10_000;

export class Crew {
  readonly #options: CrewOptions;
  readonly #members = new Set<Member>();
  readonly #turns = new TurnKeeper<Member>((member, lane, until) =>
    member.tell({ tell: "until", lane, until }),
  );
  #gone: Answer<"stats"> = { at: 0, traffic: [], gates: [] };
  #serial = 0;
  #question = 0;
  #backOff = BACK_OFF_MS.first;
  #stopping = false;
  #timer: NodeJS.Timeout | null = null;

  constructor(options: CrewOptions) {
    this.#options = options;
  }

  /** Resolves when all serve; rejects, all ended, when one of them can't. */
  async start(): Promise<void> {
    const { routes } = this.#options;
    routes.onChange = () => this.#spread();
    try {
      await this.#more();
    } catch (error) {
      this.#stopping = true;
      for (const member of this.#members) member.kill();
      throw error;
    }
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
  }

  get pids(): number[] {
    return [...this.#members].map(({ pid }) => pid);
  }

  /** Starts as many anew, and only then retires those that serve now. Rejects, with those, when the new can't. */
  async replaceAll(): Promise<void> {
    const old = [...this.#members].filter(({ state }) => state !== "retiring");
    await this.#more();
    for (const member of old) this.#retire(member);
  }

  /** Fresh from those that answer within `timeoutMs`, of the others as last heard, and what the gone have left. */
  async stats(timeoutMs = 1_000): Promise<Answer<"stats">> {
    const asked = [...this.#members].filter(({ state }) => state !== "starting");
    this.#question += 1;
    const question = this.#question;
    for (const member of asked) member.tell({ tell: "count", serial: question });
    const deadline = performance.now() + timeoutMs;
    const missing = () => asked.some((member) => member.answered < question && this.#members.has(member));
    while (missing() && performance.now() < deadline) await sleep(5);
    const known = [...this.#members].flatMap(({ stats }) => stats ?? []);
    return { ...mergeStats([...known, this.#gone]), at: Date.now() };
  }

  /** Takes nothing new, lets requests finish for `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping = true;
    if (this.#timer) clearInterval(this.#timer);
    for (const member of this.#members) member.tell({ tell: "stop", graceMs });
    const late = setTimeout(() => {
      for (const member of this.#members) member.kill();
    }, graceMs + 1_000);
    await Promise.all([...this.#members].map(({ gone }) => gone));
    clearTimeout(late);
  }

  /** Brings up a whole set beside what there is. */
  async #more(): Promise<void> {
    const fresh = Array.from({ length: this.#options.size }, () => this.#launch());
    try {
      await Promise.all(fresh.map(untilServing));
    } catch (error) {
      for (const member of fresh) {
        member.state = "retiring";
        member.kill();
      }
      throw error;
    }
  }

  #launch(): Member {
    const { entry, socketFd, cache, freeNumber, say, size } = this.#options;
    const number = freeNumber([...this.#members].map((member) => member.number));
    const member = new Member({
      ...{ entry, number, of: size, socketFd, cache },
      onMessage: (from, message) => this.#hear(from, message),
    });
    this.#members.add(member);
    member.gone.then((reason) => {
      this.#members.delete(member);
      this.#turns.gone(member);
      if (member.stats) this.#gone = mergeStats([this.#gone, onlyTotals(member.stats)]);
      // One that never served is missed by whoever launched it.
      if (this.#stopping || member.state !== "serving") return;
      say(`worker ${number} died (${reason}) and is replaced`);
      void this.#replace(performance.now() - member.startedAt > STEADY_MS);
    });
    return member;
  }

  /** Tries until there is one more; at once in place of one that was `steady`. */
  async #replace(steady: boolean): Promise<void> {
    if (steady) this.#backOff = BACK_OFF_MS.first;
    else await this.#pause();
    while (!this.#stopping) {
      const member = this.#launch();
      try {
        await untilServing(member);
        return;
      } catch (error) {
        member.kill();
        this.#options.say("a worker can't start", { reason: String(error) });
        await this.#pause();
      }
    }
  }

  async #pause(): Promise<void> {
    await sleep(this.#backOff);
    this.#backOff = Math.min(BACK_OFF_MS.most, this.#backOff * 2);
  }

  #retire(member: Member): void {
    member.state = "retiring";
    member.tell({ tell: "retire" });
  }

  #look(): void {
    for (const member of this.#members) {
      if (member.state === "starting") continue;
      if (member.silentLooks >= SILENT_LOOKS) {
        this.#options.say(`worker ${member.number} hangs and is replaced`);
        member.kill();
      } else {
        member.silentLooks += 1;
        member.tell({ tell: "count", serial: this.#question });
      }
    }
  }

  #spread(): void {
    this.#serial += 1;
    for (const member of this.#members) member.tellRoutes(this.#serial, this.#options.routes.table);
  }

  #hear(member: Member, message: ToKeeper): void {
    if (message.say === "hello") {
      member.heard = true;
      member.tellRoutes(this.#serial, this.#options.routes.table);
    } else if (message.say === "serving") {
      member.state = "serving";
    } else if (message.say === "has") {
      member.has = message.serial;
    } else if (message.say === "counts" || message.say === "done") {
      member.silentLooks = 0;
      if (message.say === "counts") member.answered = Math.max(member.answered, message.serial);
      member.stats = message.stats;
    } else if (message.say === "first") {
      this.#turns.first(member, message.lane, message.cameAt);
    } else if (message.say === "keep") {
      void this.#keep(member, message.serial, message.routes);
    } else if (member.state === "serving") {
      member.state = "retiring";
      void this.#replace(true);
    }
  }

  /** On disk first, then with every worker, so that none that the engine did not know of serves the old route. */
  async #keep(member: Member, serial: number, routes: Parameters<RouteBook["setApp"]>[0]): Promise<void> {
    try {
      await this.#options.routes.setApp(routes);
      const wanted = this.#serial;
      const deadline = performance.now() + ROUTES_MS;
      const missing = () => [...this.#members].some(({ heard, has }) => heard && has < wanted);
      while (missing() && performance.now() < deadline) await sleep(1);
      member.tell({ tell: "kept", serial, error: null });
    } catch (error) {
      member.tell({ tell: "kept", serial, error: String(error) });
    }
  }
}

async function untilServing(member: Member): Promise<void> {
  const deadline = performance.now() + READY_MS;
  const gone = member.gone.then((reason) => {
    throw new Error(`worker ${member.number} ended before it served (${reason})`);
  });
  gone.catch(() => {});
  while (member.state === "starting") {
    if (performance.now() > deadline) throw new Error(`worker ${member.number} does not come up`);
    await Promise.race([gone, sleep(5)]);
  }
}
