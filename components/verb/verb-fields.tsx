"use client";
import type { SlotName, Verb } from "#lib/engine/model.ts";
import { SLOT_NAMES } from "#lib/engine/model.ts";
import { SourceFields } from "../deploy/source-fields.tsx";
import { VersionFields } from "../deploy/version-fields.tsx";
import { SlotMark } from "../slot/slot-mark.tsx";
import { Choice } from "../ui/choice.tsx";
import { SelectField, TextArea, TextField } from "../ui/field.tsx";
import { publishSlot } from "./check-input.ts";
import type { VerbInput } from "./consequences.ts";
import type { Scene } from "./scene.ts";

interface Props {
  verb: Verb;
  scene: Scene;
  input: VerbInput;
  onChange(input: VerbInput): void;
  disabled: boolean;
  /** Field → what is wrong with it. */
  problems: Partial<Record<keyof VerbInput, string>>;
}

/** What a verb needs to be told. Verbs without fields show none. */
export function VerbFields({ verb, scene, input, onChange, disabled, problems }: Props) {
  const set = (change: VerbInput) => onChange({ ...input, ...change });
  switch (verb) {
    case "deploy":
    case "update":
      return (
        <>
          {verb === "deploy" && (
            <SlotChoice
              scene={scene}
              value={input.slot ?? scene.idle}
              disabled={disabled}
              onChange={(slot) => set({ slot })}
            />
          )}
          {scene.external ? (
            <VersionFields
              source={input.source}
              error={problems.source}
              disabled={disabled}
              onChange={(source) => set({ source })}
            />
          ) : (
            <SourceFields
              app={scene.app}
              source={input.source}
              error={problems.source}
              disabled={disabled}
              onChange={(source) => set({ source })}
            />
          )}
          {verb === "update" && (
            <TextField
              label={`Type ${scene.app} to say that its live data may be changed`}
              value={input.typed ?? ""}
              error={problems.typed}
              disabled={disabled}
              autoComplete="off"
              autoCapitalize="none"
              spellCheck={false}
              onChange={(event) => set({ typed: event.target.value })}
            />
          )}
        </>
      );
    case "sync":
      return scene.noData ? null : <SyncFields {...{ scene, input, set, disabled }} />;
    case "publish":
      return <PublishFields {...{ scene, input, set, disabled, problems }} />;
    case "unpublish":
      return (
        <SelectField
          label="Domain"
          value={input.domain ?? ""}
          error={problems.domain}
          disabled={disabled}
          onChange={(event) => set({ domain: event.target.value })}
        >
          <option value="">Choose a domain</option>
          {scene.domains.map(({ host, audience }) => (
            <option key={host} value={host}>
              {host} ({audience})
            </option>
          ))}
        </SelectField>
      );
    case "maintenance":
      return input.on ? <MaintenanceFields {...{ input, set, disabled, problems }} /> : null;
    default:
      return null;
  }
}

type Inner = Pick<Props, "input" | "disabled" | "problems"> & { set(change: VerbInput): void };

function PublishFields({ scene, input, set, disabled, problems }: Inner & { scene: Scene }) {
  return (
    <>
      <TextField
        label="Domain"
        hint="A host name without scheme and port, such as shop.example.com."
        value={input.domain ?? ""}
        error={problems.domain}
        disabled={disabled}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        onChange={(event) => set({ domain: event.target.value.trim() })}
      />
      <Choice
        legend="Who uses it"
        value={input.audience ?? "public"}
        disabled={disabled}
        options={[
          { value: "public", label: "Visitors (public)", hint: "Reaches the live slot." },
          { value: "staging", label: "Testers (staging)", hint: "Reaches the idle slot." },
        ]}
        onChange={(audience) => set({ audience, slot: publishSlot(scene, audience) })}
      />
      <SlotChoice
        scene={scene}
        value={input.slot ?? scene.idle}
        disabled={disabled}
        onChange={(slot) => set({ slot })}
      />
    </>
  );
}

function SyncFields({ scene: { idle }, input, set, disabled }: Omit<Inner, "problems"> & { scene: Scene }) {
  return (
    <Choice
      legend="How"
      value={input.mode ?? "stream"}
      disabled={disabled}
      options={[
        {
          value: "stream",
          label: "Copy, then follow",
          hint: "Testers may look, and not write. A swap copies nothing while visitors wait, and going back loses nothing.",
        },
        {
          value: "snapshot",
          label: "Copy once",
          hint: `Testers may write to ${idle}. A swap copies anew while visitors wait, and going back leaves rows behind.`,
        },
      ]}
      onChange={(mode) => set({ mode })}
    />
  );
}

function MaintenanceFields({ input, set, disabled, problems }: Inner) {
  return (
    <>
      <TextArea
        label="Message for visitors (optional)"
        value={input.message ?? ""}
        maxLength={2000}
        disabled={disabled}
        onChange={(event) => set({ message: event.target.value })}
      />
      <TextField
        label="Ask browsers to come back after (seconds, optional)"
        type="number"
        inputMode="numeric"
        min={0}
        max={86400}
        value={input.retryAfterSeconds ?? ""}
        error={problems.retryAfterSeconds}
        disabled={disabled}
        onChange={(event) =>
          set({ retryAfterSeconds: event.target.value === "" ? undefined : Number(event.target.value) })
        }
      />
    </>
  );
}

function SlotChoice({
  scene,
  value,
  disabled,
  onChange,
}: {
  scene: Scene;
  value: SlotName;
  disabled: boolean;
  onChange(slot: SlotName): void;
}) {
  return (
    <Choice
      legend="Slot"
      value={value}
      disabled={disabled}
      options={SLOT_NAMES.map((slot) => ({
        value: slot,
        label: <SlotMark slot={slot} filled={slot === scene.live} />,
        hint: `${slot === scene.live ? "live" : "idle"}, ${scene.version[slot] ?? "empty"}`,
      }))}
      onChange={onChange}
    />
  );
}
