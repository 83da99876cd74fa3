import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { readManifest } from "../manifest.ts";
import { folderOn } from "./folder.ts";
import { detectManifest } from "./manifest.ts";

const made: string[] = [];
afterEach(() => {
  for (const dir of made.splice(0)) rmSync(dir, { recursive: true });
});

function look(files: Record<string, string | object>) {
  const dir = mkdtempSync(join(tmpdir(), "signalbox-detect-"));
  made.push(dir);
  for (const [name, content] of Object.entries(files)) {
    const file = join(dir, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
  }
  const detected = detectManifest(folderOn(dir));
  const read = readManifest(detected.text);
  return { ...detected, manifest: read.ok ? read.manifest : null };
}

test("an Express app with Prisma gets its scripts, its migration and its database", () => {
  const { manifest, text, complete } = look({
    "package.json": {
      name: "@acme/Shop_API",
      version: "1.4.2",
      scripts: { start: "node dist/server.js", build: "tsc", worker: "node dist/worker.js" },
      dependencies: { express: "5.0.0", "@prisma/client": "7.0.0" },
    },
    "package-lock.json": "{}",
    "prisma/schema.prisma": 'datasource db {\n provider = "postgresql"\n url = env("SHOP_DB")\n}',
    "src/server.ts": 'app.get("/healthz", (_, answer) => answer.send("ok"));',
    ".env.example": "SHOP_DB=postgres://x\nPORT=3000\nSTRIPE_KEY=\nexport MAIL_FROM=a@b\n",
  });
  expect(complete).toBe(true);
  expect(manifest).toMatchObject({
    name: "shop-api",
    version: "1.4.2",
    processes: { web: "npm run start", worker: "npm run worker" },
    build: "npm ci && npm run build",
    release: "npx prisma migrate deploy",
    health: { path: "/healthz" },
    env: ["STRIPE_KEY", "MAIL_FROM"],
    data: { postgres: { env: "SHOP_DB" } },
  });
  expect(text).toContain("# package.json: scripts.start");
  expect(text).toContain("# prisma/schema.prisma: datasource");
});

test("each package manager installs by its own lockfile", () => {
  const files = { "package.json": { scripts: { start: "x" }, dependencies: { a: "1" } } };
  const build = (lock: string) => look({ ...files, [lock]: "x" }).manifest?.build;
  expect(build("pnpm-lock.yaml")).toBe("corepack pnpm install --frozen-lockfile");
  expect(build("yarn.lock")).toBe("corepack yarn install --frozen-lockfile");
  expect(build("bun.lock")).toBe("bun install --frozen-lockfile");
  expect(look(files).manifest?.build).toBe("npm install");
});

test("Next and Nest start as they should, and a Procfile comes before both", () => {
  const next = { "package.json": { name: "site", dependencies: { next: "16.0.0" } } };
  expect(look(next).manifest).toMatchObject({
    processes: { web: "npx next start" },
    assets: ["/_next/static"],
  });
  const scripts = { start: "nest start", "start:prod": "node dist/main" };
  const nest = { "package.json": { name: "api", scripts, dependencies: { "@nestjs/core": "11" } } };
  expect(look(nest).manifest?.processes.web).toBe("npm run start:prod");
  const procfile = { ...nest, Procfile: "web: node a.js: b\nrelease: node m.js\nClock: node c.js\n" };
  expect(look(procfile).manifest).toMatchObject({
    processes: { web: "node a.js: b", clock: "node c.js" },
    release: "node m.js",
  });
});

test("Django, Rails and Go are known by their files", () => {
  expect(
    look({ "manage.py": "", "shop/wsgi.py": "", "requirements.txt": "django\ngunicorn\npsycopg[binary]" })
      .manifest,
  ).toMatchObject({
    processes: { web: ".venv/bin/gunicorn shop.wsgi --bind 127.0.0.1:$PORT" },
    release: ".venv/bin/python manage.py migrate --noinput",
    data: { postgres: { env: "DATABASE_URL" } },
  });
  expect(look({ Gemfile: 'gem "rails"\ngem "pg"\n' }).manifest).toMatchObject({
    release: "bin/rails db:migrate",
    health: { path: "/up" },
    data: { postgres: { env: "DATABASE_URL" } },
  });
  expect(look({ "go.mod": "module x", "main.go": "package main" }).manifest).toMatchObject({
    build: "go build -o app .",
    processes: { web: "./app" },
  });
});

test("a Compose file's database is switched and its other services are named", () => {
  const { manifest, notes, text } = look({
    "server.js": "",
    "package.json": {},
    "compose.yaml":
      "services:\n  db: { image: postgres:16 }\n  cache: { image: redis:7 }\n  web: { build: . }\n",
  });
  expect(manifest?.data.postgres).toMatchObject({ env: "DATABASE_URL" });
  expect(notes.join()).toContain("cache (redis:7)");
  expect(text).toContain("# compose.yaml has cache");
});

test("a folder that tells nothing leaves a manifest to be filled in, and broken files break nothing", () => {
  const empty = look({ "README.md": "hello" });
  expect(empty.complete).toBe(false);
  expect(empty.text).toContain("# web: how the app starts");
  const broken = look({ "package.json": "{", "compose.yml": "a: [", Procfile: ": :" });
  expect(broken.complete).toBe(false);
});
