import type { DeploySource } from "#lib/operations/deploy.ts";
import type { SourcesView } from "#lib/operations/read/releases.ts";
import { SelectField, TextField } from "../ui/field.tsx";

type GitSource = Extract<DeploySource, { kind: "git" }>;

interface Props {
  source: GitSource;
  credentials: SourcesView["credentials"];
  onChange(source: GitSource): void;
  error: string | undefined;
  disabled: boolean;
}

const plain = { autoComplete: "off", autoCapitalize: "none", spellCheck: false } as const;

export function GitFields({ source, credentials, onChange, error, disabled }: Props) {
  const set = (change: Partial<GitSource>) => onChange({ ...source, ...change });
  const missing = source.credential && !credentials.some(({ name }) => name === source.credential);
  return (
    <>
      <TextField
        {...plain}
        label="Repository"
        hint="https://, ssh://, or git@host:path."
        placeholder="https://github.com/acme/shop.git"
        value={source.url}
        error={error}
        disabled={disabled}
        onChange={(event) => set({ url: event.target.value })}
      />
      <div className="grid gap-4 sm:grid-cols-2">
        <TextField
          {...plain}
          label="Branch, tag or commit"
          placeholder="main"
          value={source.ref}
          disabled={disabled}
          onChange={(event) => set({ ref: event.target.value })}
        />
        <TextField
          {...plain}
          label="Folder (optional)"
          hint="The app's own in the repository."
          placeholder="apps/shop"
          value={source.path ?? ""}
          disabled={disabled}
          onChange={(event) => set({ path: event.target.value || undefined })}
        />
      </div>
      <SelectField
        label="Credential"
        hint="For a private repository. They are kept on the app's page of settings."
        value={source.credential ?? ""}
        disabled={disabled}
        onChange={(event) => set({ credential: event.target.value || undefined })}
      >
        <option value="">None: it is public</option>
        {credentials.map(({ name, kind }) => (
          <option key={name} value={name}>
            {name} ({kind === "token" ? "token" : "ssh key"})
          </option>
        ))}
        {missing && <option value={source.credential}>{source.credential}</option>}
      </SelectField>
    </>
  );
}
