"use client";
import { useRouter } from "next/navigation";
import { type FormEvent, type ReactNode, useId, useRef, useState } from "react";
import type { Verb } from "#lib/engine/model.ts";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { noAnswer, type Outcome, type Refused } from "../ui/outcome.ts";
import { isAdminOf, useActs } from "./acts.tsx";
import { checkInput, cleanInput, type Problems, startInput } from "./check-input.ts";
import { consequences, type VerbInput } from "./consequences.ts";
import { FeedStuck } from "./feed-stuck.tsx";
import { newIdempotencyKey } from "./idempotency-key.ts";
import { PreflightReport } from "./preflight-report.tsx";
import { RefusedNotice } from "./refused-notice.tsx";
import { RollbackCost } from "./rollback-cost.tsx";
import type { Scene } from "./scene.ts";
import { usePreflight } from "./use-preflight.ts";
import { VerbFields } from "./verb-fields.tsx";
import { verbWords } from "./verb-words.ts";
import { rowsBehind, stuckFeed } from "./way-back.ts";

export interface VerbDialogProps {
  verb: Verb;
  scene: Scene;
  input: VerbInput;
  open: boolean;
  onClose(): void;
  /** Shown first: which app, where the dialog was opened for more than one. */
  chooser?: ReactNode;
}

/** Runs long enough, or matters enough, to be watched on its own page. */
const WATCHED: Verb[] = ["deploy", "update", "sync", "swap", "rollback", "finish"];

export function VerbDialog({ verb, scene, input: given, open, onClose, chooser }: VerbDialogProps) {
  const acts = useActs();
  const { request, notAllowed } = acts;
  const router = useRouter();
  const confirm = useRef<HTMLButtonElement>(null);
  const key = useRef("");
  const formId = useId();
  const [input, setInput] = useState(() => startInput(verb, scene, given));
  const [problems, setProblems] = useState<Problems>({});
  const [pending, setPending] = useState(false);
  const [refusal, setRefusal] = useState<Refused | null>(null);
  const { preflight, again } = usePreflight(scene.app, verb, asks(verb, input));

  const answer = preflight.state === "known" ? preflight.answer : null;
  const wayBack = answer?.wayBack ?? scene.wayBack;
  // Of a rollback: a feed that does not run is not the end of it, for an admin.
  const stuck = verb === "rollback" ? stuckFeed(answer) : [];
  const lossy = stuck.length > 0;
  const admin = isAdminOf(acts, scene.app);
  const lossless = answer?.wayBack ? answer.wayBack.lossless && !lossy : scene.lossless;
  const words = consequences(verb, { ...scene, lossless }, { ...input, lossy });
  const refused = (answer?.findings ?? []).some(
    (finding) => finding.severity === "refuse" && !stuck.includes(finding),
  );
  const blocked = notAllowed !== null || refused || (lossy && !admin);

  async function submit(event: FormEvent) {
    event.preventDefault();
    const wrong = checkInput(verb, input, scene.app);
    setProblems(wrong);
    if (Object.keys(wrong).length > 0 || blocked || pending) return;
    setPending(true);
    setRefusal(null);
    key.current ||= newIdempotencyKey();
    let result: Outcome<string>;
    try {
      result = await request(scene.app, verb, cleanInput(lossy ? { ...input, lossy } : input), key.current);
    } catch {
      result = noAnswer;
    }
    setPending(false);
    if (!result.ok) {
      // A definite no ends the request; the next click is a new one. An unknown outcome keeps its key.
      if (!result.unknown) key.current = "";
      setRefusal(result);
      return;
    }
    onClose();
    if (WATCHED.includes(verb)) router.push(`/runs/${encodeURIComponent(result.value)}`);
    else router.refresh();
  }

  return (
    <Dialog
      open={open}
      onOpenChange={(next) => !next && onClose()}
      dismissible={!pending}
      title={words.title}
      initialFocus={verb === "rollback" ? confirm : undefined}
      footer={
        <>
          <Button size="large" look="quiet" onClick={onClose} disabled={pending}>
            Close
          </Button>
          <Button
            ref={confirm}
            size="large"
            look={
              verb === "rollback" || verb === "update" || (verb === "maintenance" && input.on)
                ? "danger"
                : "primary"
            }
            type="submit"
            form={formId}
            pending={pending}
            aria-disabled={blocked || undefined}
          >
            {lossy && admin ? `Go back and leave ${rowsBehind(wayBack)} behind` : words.confirm}
          </Button>
        </>
      }
    >
      <form id={formId} noValidate onSubmit={submit} className="space-y-4">
        {chooser}
        <VerbFields {...{ verb, scene, input, problems }} onChange={setInput} disabled={pending} />
        <dl className="space-y-2">
          <Consequence term="Visitors">{words.visitors}</Consequence>
          <Consequence term="Data">{words.data}</Consequence>
        </dl>
        {verb === "rollback" && !scene.noData && !lossy && (
          <RollbackCost wayBack={wayBack} lossless={lossless} measuring={preflight.state === "looking"} />
        )}
        {lossy && <FeedStuck app={scene.app} {...{ stuck, wayBack, admin }} />}
        {notAllowed && (
          <RefusedNotice title={`You may not ${verbWords[verb].run.toLowerCase()}`} findings={[notAllowed]} />
        )}
        <PreflightReport preflight={preflight} again={again} without={stuck} />
        {refusal && (
          <RefusedNotice
            title={refusal.what}
            remedy={refusal.remedy}
            findings={refusal.findings}
            run={refusal.run}
          />
        )}
      </form>
    </Dialog>
  );
}

/** What to ask the engine about; null while the form is not ready or the verb needs no look. */
function asks(verb: Verb, input: VerbInput): VerbInput | null {
  if (verb === "maintenance" || verb === "unpublish" || input.end) return null;
  if (verb === "publish" && !input.domain) return null;
  return input;
}

function Consequence({ term, children }: { term: string; children: string }) {
  return (
    <div className="grid grid-cols-[4.5rem_1fr] gap-2">
      <dt className="font-medium">{term}</dt>
      <dd className="text-soft">{children}</dd>
    </div>
  );
}
