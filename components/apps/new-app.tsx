"use client";
import type { ComponentProps } from "react";
import { useState } from "react";
import { AdoptWizard } from "../adopt/adopt-wizard.tsx";
import { Choice } from "../ui/choice.tsx";
import { InitForm } from "./init-form.tsx";

type Way = "make" | "adopt";

interface Props extends ComponentProps<typeof AdoptWizard> {
  create: ComponentProps<typeof InitForm>["create"];
  start: Way;
}

/** The first question about a new app: who starts it. */
export function NewApp({ create, start, ...adoption }: Props) {
  const [way, setWay] = useState<Way>(start);
  return (
    <div className="space-y-4">
      <div className="max-w-2xl">
        <Choice<Way>
          legend="Who starts it"
          value={way}
          options={[
            {
              value: "make",
              label: "Signalbox runs it",
              hint: "You deploy its releases here. Begins empty.",
            },
            {
              value: "adopt",
              label: "It runs already",
              hint: "systemd, pm2, Compose or you start it. It is taken behind the gate as it is.",
            },
          ]}
          onChange={setWay}
        />
      </div>
      {way === "make" ? <InitForm create={create} /> : <AdoptWizard {...adoption} />}
    </div>
  );
}
