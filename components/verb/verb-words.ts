import type { Verb } from "#lib/engine/model.ts";

/** How a verb reads on a button, as the name of its run, and while it runs. */
export const verbWords: Record<Verb, { button: string; run: string; running: string }> = {
  init: { button: "Create app", run: "Create app", running: "Creating the app" },
  adopt: { button: "Adopt app", run: "Adopt", running: "Adopting the app" },
  remove: { button: "Remove app", run: "Remove", running: "Removing the app" },
  deploy: { button: "Deploy", run: "Deploy", running: "Deploying" },
  sync: { button: "Sync", run: "Sync", running: "Syncing" },
  preview: { button: "Copy for testers", run: "Copy for testers", running: "Copying for testers" },
  restart: { button: "Restart", run: "Restart", running: "Restarting" },
  update: { button: "Update in place", run: "Update", running: "Updating" },
  publish: { button: "Publish a domain", run: "Publish", running: "Publishing" },
  unpublish: { button: "Unpublish", run: "Unpublish", running: "Unpublishing" },
  pause: { button: "Pause", run: "Pause", running: "Pausing" },
  resume: { button: "Resume", run: "Resume", running: "Resuming" },
  swap: { button: "Swap", run: "Swap", running: "Swapping" },
  rollback: { button: "Roll back", run: "Rollback", running: "Rolling back" },
  finish: { button: "Finish", run: "Finish", running: "Finishing" },
  maintenance: { button: "Maintenance", run: "Maintenance", running: "Changing maintenance" },
};
