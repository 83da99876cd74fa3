/** What Procfiles, Compose files and the usual files of other languages tell. */
import { parse } from "yaml";
import { z } from "zod";
import type { Draft } from "./draft.ts";
import type { Folder } from "./folder.ts";

const PROCESS = /^[a-z][a-z0-9-]{0,30}$/;

/** Its lines are commands already; its `release` is what ours is. */
export function readProcfile(folder: Folder, draft: Draft): void {
  for (const line of folder.read("Procfile")?.split(/\r?\n/) ?? []) {
    const [, name, command] = /^\s*([A-Za-z][\w-]*)\s*:\s*(.+?)\s*$/.exec(line) ?? [];
    if (name === undefined || command === undefined) continue;
    const because = { value: command, why: `Procfile: ${name}` };
    if (name === "release") draft.release ??= because;
    else if (PROCESS.test(name.toLowerCase())) draft.processes[name.toLowerCase()] ??= because;
  }
}

export function readDjango(folder: Folder, draft: Draft): void {
  if (folder.read("manage.py") === null) return;
  const project = folder.list().find((name) => folder.read(`${name}/wsgi.py`) !== null);
  const wanted = `${folder.read("requirements.txt") ?? ""}${folder.read("pyproject.toml") ?? ""}`;
  const web = /gunicorn/.test(wanted)
    ? `.venv/bin/gunicorn ${project ?? "project"}.wsgi --bind 127.0.0.1:$PORT`
    : ".venv/bin/python manage.py runserver --noreload 127.0.0.1:$PORT";
  draft.processes.web ??= {
    value: web,
    why: project ? `manage.py, ${project}/wsgi.py` : "manage.py (Django)",
  };
  draft.release ??= { value: ".venv/bin/python manage.py migrate --noinput", why: "manage.py (Django)" };
  if (folder.read("requirements.txt") !== null) {
    const install = "python3 -m venv .venv && .venv/bin/pip install -r requirements.txt";
    draft.build ??= { value: install, why: "requirements.txt" };
  }
  if (/psycopg/.test(wanted)) draft.postgres ??= { value: "DATABASE_URL", why: "psycopg is required" };
}

export function readRails(folder: Folder, draft: Draft): void {
  const gems = folder.read("Gemfile");
  if (gems === null || !/^\s*gem ["']rails["']/m.test(gems)) return;
  const why = "Gemfile: rails";
  draft.processes.web ??= { value: "bin/rails server -e production -b 127.0.0.1 -p $PORT", why };
  draft.build ??= { value: "bundle install", why: "Gemfile" };
  draft.release ??= { value: "bin/rails db:migrate", why };
  draft.health ??= { value: "/up", why: "Rails answers it" };
  if (/^\s*gem ["']pg["']/m.test(gems)) draft.postgres ??= { value: "DATABASE_URL", why: "Gemfile: pg" };
}

export function readGo(folder: Folder, draft: Draft): void {
  if (folder.read("go.mod") === null || folder.read("main.go") === null) return;
  draft.build ??= { value: "go build -o app .", why: "go.mod" };
  draft.processes.web ??= { value: "./app", why: "go.mod, main.go" };
}

const composeFile = z.object({
  services: z.record(
    z.string(),
    z.object({ image: z.string().optional().catch(undefined), command: z.unknown().optional() }).catch({}),
  ),
});

/** Its databases are what Signalbox gives or what the app brings; its own services run elsewhere then. */
export function readCompose(folder: Folder, draft: Draft): void {
  const file = ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"].find(
    (name) => folder.read(name) !== null,
  );
  if (!file) return;
  let services: z.output<typeof composeFile>["services"] = {};
  try {
    services = composeFile.safeParse(parse(folder.read(file)!, { maxAliasCount: 20 })).data?.services ?? {};
  } catch {
    draft.notes.push(`${file} is not valid YAML and was left out`);
  }
  for (const [name, { image }] of Object.entries(services)) {
    if (image === undefined) continue;
    if (/(^|\/)(postgres|postgis|pgvector|timescaledb)\b/.test(image)) {
      draft.postgres ??= { value: "DATABASE_URL", why: `${file}: ${name}` };
    } else if (/(^|\/)(redis|valkey|mongo|mysql|mariadb|rabbitmq|minio|elasticsearch)\b/.test(image)) {
      draft.notes.push(
        `${file} has ${name} (${image}): it goes on by itself; give its address with \`signalbox env set\``,
      );
    }
  }
}

/** Names that an example file lists are those that the app reads. */
export function readExampleEnv(folder: Folder, draft: Draft): void {
  const file = [".env.example", ".env.sample", ".env.template"].find((name) => folder.read(name) !== null);
  if (!file) return;
  const given = new Set(["PORT", "NODE_ENV", "HOST", draft.postgres?.value]);
  for (const line of folder.read(file)!.split(/\r?\n/)) {
    const name = /^\s*(?:export\s+)?([A-Z_][A-Z0-9_]{0,127})\s*=/.exec(line)?.[1];
    if (name === undefined || given.has(name)) continue;
    given.add(name);
    draft.env.push({ value: name, why: file });
  }
}

const HEALTH = ["/healthz", "/health", "/api/health", "/up", "/_health"];

/** A path that the code mentions, or a route file that is there. */
export function readHealth(folder: Folder, draft: Draft): void {
  for (const base of ["app", "src/app"]) {
    for (const route of ["api/health", "api/healthz", "healthz", "health"]) {
      if (folder.list(`${base}/${route}`).some((name) => name.startsWith("route."))) {
        draft.health ??= { value: `/${route}`, why: `${base}/${route}` };
        return;
      }
    }
  }
  for (const dir of [".", "src", "server", "app"]) {
    for (const name of folder
      .list(dir)
      .filter((each) => /\.(m?[jt]s|py|rb|go)$/.test(each))
      .slice(0, 40)) {
      const code = folder.read(`${dir}/${name}`) ?? "";
      const path = HEALTH.find((each) => new RegExp(`["'\`]${each}["'\`]`).test(code));
      if (path) {
        draft.health ??= { value: path, why: dir === "." ? name : `${dir}/${name}` };
        return;
      }
    }
  }
}

export function readPhases(folder: Folder, draft: Draft): void {
  const scripts = folder.list("migrations").some((name) => /_(BEFORE|DOWNTIME|AFTER)\./.test(name));
  if (scripts) draft.migrations ??= { value: "migrations", why: "migrations/ has scripts with a phase" };
}
