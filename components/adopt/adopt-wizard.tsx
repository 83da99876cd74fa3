"use client";
import { useRouter } from "next/navigation";
import { type FormEvent, useRef, useState } from "react";
import type { AdoptionCheckView } from "#lib/operations/read/adoption-check.ts";
import { Button } from "../ui/button.tsx";
import { Notice } from "../ui/notice.tsx";
import { noAnswer, type Outcome, type Refused } from "../ui/outcome.ts";
import { newIdempotencyKey } from "../verb/idempotency-key.ts";
import { RefusedNotice } from "../verb/refused-notice.tsx";
import { CheckList } from "./check-list.tsx";
import { Review } from "./review.tsx";
import { AddressFields, DatabaseFields, DomainFields } from "./step-fields.tsx";
import { StepList } from "./step-list.tsx";
import {
  type AdoptionQuestion,
  adoptionOf,
  type NewAdoption,
  NOTHING_YET,
  problemsOf,
  questionOf,
  STEPS,
  type StepName,
  type Wanted,
} from "./wanted.ts";

interface Props {
  gatewayPort: number;
  check(question: AdoptionQuestion): Promise<Outcome<AdoptionCheckView>>;
  adopt(app: NewAdoption): Promise<Outcome<string>>;
}

const fields = { address: AddressFields, domains: DomainFields, database: DatabaseFields } as const;

/** A running app behind the gate, a step at a time; any step can be gone back to, and what was typed stays. */
export function AdoptWizard({ gatewayPort, check, adopt }: Props) {
  const router = useRouter();
  const key = useRef("");
  const heading = useRef<HTMLHeadingElement>(null);
  const [wanted, setWanted] = useState(NOTHING_YET);
  const [step, setStep] = useState<StepName>("address");
  const [tried, setTried] = useState(false);
  const [found, setFound] = useState<AdoptionCheckView | null>(null);
  const [refusal, setRefusal] = useState<Refused | null>(null);
  const [pending, setPending] = useState(false);
  const problems = tried ? problemsOf(step, wanted) : {};
  const done = (name: StepName) => Object.keys(problemsOf(name, wanted)).length === 0;

  function set(change: Partial<Wanted>) {
    setWanted((before) => ({ ...before, ...change }));
    setFound(null);
  }

  function go(next: StepName) {
    setStep(next);
    setTried(false);
    setFound(null);
    setRefusal(null);
    // Whoever hears the page is told where it went.
    requestAnimationFrame(() => heading.current?.focus());
  }

  async function look(): Promise<boolean> {
    setPending(true);
    setRefusal(null);
    const only = step === "database" || step === "review" ? undefined : "address";
    const answer = await check(questionOf(wanted, only)).catch(() => noAnswer);
    setPending(false);
    if (!answer.ok) setRefusal(answer);
    else setFound(answer.value);
    return answer.ok && answer.value.ok;
  }

  async function finish() {
    setPending(true);
    setRefusal(null);
    key.current ||= newIdempotencyKey();
    const answer = await adopt(adoptionOf(wanted, key.current)).catch(() => noAnswer);
    if (answer.ok) return router.push(`/apps/${encodeURIComponent(wanted.name.trim())}`);
    if (!answer.unknown) key.current = "";
    setPending(false);
    setRefusal(answer);
  }

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (pending) return;
    if (step === "review") return finish();
    setTried(true);
    if (!done(step)) return;
    // Seen already and all well, or seen with its warnings: the second press goes on.
    if (found?.ok || ((await look()) && step === "domains")) go(STEPS[STEPS.indexOf(step) + 1]!);
  }

  const Fields = step === "review" ? null : fields[step];
  return (
    <form
      onSubmit={submit}
      noValidate
      className="max-w-2xl space-y-4 rounded-lg border border-line bg-panel p-4"
    >
      <StepList step={step} done={done} disabled={pending} go={go} />
      <h2 ref={heading} tabIndex={-1} className="text-base font-semibold outline-none">
        {TITLES[step]}
      </h2>
      {Fields ? (
        <Fields wanted={wanted} problems={problems} disabled={pending} set={set} />
      ) : (
        <Review wanted={wanted} gatewayPort={gatewayPort} />
      )}
      <div aria-live="polite" className="space-y-3">
        {found && <CheckList check={found} />}
        {found && !found.ok && (
          <Notice kind="warn" title="Not yet.">
            <p>Put right what is refused, then check again.</p>
          </Notice>
        )}
      </div>
      {refusal && (
        <RefusedNotice
          title={refusal.what}
          remedy={refusal.remedy}
          findings={refusal.findings}
          run={refusal.run}
        />
      )}
      <div className="flex flex-wrap gap-2">
        <Button type="submit" look="primary" size="large" pending={pending}>
          {step === "review" ? "Adopt app" : found?.ok ? "Next" : step === "domains" ? "Next" : "Check"}
        </Button>
        {found?.ok && step === "database" && (
          <Button size="large" disabled={pending} onClick={look}>
            Check again
          </Button>
        )}
      </div>
    </form>
  );
}

const TITLES: Record<StepName, string> = {
  address: "Where does it run?",
  domains: "Which domains lead to it?",
  database: "Where is its data?",
  review: "What will happen",
};
