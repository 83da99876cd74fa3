/** What stands behind every proxy: faster than all of them. nginx where there is one, else Node. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "#lib/store/postgres-server.ts";
import { findProgram, type Programs, untilServing } from "./programs.ts";

export interface Upstream {
  port: number;
  kind: "nginx" | "node";
}

const NODE = `require("node:http").createServer((q, r) => { q.resume(); r.setHeader("content-type", "text/plain"); r.end("ok\\n"); }).listen(Number(process.argv[1]), "127.0.0.1").keepAliveTimeout = 75000`;

export async function startUpstream(programs: Programs, dir: string): Promise<Upstream> {
  const port = await freePort();
  const nginx = findProgram("nginx");
  const started =
    nginx === null
      ? programs.start("outside", process.execPath, ["-e", NODE, String(port)])
      : programs.start("outside", nginx, nginxArgs(dir, "upstream", upstreamConf(port)));
  await untilServing(port, "shop.test", started);
  return { port, kind: nginx === null ? "node" : "nginx" };
}

const upstreamConf = (port: number): string => `
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / { default_type text/plain; return 200 "ok\\n"; }
  }`;

/** Arguments of an nginx with one worker that writes nothing outside of \`dir\`. */
export function nginxArgs(dir: string, name: string, http: string): string[] {
  const file = join(dir, `${name}.conf`);
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((kind) => `  ${kind}_temp_path ${join(dir, `${name}-${kind}`)};`)
    .join("\n");
  writeFileSync(
    file,
    `daemon off;
worker_processes 1;
worker_rlimit_nofile 16384;
pid ${join(dir, `${name}.pid`)};
error_log stderr crit;
events { worker_connections 8192; }
http {
  access_log off;
  keepalive_requests 100000000;
  keepalive_timeout 75s;
${temporary}
${http}
}
`,
  );
  return ["-c", file, "-p", dir, "-e", "stderr"];
}
