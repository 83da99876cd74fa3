/** For tests: the API's real handlers on a real HTTP server, without Next. Paths come from the files, as Next's do. */
import { once } from "node:events";
import { globSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join, relative } from "node:path";
import { Readable } from "node:stream";
import { pathToFileURL } from "node:url";
import { REPOSITORY } from "#lib/config/environment.ts";

type Handler = (request: Request, route: { params: Promise<Record<string, string>> }) => Promise<Response>;

export interface FoundRoute {
  /** With `[param]` in it, from the root: `/api/v1/apps/[app]`. */
  path: string;
  methods: Record<string, Handler>;
}

/** Every route.ts below app/api. */
export async function findRoutes(): Promise<FoundRoute[]> {
  const root = join(REPOSITORY, "app");
  const files = globSync("api/**/route.ts", { cwd: root });
  return Promise.all(
    files.map(async (file) => {
      const { dynamic: _, ...methods } = await import(pathToFileURL(join(root, file)).href);
      return { path: `/${relative("", file).replace(/\/route\.ts$/, "")}`, methods };
    }),
  );
}

export interface ServedApi {
  url: string;
  close(): Promise<void>;
}

export async function serveApi(port = 0): Promise<ServedApi> {
  const routes = (await findRoutes()).map((route) => ({ ...route, pattern: patternOf(route.path) }));
  // A fixed segment wins over a parameter.
  routes.sort((a, b) => (fixedFirst(a.path) < fixedFirst(b.path) ? -1 : 1));
  const server = createServer((incoming, outgoing) => void serve(incoming, outgoing));

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const url = new URL(incoming.url ?? "/", `http://${incoming.headers.host}`);
    const found = routes
      .map((route) => ({ route, match: route.pattern.exec(url.pathname) }))
      .find(({ route, match }) => match !== null && (incoming.method ?? "") in route.methods);
    if (!found) return void outgoing.writeHead(404).end();
    const gone = new AbortController();
    outgoing.on("close", () => gone.abort());
    const request = new Request(url, {
      method: incoming.method,
      headers: new Headers(incoming.headers as Record<string, string>),
      signal: gone.signal,
      ...(incoming.method !== "GET" && { body: Readable.toWeb(incoming) as ReadableStream, duplex: "half" }),
    } as RequestInit);
    const params = Promise.resolve({ ...found.match?.groups });
    const response = await found.route.methods[incoming.method!]!(request, { params });
    outgoing.writeHead(response.status, [...response.headers].flat());
    if (response.body === null) return void outgoing.end();
    const body = Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0]);
    body.on("error", () => outgoing.destroy());
    outgoing.on("close", () => body.destroy());
    body.pipe(outgoing);
  }

  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

const patternOf = (path: string): RegExp =>
  new RegExp(
    `^${path
      .replaceAll(".", "\\.")
      .replace(/\[(\\\.)+(\w+)\]/g, "(?<$2>.+)")
      .replace(/\[(\w+)\]/g, "(?<$1>[^/]+)")}$`,
  );

const fixedFirst = (path: string): string => path.replaceAll("[", "~");
