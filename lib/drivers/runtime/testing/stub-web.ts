/** An app that does on request what apps do by mistake. */
import { spawn } from "node:child_process";
import { createServer } from "node:http";

const { PORT, STUBBORN, FORK } = process.env;

if (STUBBORN) process.on("SIGTERM", () => console.log("SIGTERM is ignored"));
else process.on("SIGTERM", () => process.exit(0));

// In a session of its own, out of reach of the group.
if (FORK) {
  const child = spawn("sleep", ["1000"], { detached: true, stdio: "ignore" });
  console.log(`forked ${child.pid}`);
}

const asked: string[] = [];

createServer((request, response) => {
  const url = new URL(request.url ?? "/", "http://app");
  if (url.pathname !== "/asked") asked.push(`${request.headers.host}${request.url}`);
  if (url.pathname === "/env") response.end(JSON.stringify({ ...process.env }));
  else if (url.pathname === "/id")
    response.end(JSON.stringify({ pid: process.pid, uid: process.getuid?.(), cwd: process.cwd() }));
  else if (url.pathname === "/say") {
    console.log(url.searchParams.get("text"));
    response.end();
  } else if (url.pathname === "/exit") process.exit(Number(url.searchParams.get("code")));
  else if (url.pathname === "/burn") {
    // Of its own, however many others want the processor.
    const before = process.cpuUsage();
    while (process.cpuUsage(before).user < 400_000);
    response.end();
  } else if (url.pathname === "/asked") response.end(JSON.stringify(asked));
  else if (url.pathname === "/cold") {
    // Warm from the third time on.
    response.statusCode = asked.filter((each) => each.endsWith("/cold")).length > 2 ? 200 : 500;
    response.end("page");
  } else if (url.pathname === "/never") response.write("a page that never ends");
  else if (url.pathname === "/bad") {
    response.statusCode = 503;
    response.end("not yet");
  } else response.end("ok");
}).listen(Number(PORT), "127.0.0.1", () => console.log(`listening on ${PORT}`));
