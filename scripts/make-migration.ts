/** `node scripts/make-migration.ts <name>`: writes the migration that brings the store to prisma/schema.prisma. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { MIGRATIONS_DIR, migrateStore } from "#lib/store/migrate.ts";
import { schemaDiff } from "#lib/store/prisma-engine.ts";
import { startTestCluster } from "#lib/store/testing.ts";

const name = process.argv[2];
if (!name || !/^[a-z][a-z0-9_]{2,60}$/.test(name)) {
  console.error("usage: node scripts/make-migration.ts <name>   (lower-case letters, digits, underscores)");
  process.exit(2);
}

await mkdir(MIGRATIONS_DIR, { recursive: true });
const cluster = await startTestCluster();
try {
  const url = await cluster.createDatabase();
  await migrateStore(url);
  const sql = await schemaDiff(url);
  if (sql === "") {
    console.log("The migrations already lead to prisma/schema.prisma.");
  } else {
    const stamp = new Date().toISOString().replace(/\D/g, "").slice(0, 14);
    const dir = join(MIGRATIONS_DIR, `${stamp}_${name}`);
    await mkdir(dir);
    await writeFile(join(dir, "migration.sql"), sql);
    console.log(`Wrote ${dir}/migration.sql. Read it: what the schema file can't express is in SQL only.`);
  }
} finally {
  await cluster.stop();
}
