/** JSON lines on standard error. Standard output belongs to what a command prints. */
import { destination, type Logger, pino } from "pino";

export type { Logger };

/** What must never be in a log line, at any of the depths that we log. */
const SECRETS = ["password", "secret", "token", "authorization", "cookie", "connectionString", "databaseUrl"];

/** A logger for one process: `createLog("engine")`. Level from SIGNALBOX_LOG_LEVEL. */
export function createLog(name: string, level = process.env.SIGNALBOX_LOG_LEVEL ?? "info"): Logger {
  return pino(
    {
      name,
      level,
      base: { name, pid: process.pid },
      timestamp: () => `,"at":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRETS.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]), censor: "(secret)" },
    },
    // Synchronous, so that the last words of a process that dies are in its log.
    destination({ dest: 2, sync: true }),
  );
}
