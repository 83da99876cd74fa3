/**
 * What `middleware.ts` does with a request that reaches Next without having passed the gateway. It decides by Host,
 * never by path: tenants have a /login and an /api/v1 of their own.
 */
import type { Home } from "#lib/config/home.ts";
import { homePaths } from "#lib/config/home.ts";
import type { OwnAnswer } from "./answers.ts";
import { decide } from "./decide.ts";
import { DOOR_HOST_HEADER, DOOR_PROOF_HEADER, doorProof } from "./door-pass.ts";
import { hostOf } from "./host.ts";
import { LockReader } from "./lock-reader.ts";
import { type Rendered, render } from "./render.ts";
import { newRequestId } from "./request-id.ts";
import { RouteFile } from "./route-file.ts";
import { TemplateReader } from "./template.ts";

/** Next copies a request's body before it passes it on, and cuts the copy off here. */
const MAX_BODY = 10 * 1024 * 1024;

export type DoorAnswer =
  /** The dashboard's own: Next goes on. */
  | { act: "next" }
  | { act: "answer"; answer: Rendered }
  /** To the gateway, with these headers on top of the request's own. */
  | { act: "to-gateway"; headers: Record<string, string> };

export interface DoorRequest {
  method: string;
  /** With query. */
  path: string;
  header(name: string): string | null;
}

export interface SecondDoorOptions {
  home: Home;
  dashboardHosts: string[];
  /** The home's key; null while there is none. */
  secretKey(): string | null;
}

export class SecondDoor {
  readonly #options: SecondDoorOptions;
  readonly #dashboardHosts: Set<string>;
  readonly #routes: RouteFile;
  readonly #locks: LockReader;
  readonly #templates: TemplateReader;

  constructor(options: SecondDoorOptions) {
    this.#options = options;
    this.#dashboardHosts = new Set(options.dashboardHosts.map((host) => hostOf(host) ?? host));
    this.#routes = new RouteFile(homePaths(options.home).routes);
    this.#locks = new LockReader(options.home);
    this.#templates = new TemplateReader(options.home);
  }

  ask(request: DoorRequest): DoorAnswer {
    const asked = request.header("host");
    const host = hostOf(asked ?? undefined);
    if (asked === null) return this.#answer(request, { reason: "unknown-host" }, null);
    if (host === null) return this.#answer(request, { reason: "bad-request" }, null);
    if (this.#dashboardHosts.has(host)) return { act: "next" };
    const found = this.#routes.find(host);
    if (found?.kind !== "app") return this.#answer(request, { reason: "unknown-host" }, null);
    const { routes, audience } = found;
    const now = Date.now();
    const locks = this.#locks.read(routes.app, now);
    const { method, path } = request;
    // Whether it waits or goes on in a hold is the gateway's to see: it leads there either way.
    const decision = decide({ routes, audience, locks, method, path, stream: false, now });
    if (decision.act === "refuse") return this.#answer(request, decision, routes.app);
    const tooMuch = bodyProblem(request);
    if (tooMuch !== null) return this.#answer(request, { reason: tooMuch }, routes.app);
    const secretKey = this.#options.secretKey();
    if (secretKey === null) return this.#answer(request, { reason: "no-answer" }, routes.app);
    return {
      act: "to-gateway",
      headers: { [DOOR_HOST_HEADER]: asked, [DOOR_PROOF_HEADER]: doorProof(secretKey, asked) },
    };
  }

  #answer(request: DoorRequest, answer: OwnAnswer, app: string | null): DoorAnswer {
    const accept = request.header("accept") ?? undefined;
    const template = (status: number) => this.#templates.for(app, status);
    return { act: "answer", answer: render({ ...answer, requestId: newRequestId() }, accept, template) };
  }
}

/** A body of unknown length can't be promised to arrive whole, and half a body is worse than none. */
function bodyProblem(request: DoorRequest): "too-large" | "length-required" | null {
  if (request.header("transfer-encoding") !== null) return "length-required";
  const length = request.header("content-length");
  return length !== null && Number(length) > MAX_BODY ? "too-large" : null;
}
