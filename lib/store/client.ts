/** The store's client. Loaded by Next and by the processes alike. */
import { type Prisma, PrismaClient } from "./generated/client.ts";
import { OneAtATimePg } from "./one-at-a-time.ts";

export type Store = PrismaClient;

/** Inside `store.$transaction(async (tx) => …)`. */
export type StoreTransaction = Prisma.TransactionClient;

export interface StoreOptions {
  /** Connections of this process at most. */
  maxConnections?: number;
  /** Shown by the server in pg_stat_activity. */
  name?: string;
}

/** Connects lazily; `$disconnect()` when done. Queries fail after 5 s without a free or reachable connection. */
export function openStore(url: string, options: StoreOptions = {}): Store {
  const adapter = new OneAtATimePg(
    {
      connectionString: url,
      max: options.maxConnections ?? 10,
      connectionTimeoutMillis: 5_000,
      idleTimeoutMillis: 30_000,
      keepAlive: true,
      application_name: options.name ?? "signalbox",
    },
    // An idle connection that breaks when the server restarts is replaced by the pool; it must not end the process.
    { onPoolError: () => {}, onConnectionError: () => {} },
  );
  return new PrismaClient({ adapter });
}
