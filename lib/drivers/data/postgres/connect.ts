/** Connections to the server that holds the slots' data, as its administrator. */
import pg from "pg";
import { Refusal } from "#lib/engine/ports.ts";

export interface Session {
  client: pg.Client;
  /** The server process behind it. */
  pid: number;
  /** Aborts when the connection ends, however it ends. */
  ended: AbortSignal;
  close(): Promise<void>;
  /**
   * Ends it whatever it is doing, and resolves when its server process is gone, so that what it had not committed is
   * undone. Used when the session itself can't be asked.
   */
  terminate(): Promise<void>;
}

// Values must read the same on both sides, and no operator or function of an app's own may be found by a
// statement that runs with the administrator's rights.
const SETTINGS = {
  search_path: "pg_catalog,pg_temp",
  datestyle: "ISO,YMD",
  intervalstyle: "postgres",
  timezone: "UTC",
  extra_float_digits: "1",
  bytea_output: "hex",
  lc_monetary: "C",
  row_security: "off",
  default_transaction_read_only: "off",
  statement_timeout: "30000",
  lock_timeout: "10000",
  idle_in_transaction_session_timeout: "0",
};

const PARKED_MS = 60_000;
const KEPT_MS = 10_000;

/** `clean`: whether it is as good as new. */
interface Parked {
  session: Session;
  clean: Promise<boolean>;
}

export class DataServer {
  readonly #url: URL;
  /** What every session calls itself, or begins to. */
  readonly applicationName: string;
  readonly #sessions = new Set<Session>();
  /** Sessions that wait for their next use, by database. A connection takes longer than most of what it is for. */
  readonly #parked = new Map<string | undefined, Parked[]>();
  #disposed = false;

  constructor(adminUrl: string, applicationName: string) {
    this.#url = new URL(adminUrl);
    this.#url.searchParams.delete("options");
    this.#url.searchParams.delete("application_name");
    this.applicationName = applicationName;
  }

  /** Connection string of another role on the same server. */
  urlFor(database: string, role: string, password: string): string {
    const url = new URL(this.#url);
    url.username = encodeURIComponent(role);
    url.password = encodeURIComponent(password);
    url.pathname = `/${encodeURIComponent(database)}`;
    return url.href;
  }

  /** Opens a session to a database (default: the administrator's). The caller closes it. */
  async open(database?: string): Promise<Session> {
    return await this.#connect(new URL(this.#url), database);
  }

  /** One that takes the commands of replication too, and only statements without parameters. The caller closes it. */
  async openReplication(database: string): Promise<Session> {
    const url = new URL(this.#url);
    url.searchParams.set("replication", "database");
    return await this.#connect(url, database);
  }

  async #connect(url: URL, database: string | undefined): Promise<Session> {
    if (this.#disposed) throw new Error("the data driver was disposed");
    if (database !== undefined) url.pathname = `/${encodeURIComponent(database)}`;
    const client = new pg.Client({
      connectionString: url.href,
      application_name: this.applicationName,
      client_encoding: "UTF8",
      connectionTimeoutMillis: 10_000,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      options: Object.entries(SETTINGS)
        .map(([name, value]) => `-c ${name}=${value}`)
        .join(" "),
    });
    const ended = new AbortController();
    // Without a listener a connection that breaks while idle would end the whole process.
    client.on("error", () => ended.abort());
    client.on("end", () => ended.abort());
    await client.connect().catch((error) => {
      throw unreachable(error, database);
    });
    const session: Session = {
      client,
      pid: (client as unknown as { processID: number }).processID,
      ended: ended.signal,
      close: async () => {
        this.#sessions.delete(session);
        await client.end().catch(() => {});
      },
      terminate: () => this.#terminate(session),
    };
    this.#sessions.add(session);
    return session;
  }

  /** A session that was used before where there is one, as good as new. The caller closes it. */
  async reopen(database?: string): Promise<Session> {
    for (let parked = this.#take(database); parked; parked = this.#take(database)) {
      if (await parked.clean) return parked.session;
      await parked.session.close();
    }
    return await this.open(database);
  }

  /** Runs `work` in a session of its own. */
  async use<T>(database: string | undefined, work: (client: pg.Client) => Promise<T>): Promise<T> {
    const session = await this.reopen(database);
    try {
      const result = await work(session.client);
      this.park(database, session);
      return result;
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  #take(database: string | undefined): Parked | undefined {
    const parked = this.#parked.get(database)?.pop();
    return parked?.session.ended.aborted ? this.#take(database) : parked;
  }

  /** Puts a session away for the next use, as good as new. */
  park(database: string | undefined, session: Session): void {
    // Now, and not when it is wanted: whoever wants it may have visitors waiting.
    const clean = session.client.query("DISCARD ALL").then(
      () => true,
      () => false,
    );
    this.#putAway(database, { session, clean }, PARKED_MS);
  }

  /** Puts a session away as it is, for the one who knows its name and comes soon. */
  keep(name: string, session: Session): void {
    this.#putAway(name, { session, clean: Promise.resolve(true) }, KEPT_MS);
  }

  /** What was kept under that name. The caller closes it. */
  kept(name: string): Session | null {
    return this.#take(name)?.session ?? null;
  }

  #putAway(name: string | undefined, parked: Parked, forMs: number): void {
    const all = this.#parked.get(name) ?? [];
    this.#parked.set(name, all);
    all.push(parked);
    setTimeout(() => {
      const at = all.indexOf(parked);
      if (at !== -1) all.splice(at, 1)[0]?.session.close();
    }, forMs).unref();
  }

  async #terminate(session: Session): Promise<void> {
    this.#sessions.delete(session);
    const destroy = () =>
      (session.client as unknown as { connection: pg.Connection }).connection.stream.destroy();
    try {
      await this.use(undefined, (client) =>
        // The process id alone could belong to somebody else by now.
        client.query(
          "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE pid = $1 AND application_name LIKE $2",
          [session.pid, `${this.applicationName}%`],
        ),
      );
    } finally {
      destroy();
    }
  }

  /** Closes the sessions that wait in a database which is about to be deleted. */
  async forget(database: string): Promise<void> {
    await Promise.all((this.#parked.get(database)?.splice(0) ?? []).map(({ session }) => session.close()));
  }

  async dispose(): Promise<void> {
    this.#disposed = true;
    await Promise.all([...this.#sessions].map((session) => session.close()));
  }
}

export const isAway = (error: unknown): error is Refusal =>
  error instanceof Refusal && error.code === UNREACHABLE;

const UNREACHABLE = "data-server-unreachable";

function unreachable(error: unknown, database: string | undefined): Refusal {
  const code = (error as { code?: string }).code;
  const said = error instanceof Error ? error.message || code : String(error);
  if (code === "3D000") {
    return new Refusal(
      "slot-not-provisioned",
      `The database ${database} does not exist.`,
      "Deploy a release to the slot; that creates it.",
      { cause: error },
    );
  }
  return new Refusal(
    UNREACHABLE,
    `The PostgreSQL server of the slots' data can't be used: ${said}.`,
    "Check that it runs, that its connection string is right (SIGNALBOX_DATA_URL, or the one that the app was adopted with) and that it has connections left.",
    { cause: error },
  );
}
