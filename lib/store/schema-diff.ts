/** Prisma's own comparison of schemas, run in-process from its WebAssembly build: nothing is downloaded. */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { PrismaPg } from "@prisma/adapter-pg";
import { bindMigrationAwareSqlAdapterFactory, ColumnTypeEnum } from "@prisma/driver-adapter-utils";
import * as bindings from "@prisma/schema-engine-wasm/schema_engine_bg";
import pg from "pg";

const SCHEMA = "prisma/schema.prisma";
const CHAR = 18;
const TEXT = 25;
const MARK = "\0char";

/** SQL that leads from the database at `url` to prisma/schema.prisma; "" when they agree. */
export async function schemaDiff(url: string): Promise<string> {
  const content = await readFile(SCHEMA, "utf8");
  await instantiate();
  const pool = new pg.Pool({ connectionString: url });
  const engine = await bindings.SchemaEngine.new(
    { datamodels: [[SCHEMA, content]] },
    () => {},
    bindMigrationAwareSqlAdapterFactory(catalogAdapter(pool)),
  );
  try {
    const { stdout } = await engine.diff({
      from: { tag: "schemaDatasource", files: [{ path: SCHEMA, content }], configDir: "prisma" },
      to: { tag: "schemaDatamodel", files: [{ path: SCHEMA, content }] },
      script: true,
      exitCode: null,
      filters: { externalTables: [], externalEnums: [] },
    });
    const sql = stdout ?? "";
    return sql.includes("This is an empty migration") ? "" : sql;
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
  const { instance } = await WebAssembly.instantiate(await readFile(file), {
    "./schema_engine_bg.js": bindings as unknown as WebAssembly.ModuleImports,
  });
  const setWasm = (bindings as unknown as { __wbg_set_wasm(exports: unknown): void }).__wbg_set_wasm;
  setWasm(instance.exports);
  (instance.exports.__wbindgen_start as () => void)();
}
