import { defineConfig } from "prisma/config";

// `prisma generate` needs no database; the stock CLI reads DATABASE_URL when someone uses it by hand.
export default defineConfig({
  schema: "prisma/schema.prisma",
  migrations: { path: "prisma/migrations" },
  datasource: { url: process.env.DATABASE_URL ?? "postgresql://localhost/signalbox" },
});
