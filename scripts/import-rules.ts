/** Which part may import which, and where code belongs that wants to import something else. */

export interface Layer {
  /** Files whose path begins so. */
  of: string;
  /** Parts of this repository that they may import, besides themselves. */
  may: string[];
  /** Parts that they may import types of. */
  types?: string[];
  /** Packages and Node's modules that they may import; absent: any. */
  packages?: string[];
  /** What to do instead. */
  instead: string;
}

/** The first that fits a path counts. */
export const LAYERS: Layer[] = [
  {
    of: "lib/engine/",
    may: [],
    packages: ["zod"],
    instead:
      "the engine is pure: declare a port in lib/engine/ports.ts and implement it in lib/drivers or lib/store",
  },
  {
    of: "lib/config/",
    may: [],
    instead: "configuration knows nobody: move the code to the part that uses it",
  },
  {
    of: "lib/observability/",
    may: ["lib/config/"],
    instead: "pass what it needs in from the process that starts it",
  },
  {
    of: "lib/gate/",
    may: ["lib/config/"],
    instead:
      "the gate decides from what it is given; ask in lib/gateway or middleware.ts and pass the answer in",
  },
  {
    of: "lib/uploads/",
    may: ["lib/config/", "lib/engine/", "lib/observability/"],
    instead: "uploads are files and lists of files: who may bring them is decided in lib/operations",
  },
  {
    of: "lib/drivers/",
    may: ["lib/config/", "lib/engine/", "lib/observability/", "lib/uploads/"],
    instead:
      "a driver implements a port of lib/engine/ports.ts; what it needs is passed in by lib/compose.ts",
  },
  {
    of: "lib/store/",
    may: ["lib/config/", "lib/engine/", "lib/gate/", "lib/observability/"],
    instead: "the store keeps and reads; an act belongs in lib/operations, a process's work in its own part",
  },
  {
    of: "lib/gateway/",
    may: ["lib/config/", "lib/engine/", "lib/gate/", "lib/observability/", "lib/store/routes.ts"],
    instead: "the gateway lives without the store and the engine: pass it in from processes/gateway.ts",
  },
  {
    of: "lib/supervisor/",
    may: ["lib/config/", "lib/observability/", "lib/store/"],
    instead: "the supervisor starts processes and knows no more: pass it in from processes/supervisor.ts",
  },
  {
    of: "lib/engine-service/",
    may: ["lib/config/", "lib/engine/", "lib/gate/", "lib/gateway/", "lib/observability/", "lib/store/"],
    instead: "ask a port of lib/engine/ports.ts; lib/compose.ts gives it the driver",
  },
  {
    of: "lib/operations/",
    may: [
      "lib/config/",
      "lib/engine/",
      "lib/engine-service/",
      "lib/gate/",
      "lib/gateway/",
      "lib/observability/",
      "lib/store/",
      "lib/supervisor/status.ts",
      "lib/uploads/",
    ],
    instead: "an operation checks, records and requests; the engine acts through its drivers",
  },
  {
    of: "lib/auth/",
    may: [
      "lib/config/",
      "lib/gateway/staging-pass.ts",
      "lib/operations/",
      "lib/observability/",
      "lib/store/",
    ],
    instead: "who may what is decided here; what is done belongs in lib/operations",
  },
  {
    of: "lib/http/",
    may: [
      "lib/auth/",
      "lib/config/",
      "lib/engine/model.ts",
      "lib/engine-service/control.ts",
      "lib/gateway/control-file.ts",
      "lib/gateway/trusted-proxies.ts",
      "lib/observability/",
      "lib/operations/",
      "lib/store/client.ts",
      "lib/uploads/limits.ts",
    ],
    instead: "a door parses, authorises and calls one operation in lib/operations",
  },
  { of: "lib/compose", may: ["lib/"], instead: "only lib/ can be composed here" },
  {
    of: "middleware.ts",
    may: ["lib/gate/", "lib/gateway/", "lib/config/"],
    instead: "the second door only asks lib/gate and forwards to the gateway",
  },
  { of: "instrumentation.ts", may: ["lib/"], instead: "only lib/ is loaded at the start of the web process" },
  {
    of: "app/",
    may: [
      "components/",
      "lib/auth/",
      "lib/config/",
      "lib/engine/model.ts",
      "lib/engine/permit.ts",
      "lib/gate/path-header.ts",
      "lib/http/",
      "lib/observability/",
      "lib/operations/",
    ],
    instead: "a route parses, authorises, calls one operation in lib/operations and renders",
  },
  {
    of: "components/",
    may: ["lib/engine/model.ts", "lib/engine/permit.ts", "lib/engine-service/control.ts", "lib/operations/"],
    types: ["lib/auth/"],
    instead: "a component gets its data from its route as the read models of lib/operations/views.ts",
  },
  {
    of: "cli/",
    may: [
      "lib/auth/",
      "lib/config/",
      "lib/engine/model.ts",
      "lib/http/",
      "lib/operations/",
      "lib/store/client.ts",
      "lib/uploads/",
    ],
    types: ["lib/store/restore.ts"],
    instead: "a command talks to /api/v1, or with --local to lib/operations",
  },
  { of: "processes/", may: ["lib/"], instead: "an entry stays thin: the code belongs under lib/" },
  { of: "examples/", may: [], instead: "an example is an app like anybody's and knows nothing of Signalbox" },
  {
    of: "bench/",
    may: ["lib/", "cli/", "examples/"],
    instead: "measure from outside: over HTTP, the database or a process",
  },
  {
    of: "e2e/",
    may: ["lib/", "bench/", "cli/", "scripts/"],
    instead: "test from outside: through a browser or over HTTP",
  },
  { of: "scripts/", may: ["lib/", "bench/", "e2e/", "cli/"], instead: "shared code belongs under lib/" },
];

/** Names for a place where things are dumped; a thing is named for what it does. */
export const DUMPING_GROUND = /(^|\/)(utils?|helpers?|common|misc|shared|index)(\.[a-z]+|\/)/;
