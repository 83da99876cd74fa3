/** Where Prometheus reads the figures of all workers together: a loopback port, without a secret and without secrets. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Answer } from "./control.ts";
import { Metrics } from "./metrics.ts";

export interface MetricsServer {
  address: { host: string; port: number };
  stop(): void;
}

/** Port 0 takes a free one. Rejects when it is taken. */
export async function serveMetrics(
  port: number,
  read: () => Promise<{ stats: Answer<"stats">; workers: number }>,
): Promise<MetricsServer> {
  const metrics = new Metrics();
  const server = createServer((req, res) => {
    // Pages in a browser on this machine have no business here.
    if (req.method !== "GET" || req.url !== "/metrics" || req.headers.origin !== undefined) {
      res.writeHead(404).end();
      return;
    }
    read()
      .then(({ stats, workers }) => metrics.render(stats, workers))
      .then(
        ({ contentType, text }) =>
          res.writeHead(200, { "content-type": contentType, "cache-control": "no-store" }).end(text),
        () => res.writeHead(500).end(),
      );
  });
  const host = "127.0.0.1";
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port }, resolve);
  });
  return {
    address: { host, port: (server.address() as AddressInfo).port },
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}
