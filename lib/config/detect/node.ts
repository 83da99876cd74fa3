/** What package.json, the lockfile and the usual folders of a Node app tell. */
import { z } from "zod";
import type { Draft } from "./draft.ts";
import type { Folder } from "./folder.ts";

const text = z.record(z.string(), z.string()).catch({});
const packageJson = z.object({
  name: z.string().optional().catch(undefined),
  version: z.string().optional().catch(undefined),
  main: z.string().optional().catch(undefined),
  scripts: text,
  dependencies: text,
  devDependencies: text,
});

interface Manager {
  lock: string;
  install: string;
  run: (script: string) => string;
  exec: string;
}

const run = (tool: string) => (script: string) => `${tool} run ${script}`;
const MANAGERS: Manager[] = [
  {
    lock: "pnpm-lock.yaml",
    install: "corepack pnpm install --frozen-lockfile",
    run: run("corepack pnpm"),
    exec: "corepack pnpm exec",
  },
  {
    lock: "yarn.lock",
    install: "corepack yarn install --frozen-lockfile",
    run: run("corepack yarn"),
    exec: "corepack yarn",
  },
  { lock: "bun.lock", install: "bun install --frozen-lockfile", run: run("bun"), exec: "bunx" },
  { lock: "package-lock.json", install: "npm ci", run: run("npm"), exec: "npx" },
];
const WITHOUT_LOCK: Manager = { lock: "", install: "npm install", run: run("npm"), exec: "npx" };

export function readNode(folder: Folder, draft: Draft): void {
  const found = parse(folder.read("package.json"));
  if (!found) return;
  const { name, version, scripts } = found;
  const uses = { ...found.dependencies, ...found.devDependencies };
  const manager = MANAGERS.find(({ lock }) => folder.read(lock) !== null) ?? WITHOUT_LOCK;
  if (name) draft.name ??= { value: name, why: "package.json: name" };
  if (version) draft.version ??= { value: version, why: "package.json: version" };
  readWeb(folder, draft, { scripts, uses, main: found.main, manager });
  for (const worker of ["worker", "queue", "jobs"]) {
    if (scripts[worker]) {
      draft.processes[worker] ??= { value: manager.run(worker), why: `package.json: scripts.${worker}` };
    }
  }
  const hasUses = Object.keys(uses).length > 0;
  if (hasUses || scripts.build) {
    const lock = manager.lock || "package.json, without a lockfile";
    const steps = [...(hasUses ? [manager.install] : []), ...(scripts.build ? [manager.run("build")] : [])];
    const why = `${lock}${scripts.build ? ", scripts.build" : ""}`;
    draft.build ??= { value: steps.join(" && "), why };
  }
  readMigrations(folder, draft, uses, manager);
  if (["pg", "postgres", "@prisma/adapter-pg", "pg-promise", "slonik"].some((library) => library in uses)) {
    draft.postgres ??= { value: "DATABASE_URL", why: "package.json: a PostgreSQL library" };
  }
}

function parse(json: string | null): z.output<typeof packageJson> | null {
  if (json === null) return null;
  try {
    return packageJson.safeParse(JSON.parse(json)).data ?? null;
  } catch {
    return null;
  }
}

interface Found {
  scripts: Record<string, string>;
  uses: Record<string, string>;
  main?: string;
  manager: Manager;
}

function readWeb(folder: Folder, draft: Draft, { scripts, uses, main, manager }: Found): void {
  const set = (value: string, why: string) => {
    draft.processes.web ??= { value, why };
  };
  if ("@nestjs/core" in uses && scripts["start:prod"]) {
    set(manager.run("start:prod"), "package.json: scripts.start:prod (Nest)");
  }
  // A script that binds a port of its own would not listen where Signalbox asks.
  if (scripts.start) {
    set(manager.run("start"), "package.json: scripts.start");
    if (/(-p|--port)[ =]\d+/.test(scripts.start)) {
      draft.notes.push("scripts.start names a port; the app must listen on the one in PORT");
    }
  }
  if ("next" in uses) {
    set(`${manager.exec} next start`, "package.json: next");
    draft.assets = {
      value: "/_next/static",
      why: "package.json: next; open tabs keep their files after a swap",
    };
  }
  const file = [main, "server.js", "server.ts", "index.js", "app.js"].find(
    (name) => name !== undefined && folder.read(name) !== null,
  );
  if (file) set(`node ${file}`, file === main ? "package.json: main" : `${file} is there`);
}

function readMigrations(folder: Folder, draft: Draft, uses: Found["uses"], manager: Manager): void {
  const schema = folder.read("prisma/schema.prisma");
  if (schema !== null) {
    const provider = /provider\s*=\s*"(postgresql|postgres|mysql|sqlite|mongodb|sqlserver)"/.exec(
      schema,
    )?.[1];
    const variable = /url\s*=\s*env\("([A-Z_][A-Z0-9_]*)"\)/.exec(schema)?.[1] ?? "DATABASE_URL";
    draft.release ??= { value: `${manager.exec} prisma migrate deploy`, why: "prisma/schema.prisma" };
    if (provider === "postgresql" || provider === "postgres") {
      draft.postgres ??= { value: variable, why: "prisma/schema.prisma: datasource" };
    } else if (provider) {
      draft.notes.push(`prisma/schema.prisma uses ${provider}: Signalbox switches PostgreSQL and files`);
    }
    return;
  }
  const root = folder.list();
  if (root.some((name) => name.startsWith("drizzle.config."))) {
    draft.release ??= { value: `${manager.exec} drizzle-kit migrate`, why: "drizzle.config" };
  } else if ("knex" in uses && root.some((name) => name.startsWith("knexfile."))) {
    draft.release ??= { value: `${manager.exec} knex migrate:latest`, why: "knexfile" };
  } else if (root.includes(".sequelizerc") || "sequelize-cli" in uses) {
    draft.release ??= { value: `${manager.exec} sequelize-cli db:migrate`, why: "sequelize-cli" };
  } else if ("node-pg-migrate" in uses) {
    draft.release ??= { value: `${manager.exec} node-pg-migrate up`, why: "package.json: node-pg-migrate" };
  }
}
