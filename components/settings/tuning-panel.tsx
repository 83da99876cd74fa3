import type { SettingsView } from "#lib/operations/settings.ts";
import type { Outcome } from "../ui/outcome.ts";
import { Panel } from "../ui/panel.tsx";
import { AutoRollbackChoice } from "./auto-rollback-choice.tsx";
import { SettingRow } from "./setting-row.tsx";
import { AFTER_A_SWAP, SETTING_GROUPS, valueAt } from "./setting-words.ts";

interface Props {
  app: string;
  view: SettingsView;
  mayChange: boolean;
  save(app: string, settings: Record<string, unknown>): Promise<Outcome<null>>;
}

/** Times and limits, with what each is for. They count from the next run or request on. */
export function TuningPanel({ app, view, mayChange, save }: Props) {
  return (
    <Panel title="Times and limits">
      <div className="grid gap-x-8 gap-y-4 lg:grid-cols-2">
        {SETTING_GROUPS.map(({ title, settings }) => (
          <section key={title} aria-label={title}>
            <h3 className="border-b border-line pb-1 text-xs font-semibold text-soft">{title}</h3>
            {title === AFTER_A_SWAP && (
              <AutoRollbackChoice
                app={app}
                value={view.settings.autoRollback}
                disabled={!mayChange}
                save={save}
              />
            )}
            {settings.map((words) => (
              <SettingRow
                key={words.key}
                app={app}
                words={words}
                value={valueAt(view.settings, words.key)}
                usual={valueAt(view.defaults, words.key)}
                disabled={!mayChange}
                save={save}
              />
            ))}
          </section>
        ))}
      </div>
    </Panel>
  );
}
