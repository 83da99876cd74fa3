/** Every verb with its schema, role and function: what the doors choose from. */
import type { z } from "zod";
import type { Verb } from "#lib/engine/model.ts";
import { adopt, adoptInput } from "./adopt.ts";
import type { OperationContext } from "./context.ts";
import { deploy, deployInput } from "./deploy.ts";
import { finish, finishInput } from "./finish.ts";
import { init, initInput } from "./init.ts";
import { maintenance, maintenanceInput } from "./maintenance.ts";
import { pause, pauseInput } from "./pause.ts";
import { preview, previewInput } from "./preview.ts";
import { publish, publishInput } from "./publish.ts";
import { remove, removeInput } from "./remove.ts";
import type { RequestedRun } from "./request-run.ts";
import { restart, restartInput } from "./restart.ts";
import { resume, resumeInput } from "./resume.ts";
import type { Role } from "./role.ts";
import { rollback, rollbackInput } from "./rollback.ts";
import { swap, swapInput } from "./swap.ts";
import { sync, syncInput } from "./sync.ts";
import { unpublish, unpublishInput } from "./unpublish.ts";
import { update, updateInput } from "./update.ts";

interface VerbEntry<S extends z.ZodObject = z.ZodObject> {
  input: S;
  role: Role;
  /** One line, for the API document and the CLI's help. */
  summary: string;
  /** Validates the input itself. */
  run(context: OperationContext, input: z.input<S>): Promise<RequestedRun>;
}

const entry = <S extends z.ZodObject>(verb: VerbEntry<S>): VerbEntry => verb as unknown as VerbEntry;

export const verbs: Record<Verb, VerbEntry> = {
  init: entry({ input: initInput, role: "admin", run: init, summary: "Make an app with its two slots." }),
  adopt: entry({
    input: adoptInput,
    role: "admin",
    run: adopt,
    summary: "Take an app that runs already behind the gate.",
  }),
  remove: entry({
    input: removeInput,
    role: "admin",
    run: remove,
    summary: "Take an app out of Signalbox.",
  }),
  deploy: entry({
    input: deployInput,
    role: "operator",
    run: deploy,
    summary: "Put a release into the idle slot.",
  }),
  sync: entry({
    input: syncInput,
    role: "operator",
    run: sync,
    summary: "Copy the live data to the idle slot.",
  }),
  preview: entry({
    input: previewInput,
    role: "operator",
    run: preview,
    summary: "Let testers write in a throw-away copy of the idle data, or end that.",
  }),
  restart: entry({
    input: restartInput,
    role: "operator",
    run: restart,
    summary: "Restart a slot's processes.",
  }),
  update: entry({
    input: updateInput,
    role: "operator",
    run: update,
    summary: "Change the live slot in place: a release, variables, number of web processes.",
  }),
  publish: entry({
    input: publishInput,
    role: "operator",
    run: publish,
    summary: "Route a domain to a slot.",
  }),
  unpublish: entry({
    input: unpublishInput,
    role: "operator",
    run: unpublish,
    summary: "Take a domain away.",
  }),
  pause: entry({
    input: pauseInput,
    role: "operator",
    run: pause,
    summary: "Take a slot out: no traffic, no workers, no writes.",
  }),
  resume: entry({ input: resumeInput, role: "operator", run: resume, summary: "Bring a paused slot back." }),
  swap: entry({ input: swapInput, role: "operator", run: swap, summary: "Make the idle slot live." }),
  rollback: entry({
    input: rollbackInput,
    role: "operator",
    run: rollback,
    summary: "Go back to the slot that was live before.",
  }),
  finish: entry({ input: finishInput, role: "operator", run: finish, summary: "Give up the way back." }),
  maintenance: entry({
    input: maintenanceInput,
    role: "operator",
    run: maintenance,
    summary: "Close or open the app's gate.",
  }),
};
