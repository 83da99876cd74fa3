/** The command line: one file per command under commands/. */
import { Command } from "commander";
import { adoptCommand } from "./commands/adopt.ts";
import { backupCommand } from "./commands/backup.ts";
import { cancelCommand } from "./commands/cancel.ts";
import { connectionCommand } from "./commands/connection.ts";
import { createCommand } from "./commands/create.ts";
import { credentialCommand } from "./commands/credential.ts";
import { deployCommand } from "./commands/deploy.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { envCommand } from "./commands/env.ts";
import { finishCommand } from "./commands/finish.ts";
import { initCommand } from "./commands/init.ts";
import { jobsCommand } from "./commands/jobs.ts";
import { keysCommand } from "./commands/keys.ts";
import { linkCommand } from "./commands/link.ts";
import { logsCommand } from "./commands/logs.ts";
import { maintenanceCommand } from "./commands/maintenance.ts";
import { pauseCommand } from "./commands/pause.ts";
import { peopleCommand } from "./commands/people.ts";
import { previewCommand } from "./commands/preview.ts";
import { publishCommand } from "./commands/publish.ts";
import { receiptsCommand } from "./commands/receipts.ts";
import { releasesCommand } from "./commands/releases.ts";
import { removeCommand } from "./commands/remove.ts";
import { restartCommand } from "./commands/restart.ts";
import { restoreCommand } from "./commands/restore.ts";
import { resumeCommand } from "./commands/resume.ts";
import { rollbackCommand } from "./commands/rollback.ts";
import { runCommand } from "./commands/run.ts";
import { runsCommand } from "./commands/runs.ts";
import { scaleCommand } from "./commands/scale.ts";
import { settingsCommand } from "./commands/settings.ts";
import { shareCommand } from "./commands/share.ts";
import { statusCommand } from "./commands/status.ts";
import { swapCommand } from "./commands/swap.ts";
import { syncCommand } from "./commands/sync.ts";
import { tokenCommand } from "./commands/token.ts";
import { unpublishCommand } from "./commands/unpublish.ts";
import { updateCommand } from "./commands/update.ts";
import type { Streams } from "./streams.ts";

const COMMANDS = [
  statusCommand,
  initCommand,
  createCommand,
  adoptCommand,
  connectionCommand,
  removeCommand,
  deployCommand,
  releasesCommand,
  credentialCommand,
  syncCommand,
  previewCommand,
  swapCommand,
  rollbackCommand,
  finishCommand,
  publishCommand,
  unpublishCommand,
  pauseCommand,
  resumeCommand,
  restartCommand,
  updateCommand,
  scaleCommand,
  envCommand,
  settingsCommand,
  runCommand,
  jobsCommand,
  maintenanceCommand,
  runsCommand,
  receiptsCommand,
  cancelCommand,
  logsCommand,
  tokenCommand,
  linkCommand,
  peopleCommand,
  shareCommand,
  keysCommand,
  backupCommand,
  restoreCommand,
  doctorCommand,
];

const AFTER = `
Exit code: 0 succeeded; 1 refused, failed or aborted; 2 used wrongly; 3 not reachable or no good token.
Environment: SIGNALBOX_URL, SIGNALBOX_TOKEN, SIGNALBOX_APP; with --local also SIGNALBOX_HOME.`;

export function createProgram(streams: Streams): Command {
  const program = new Command("signalbox")
    .description("Blue/green switching of a web app together with its data.")
    .option("--app <name>", "which app; may be left out when there is one")
    .option("--json", "one JSON object per line on standard output", false)
    .option("--url <url>", "the dashboard's address (default: http://127.0.0.1:8080)")
    .option("--token <token>", "an API token; better in SIGNALBOX_TOKEN, where others can't see it")
    .option("--local", "go round the web process, straight to the store of --home", false)
    .option("--home <dir>", "the installation's folder, for --local")
    .option("--no-wait", "answer as soon as the run is asked for")
    .addHelpText("after", AFTER)
    .configureOutput({
      writeOut: (text) => streams.stdout.write(text),
      writeErr: (text) => streams.stderr.write(text),
    })
    .exitOverride();
  for (const add of COMMANDS) add(program, streams);
  return program;
}
