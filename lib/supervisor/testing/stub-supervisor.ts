/** The real supervisor over stub children: `stub-supervisor.ts name=behaviour …`; `gateway=real` is the real one. */
import { join } from "node:path";
import { REPOSITORY } from "#lib/config/environment.ts";
import { homePaths } from "#lib/config/home.ts";
import { runSupervisor } from "../run.ts";

const children = process.argv.slice(2).map((word) => word.split("="));

process.exit(
  await runSupervisor({
    stopSlots: async () => 0,
    onReady: () => console.log("READY"),
    children: (home, ports) =>
      children.map(([name = "", behaviour = ""]) => ({
        name,
        args:
          behaviour === "real"
            ? [join(REPOSITORY, "processes", `${name}.ts`)]
            : [
                join(import.meta.dirname, "stub-child.ts"),
                join(homePaths(home).run, `${name}.json`),
                behaviour,
              ],
        insteadArgs: behaviour === "real" ? ["--instead"] : undefined,
        env: {
          PATH: process.env.PATH ?? "",
          SIGNALBOX_HOME: home.dir,
          SIGNALBOX_PORT: String(ports.gateway),
          SIGNALBOX_GATEWAY_WORKERS: "2",
          // Differs from one version of the code to the next.
          SIGNALBOX_CODE: process.env.SIGNALBOX_CODE ?? "",
        },
      })),
  }),
);
