/** For tests: a site with both of its doors, and what a request meets at each. */
import { expect } from "vitest";
import { SecondDoor } from "#lib/gate/second-door.ts";
import { PUBLIC, SECRET_KEY, type Site, STAGING, startSite, until, waiting } from "../testing.ts";

export type Met = "passes" | "waits" | "503" | "200 ok";

export const OPEN = { public: "passes", staging: "passes" } as const;
export const CLOSED = { public: "503", staging: "passes" } as const;
export const HELD = { public: "waits", staging: "waits" } as const;

export interface Doors {
  site: Site;
  second: SecondDoor;
  /** Of a request that hangs up when it has to wait. */
  atGateway(host?: string, path?: string): Promise<Met>;
  /** This door lets wait at the gateway. */
  atSecondDoor(host?: string, path?: string): Met;
  /** Asserts what public and staging meet, at both doors. */
  meets(expected: { public: Met; staging: Met }, path?: string): Promise<void>;
}

export async function startDoors(): Promise<Doors> {
  const site = await startSite();
  const second = new SecondDoor({
    home: site.home,
    dashboardHosts: ["localhost"],
    secretKey: () => SECRET_KEY,
  });
  const doors: Doors = {
    site,
    second,
    async atGateway(host = PUBLIC, path = "/") {
      const before = await waiting(site);
      const gone = new AbortController();
      const answered = site.ask({ host, path, signal: gone.signal }).catch(() => null);
      const waits = until(async () => (await waiting(site)) > before || gone.signal.aborted).then(() => null);
      const answer = await Promise.race([answered, waits]);
      gone.abort();
      if (answer === null) {
        await until(async () => (await waiting(site)) === before);
        return "waits";
      }
      if (answer.status === 503) {
        expect(answer.headers["retry-after"]).toMatch(/^\d+$/);
        expect(answer.headers["cache-control"]).toBe("no-store");
        return "503";
      }
      return answer.text === "ok\n" ? "200 ok" : "passes";
    },
    atSecondDoor(host = PUBLIC, path = "/") {
      const headers: Record<string, string> = { host };
      const answer = second.ask({ method: "GET", path, header: (name) => headers[name] ?? null });
      if (answer.act !== "answer") return "passes";
      expect(answer.answer.headers).toMatchObject({ "cache-control": "no-store" });
      expect(answer.answer.headers["retry-after"]).toMatch(/^\d+$/);
      return String(answer.answer.status) as Met;
    },
    async meets(expected, path = "/") {
      for (const [audience, host] of [
        ["public", PUBLIC],
        ["staging", STAGING],
      ] as const) {
        expect(await doors.atGateway(host, path), `${audience} at the gateway`).toBe(expected[audience]);
        const throughSecond = expected[audience] === "503" ? "503" : "passes";
        expect(doors.atSecondDoor(host, path), `${audience} at the second door`).toBe(throughSecond);
      }
    },
  };
  return doors;
}
