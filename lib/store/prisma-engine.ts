/** Prisma's own schema engine, run in-process from its WebAssembly build: nothing is downloaded. For scripts and tests. */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { PrismaPg } from "@prisma/adapter-pg";
import { bindMigrationAwareSqlAdapterFactory, ColumnTypeEnum } from "@prisma/driver-adapter-utils";
import * as bindings from "@prisma/schema-engine-wasm/schema_engine_bg";
import pg from "pg";

const SCHEMA = "prisma/schema.prisma";
const NO_FILTERS = { externalTables: [], externalEnums: [] };
const CHAR = 18;
const TEXT = 25;
const MARK = "\0char";

/** SQL that leads from the database at `url` to prisma/schema.prisma; "" when they agree. */
export async function schemaDiff(url: string): Promise<string> {
  return withEngine(url, async (engine, files) => {
    const { stdout } = await engine.diff({
      from: { tag: "schemaDatasource", files, configDir: "prisma" },
      to: { tag: "schemaDatamodel", files },
      script: true,
      exitCode: null,
      filters: NO_FILTERS,
    });
    const sql = stdout ?? "";
    return sql.includes("This is an empty migration") ? "" : sql;
  });
}

/** What `prisma migrate status` would find wrong with the ledger of the database at `url`; empty when nothing. */
export async function ledgerProblems(
  url: string,
  migrations: { name: string; sql: string }[],
): Promise<string[]> {
  return withEngine(url, async (engine) => {
    const found = await engine.diagnoseMigrationHistory({
      migrationsList: {
        baseDir: "prisma/migrations",
        lockfile: { path: "./migration_lock.toml", content: 'provider = "postgresql"\n' },
        shadowDbInitScript: "",
        migrationDirectories: migrations.map(({ name, sql }) => ({
          path: name,
          migrationFile: { path: "migration.sql", content: { tag: "ok", value: sql } },
        })),
      },
      optInToShadowDatabase: false,
      filters: NO_FILTERS,
    });
    return [
      ...found.editedMigrationNames.map((name) => `${name} was edited`),
      ...found.failedMigrationNames.map((name) => `${name} failed`),
      ...(found.hasMigrationsTable ? [] : ["there is no ledger"]),
      ...(found.history ? [found.history.diagnostic] : []),
    ];
  });
}

let instance: Promise<void> | null = null;

async function withEngine<T>(
  url: string,
  work: (engine: bindings.SchemaEngine, files: { path: string; content: string }[]) => Promise<T>,
): Promise<T> {
  const content = await readFile(SCHEMA, "utf8");
  // The bindings have one instance in a process.
  instance ??= instantiate();
  await instance;
  const pool = new pg.Pool({ connectionString: url });
  const engine = await bindings.SchemaEngine.new(
    { datamodels: [[SCHEMA, content]] },
    () => {},
    bindMigrationAwareSqlAdapterFactory(catalogAdapter(pool)),
  );
  try {
    return await work(engine, [{ path: SCHEMA, content }]);
  } finally {
    engine.free();
    await pool.end();
  }
}

/** Prisma's adapter refuses columns of the catalogs' type "char" (18), and its engine insists on them as characters. */
function catalogAdapter(pool: pg.Pool) {
  const query = pool.query.bind(pool) as (...args: unknown[]) => Promise<pg.QueryResult>;
  const marked = async (...args: unknown[]) => {
    const result = await query(...args);
    for (const field of result.fields ?? []) {
      if (field.dataTypeID !== CHAR) continue;
      field.dataTypeID = TEXT;
      field.name += MARK;
    }
    return result;
  };
  const factory = new PrismaPg(Object.assign(pool, { query: marked }));
  const connect = factory.connect.bind(factory);
  factory.connect = async () => {
    const adapter = await connect();
    const queryRaw = adapter.queryRaw.bind(adapter);
    adapter.queryRaw = async (sql) => {
      const result = await queryRaw(sql);
      const columnTypes = result.columnTypes.map((type, i) =>
        result.columnNames[i]?.endsWith(MARK) ? ColumnTypeEnum.Character : type,
      );
      return {
        ...result,
        columnTypes,
        columnNames: result.columnNames.map((name) => name.replace(MARK, "")),
      };
    };
    return adapter;
  };
  return factory;
}

async function instantiate(): Promise<void> {
  const file = createRequire(import.meta.url)
    .resolve("@prisma/schema-engine-wasm/schema_engine_bg")
    .replace(/\.js$/, ".wasm");
  const { instance: wasm } = await WebAssembly.instantiate(await readFile(file), {
    "./schema_engine_bg.js": bindings as unknown as WebAssembly.ModuleImports,
  });
  const setWasm = (bindings as unknown as { __wbg_set_wasm(exports: unknown): void }).__wbg_set_wasm;
  setWasm(wasm.exports);
  (wasm.exports.__wbindgen_start as () => void)();
}
