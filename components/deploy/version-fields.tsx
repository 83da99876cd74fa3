import type { DeploySource } from "#lib/operations/deploy.ts";
import { TextField } from "../ui/field.tsx";
import { Notice } from "../ui/notice.tsx";

type Declared = Extract<DeploySource, { kind: "external" }>;

interface Props {
  source: DeploySource | undefined;
  onChange(source: Declared): void;
  error: string | undefined;
  disabled: boolean;
}

const plain = { autoComplete: "off", autoCapitalize: "none", spellCheck: false } as const;

/** What somebody else runs in the slot now: declared, as nothing is installed. */
export function VersionFields({ source, onChange, error, disabled }: Props) {
  const declared: Declared = source?.kind === "external" ? source : { kind: "external", version: "" };
  const set = (change: Partial<Declared>) => onChange({ ...declared, ...change });
  return (
    <>
      <Notice>
        <p>
          Start the new version first, beside the old one and on a port of its own. What it connects to is in
          the app's settings.
        </p>
      </Notice>
      <TextField
        {...plain}
        label="Version"
        placeholder="2.0"
        hint="What runs there now, in a word."
        value={declared.version}
        error={error}
        disabled={disabled}
        onChange={(event) => set({ version: event.target.value })}
      />
      <TextField
        {...plain}
        label="Address"
        inputMode="url"
        placeholder="http://127.0.0.1:3001"
        hint="Where it answers. Left empty: where the slot answered so far."
        value={declared.origin ?? ""}
        disabled={disabled}
        onChange={(event) => set({ origin: event.target.value.trim() || undefined })}
      />
    </>
  );
}
