"use client";
import { useRouter } from "next/navigation";
import { useEffect, useState } from "react";
import type { VariablesView } from "#lib/operations/variables.ts";
import { useLiveApp } from "../live/live-app.tsx";
import { Button } from "../ui/button.tsx";
import { Notice } from "../ui/notice.tsx";
import type { Outcome } from "../ui/outcome.ts";
import { Panel } from "../ui/panel.tsx";
import { type NewVariable, SetVariable } from "./set-variable.tsx";
import { UpdateNow } from "./update-now.tsx";
import { VariableList } from "./variable-list.tsx";

interface Props {
  view: VariablesView;
  save(app: string, variable: NewVariable): Promise<Outcome<null>>;
  drop(app: string, name: string, scope: NewVariable["scope"]): Promise<Outcome<null>>;
}

/** What the app's processes are told beside what Signalbox tells them, and who was not told yet. */
export function VariablesPanel({ view, save, drop }: Props) {
  const { app } = useLiveApp();
  const router = useRouter();
  const [suggested, setSuggested] = useState<string | null>(null);
  const live = app.slots.find(({ slot }) => slot === app.live);
  const outdated = live?.processes.filter((process) => process.outdated) ?? [];
  const { variables, suggestions } = view;
  // The stream tells when processes took up what changed; the rest of the page comes from the server.
  const told = outdated.length;
  useEffect(() => {
    void told;
    router.refresh();
  }, [told, router]);

  return (
    <Panel title="Variables and secrets">
      <div className="space-y-4">
        {outdated.length > 0 && live && (
          <Notice
            kind="warn"
            live
            title={`${live.slot} is live and still runs with the old values: ${outdated
              .map(({ process }) => process)
              .join(", ")}.`}
          >
            <p>
              Applying them replaces its web processes one by one; visitors are served throughout. The other
              slot takes changes up by itself within seconds.
            </p>
            <UpdateNow app={app} />
          </Notice>
        )}
        {suggestions.length > 0 && (
          <Notice title="Testers use these with live's values">
            <p>
              A click in a preview may send real mail or charge a real card. Give previews a value of their
              own, such as an address that swallows everything.
            </p>
            <p className="flex flex-wrap gap-2">
              {suggestions.map((name) => (
                <Button key={name} size="small" onClick={() => setSuggested(name)}>
                  Set {name} for previews
                </Button>
              ))}
            </p>
          </Notice>
        )}
        {variables.length === 0 ? (
          <p className="text-soft">
            None yet. Each process gets PORT, SLOT, RELEASE, PATH, HOME and the address of its slot's data;
            what else it needs is set here. Where they differ, previews also get SIGNALBOX_PREVIEW=1.
          </p>
        ) : (
          <VariableList app={app.name} variables={variables} drop={drop} />
        )}
        <SetVariable app={app.name} save={save} suggested={suggested} />
      </div>
    </Panel>
  );
}
