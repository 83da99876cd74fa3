/** The store's client, made from prisma/schema.prisma. */
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pinnedNode } from "./dependencies.mjs";
import { succeeds } from "./run.mjs";
import { REPOSITORY, Stop, say } from "./say.mjs";

const STAMP = join(REPOSITORY, "lib", "store", "generated", ".stamp");

export async function ensureClient() {
  const hash = createHash("sha256");
  for (const file of ["prisma/schema.prisma", "prisma.config.ts", "node_modules/prisma/package.json"]) {
    hash.update(readFileSync(join(REPOSITORY, file)));
  }
  const wanted = hash.digest("hex");
  let made = null;
  try {
    made = readFileSync(STAMP, "utf8");
  } catch {
    // Never made.
  }
  if (made === wanted) return;
  say("Making the store's client from prisma/schema.prisma.");
  const cli = join(REPOSITORY, "node_modules", "prisma", "build", "index.js");
  const ok = await succeeds(pinnedNode(), [cli, "generate", "--no-hints"], {
    quiet: true,
    env: {
      // Making a client needs no engine, but the CLI would download one.
      PRISMA_SCHEMA_ENGINE_BINARY: "/bin/true",
      PRISMA_HIDE_UPDATE_MESSAGE: "1",
      CHECKPOINT_DISABLE: "1",
    },
  });
  if (!ok) throw new Stop("prisma generate failed; its messages are above.");
  writeFileSync(STAMP, wanted);
}
