/** Puts a release into the idle slot. */
import { isAbsolute } from "node:path";
import { z } from "zod";
import { checkAddress, checkRef, checkSubfolder } from "#lib/engine/git-address.ts";
import { idleSlot } from "#lib/engine/model.ts";
import type { StoreTransaction } from "#lib/store/client.ts";
import { Uploads } from "#lib/uploads/upload.ts";
import { externalSource, requireFitting } from "./adoption-fields.ts";
import { type OperationContext, requireRole } from "./context.ts";
import { refused } from "./errors.ts";
import { appFields, slotField } from "./input-fields.ts";
import { parseInput } from "./parse-input.ts";
import { requireNoLoop } from "./read/adoption-check.ts";
import { type RequestedRun, requestRun } from "./request-run.ts";
import { credentialName } from "./source-credentials.ts";

export const deployInput = z.strictObject({
  ...appFields,
  /** Default: the idle slot. */
  slot: slotField.optional(),
  /** Where the release comes from. */
  source: z.discriminatedUnion("kind", [
    /** A folder on Signalbox's machine that holds signalbox.yaml. */
    z.strictObject({
      kind: z.literal("folder"),
      path: z.string().max(4096).refine(isAbsolute, "an absolute path"),
    }),
    /** A branch, tag or commit; `path` is the app's folder in the repository. */
    z.strictObject({
      kind: z.literal("git"),
      url: z.string().trim().min(1).max(2000),
      ref: z.string().trim().min(1).max(200),
      path: z.string().trim().max(1000).optional(),
      credential: credentialName.optional(),
    }),
    /** One that is complete: see POST /apps/{app}/uploads. */
    z.strictObject({ kind: z.literal("upload"), id: z.string().max(100) }),
    /** An installed one again: nothing is copied or built. */
    z.strictObject({ kind: z.literal("release"), id: z.string().max(200) }),
    externalSource,
  ]),
});

export type DeploySource = z.output<typeof deployInput>["source"];

/** Needs operator. The run records the slot that was idle when it was asked for. */
export async function deploy(
  context: OperationContext,
  input: z.input<typeof deployInput>,
): Promise<RequestedRun> {
  const { app, idempotencyKey, slot: wanted, source } = parseInput(deployInput, input);
  requireRole(context, "operator", app);
  if (source.kind === "external" && source.origin) await requireNoLoop(context, source.origin);
  return requestRun(context, {
    verb: "deploy",
    app,
    idempotencyKey,
    resolve(state) {
      requireFitting(state.external, source.kind);
      const slot = wanted ?? idleSlot(state.live);
      return { ask: { slot }, record: { slot, source } };
    },
    check: (tx, { id }) => mustBeThere(context, tx, { id, name: app }, source),
  });
}

/** What can be known before anything is fetched. Throws Refusal, or `refused`. */
export async function mustBeThere(
  { home }: OperationContext,
  tx: StoreTransaction,
  app: { id: string; name: string },
  source: DeploySource,
): Promise<void> {
  const appId = app.id;
  if (source.kind === "git") {
    checkAddress(source.url);
    checkRef(source.ref);
    checkSubfolder(source.path ?? "");
    const { credential: name } = source;
    if (
      name !== undefined &&
      !(await tx.sourceCredential.findUnique({ where: { appId_name: { appId, name } } }))
    )
      throw gone(
        "credential-missing",
        `${app.name} has no credential named ${name}.`,
        "Add it, or choose another.",
      );
  }
  if (source.kind === "upload") {
    const { state } = await new Uploads(home, app.name).status(source.id);
    if (state !== "ready")
      throw gone("upload-incomplete", "The upload is not complete.", "Complete it, then deploy it.");
  }
  if (source.kind === "release" && !(await tx.release.findFirst({ where: { id: source.id, appId } })))
    throw gone(
      "release-gone",
      `${app.name} has no such release any more.`,
      "Choose one from the list of releases.",
    );
}

const gone = (code: string, what: string, remedy: string) =>
  refused([{ code, severity: "refuse", what, remedy }]);
