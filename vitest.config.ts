import { join } from "node:path";
import { defineConfig } from "vitest/config";

// Two projects: `unit` needs nothing but Node; `it` starts real PostgreSQL servers, processes and gateways.
export default defineConfig({
  test: {
    env: {
      TZ: "Asia/Kathmandu",
      // Engines, gateways and commands are started hundreds of times; each would compile the same files anew.
      NODE_COMPILE_CACHE: join(import.meta.dirname, "node_modules", ".cache", "compiled"),
    },
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["{lib,components,cli,bench,scripts,examples}/**/*.test.ts"],
          exclude: ["**/*.it.test.ts", "**/*.slow.test.ts", "**/node_modules/**"],
        },
      },
      {
        extends: true,
        test: {
          name: "it",
          include: ["{lib,cli,bench,processes,examples}/**/*.it.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          // What comes true usually does at once; how long a busy machine takes is no reason to fail.
          expect: { poll: { timeout: 20_000 } },
          fileParallelism: true,
          maxWorkers: 2,
        },
      },
      {
        extends: true,
        test: {
          name: "slow",
          include: ["{lib,cli,bench,processes,examples}/**/*.slow.test.ts"],
          testTimeout: 600_000,
          hookTimeout: 120_000,
          maxWorkers: 1,
        },
      },
    ],
  },
});
