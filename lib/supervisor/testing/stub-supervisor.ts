/** The real supervisor over stub children: `stub-supervisor.ts name=behaviour …`. */
import { join } from "node:path";
import { homePaths } from "#lib/config/home.ts";
import { runSupervisor } from "../run.ts";

const children = process.argv.slice(2).map((word) => word.split("="));

process.exit(
  await runSupervisor({
    stopSlots: async () => 0,
    onReady: () => console.log("READY"),
    children: (home) =>
      children.map(([name = "", behaviour = ""]) => ({
        name,
        args: [
          join(import.meta.dirname, "stub-child.ts"),
          join(homePaths(home).run, `${name}.json`),
          behaviour,
        ],
        env: { PATH: process.env.PATH ?? "", SIGNALBOX_HOME: home.dir },
      })),
  }),
);
