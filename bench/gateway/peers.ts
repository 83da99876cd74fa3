/** Who is measured: each of them a plain reverse proxy in front of the same upstream, on one core, without a log. */
import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { freePort } from "#lib/store/postgres-server.ts";
import { kamalProxy } from "./kamal-proxy.ts";
import { startMiddleware } from "./middleware.ts";
import { findProgram, type Programs, type Started, untilServing } from "./programs.ts";
import { HOST, startSignalbox } from "./signalbox.ts";
import { nginxArgs } from "./upstream.ts";

export interface Peer {
  name: string;
  port: number;
  /** The program's process group, which its CPU time is read of; null for who has none of his own. */
  group: number | null;
}

/** What came up: where it serves and as which process. */
export interface Served {
  port: number;
  started: Started;
}

export interface PeerOptions {
  programs: Programs;
  dir: string;
  upstreamPort: number;
  quick: boolean;
}

/** Starts all that can be; for the others the reason and the remedy. */
export async function startPeers(
  options: PeerOptions,
): Promise<{ peers: Peer[]; missing: Record<string, string> }> {
  const missing: Record<string, string> = {};
  const started = Object.entries(PEERS).map(async ([name, start]): Promise<Peer | null> => {
    try {
      const { port, started } = await start(options);
      return { name, port, group: started.child.pid ?? null };
    } catch (error) {
      missing[name] = error instanceof Error ? error.message : String(error);
      return null;
    }
  });
  const peers = (await Promise.all(started)).filter((peer) => peer !== null);
  return { peers, missing };
}

const PEERS: Record<string, (options: PeerOptions) => Promise<Served>> = {
  gateway: (options) => startSignalbox(options, { workers: 1, core: "proxy" }),
  gatewayAllCores: (options) => startSignalbox(options, { workers: null, core: "any" }),
  async nginx({ programs, dir, upstreamPort }) {
    const nginx = needed("nginx", "apt-get install nginx-light");
    return serve((port) =>
      programs.start("proxy", nginx, nginxArgs(dir, "nginx", nginxConf(port, upstreamPort))),
    );
  },
  async haproxy({ programs, dir, upstreamPort }) {
    const haproxy = needed("haproxy", "apt-get install haproxy");
    return serve((port) => {
      const file = join(dir, "haproxy.cfg");
      writeFileSync(file, haproxyConf(port, upstreamPort));
      return programs.start("proxy", haproxy, ["-db", "-f", file]);
    });
  },
  async caddy({ programs, dir, upstreamPort }) {
    const caddy = needed("caddy", "apt-get install caddy");
    return serve((port) => {
      const file = join(dir, "Caddyfile");
      writeFileSync(file, caddyConf(port, upstreamPort));
      const home = { HOME: dir, XDG_DATA_HOME: dir, XDG_CONFIG_HOME: dir };
      return programs.start("proxy", caddy, ["run", "--config", file, "--adapter", "caddyfile"], home);
    });
  },
  async "kamal-proxy"({ programs, dir, upstreamPort, quick }) {
    const program = await kamalProxy({ build: !quick });
    const home = join(dir, "kamal");
    mkdirSync(home);
    const env = { HOME: home, XDG_RUNTIME_DIR: home };
    const https = await freePort();
    const port = await freePort();
    const args = ["run", "--http-port", String(port), "--https-port", String(https)];
    const started = programs.start("proxy", program, args, env);
    await waitFor(async () => {
      const deploy = ["deploy", "bench", "--target", `127.0.0.1:${upstreamPort}`, "--force"];
      await promisify(execFile)(program, deploy, { env: { ...process.env, ...env } });
    });
    await untilServing(port, HOST, started);
    return { port, started };
  },
  middleware: (options) => startMiddleware(options),
};

async function serve(start: (port: number) => Started): Promise<Served> {
  const port = await freePort();
  const started = start(port);
  await untilServing(port, HOST, started);
  return { port, started };
}

function needed(name: string, remedy: string): string {
  const found = findProgram(name);
  if (found === null) throw new Error(`not installed: ${remedy}`);
  return found;
}

async function waitFor(attempt: () => Promise<void>): Promise<void> {
  for (let left = 50; ; left -= 1) {
    try {
      return await attempt();
    } catch (error) {
      if (left === 0) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

const nginxConf = (port: number, upstream: number): string => `
  upstream app {
    server 127.0.0.1:${upstream};
    keepalive 256;
    keepalive_requests 100000000;
  }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / {
      proxy_pass http://app;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;
    }
  }`;

const haproxyConf = (port: number, upstream: number): string => `
global
  maxconn 8192
  nbthread 1
defaults
  mode http
  timeout connect 5s
  timeout client 75s
  timeout server 75s
  option forwardfor
  http-reuse always
frontend visitors
  bind 127.0.0.1:${port}
  default_backend app
backend app
  server app 127.0.0.1:${upstream}
`;

const caddyConf = (port: number, upstream: number): string => `
{
  admin off
  auto_https off
}
http://:${port} {
  bind 127.0.0.1
  reverse_proxy 127.0.0.1:${upstream}
}
`;
