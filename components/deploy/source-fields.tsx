"use client";
import { useEffect, useRef } from "react";
import type { DeploySource } from "#lib/operations/deploy.ts";
import { Choice } from "../ui/choice.tsx";
import { TextField } from "../ui/field.tsx";
import { ArchiveField } from "./archive-field.tsx";
import { GitFields } from "./git-fields.tsx";
import { useSources } from "./use-sources.ts";

interface Props {
  app: string;
  source: DeploySource | undefined;
  onChange(source: DeploySource): void;
  error: string | undefined;
  disabled: boolean;
}

type Kind = "folder" | "upload" | "git";

const EMPTY: { [K in Kind]: Extract<DeploySource, { kind: K }> } = {
  folder: { kind: "folder", path: "" },
  upload: { kind: "upload", id: "" },
  git: { kind: "git", url: "", ref: "main" },
};

/** Where a release comes from. Begins with where the last one did. */
export function SourceFields({ app, source, onChange, error, disabled }: Props) {
  const sources = useSources(app);
  // What was filled in for each kind stays when another one is looked at.
  const filled = useRef<Partial<Record<Kind, DeploySource>>>({});
  const touched = useRef(source !== undefined);

  const change = (next: DeploySource) => {
    touched.current = true;
    if (next.kind in EMPTY) filled.current[next.kind as Kind] = next;
    onChange(next);
  };

  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when the answer comes, unless somebody was faster
  useEffect(() => {
    const last = sources?.last;
    if (!last || touched.current || !(last.kind in EMPTY)) return;
    // An archive has to be chosen again: the one from before is the release that is there.
    change(last.kind === "upload" ? EMPTY.upload : last);
  }, [sources]);

  if (source?.kind === "release") {
    return <p className="text-soft">An installed release again: nothing is copied or built.</p>;
  }
  const kind: Kind = source && source.kind in EMPTY ? (source.kind as Kind) : "folder";
  return (
    <>
      <Choice
        legend="From"
        value={kind}
        disabled={disabled}
        columns={3}
        options={[
          { value: "folder", label: "Folder", hint: "On Signalbox's machine." },
          { value: "upload", label: "Archive", hint: "From this browser." },
          { value: "git", label: "Repository", hint: "By git." },
        ]}
        onChange={(next) => change(filled.current[next] ?? EMPTY[next])}
      />
      {kind === "folder" && (
        <TextField
          label="Source folder"
          hint="A folder on the machine that Signalbox runs on, with a signalbox.yaml in it. Its files are copied."
          placeholder="/srv/shop"
          value={source?.kind === "folder" ? source.path : ""}
          error={error}
          disabled={disabled}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => change({ kind: "folder", path: event.target.value })}
        />
      )}
      {source?.kind === "upload" && (
        <ArchiveField
          app={app}
          id={source.id}
          error={error}
          disabled={disabled}
          onReady={(id) => change({ kind: "upload", id })}
        />
      )}
      {source?.kind === "git" && (
        <GitFields
          source={source}
          credentials={sources?.credentials ?? []}
          error={error}
          disabled={disabled}
          onChange={change}
        />
      )}
    </>
  );
}
