"use client";
import { useRouter } from "next/navigation";
import { type FormEvent, useState } from "react";
import { Button } from "../ui/button.tsx";
import { TextField } from "../ui/field.tsx";
import { bytes, duration } from "../ui/figures.ts";
import { noAnswer, type Outcome } from "../ui/outcome.ts";
import { changeOf, type SettingWords } from "./setting-words.ts";

interface Props {
  app: string;
  words: SettingWords;
  value: number | null;
  usual: number | null;
  disabled: boolean;
  save(app: string, settings: Record<string, unknown>): Promise<Outcome<null>>;
}

/** One figure; its button appears when it differs from what is in force. */
export function SettingRow({ app, words, value, usual, disabled, save }: Props) {
  const router = useRouter();
  const [text, setText] = useState(value === null ? "" : String(value));
  const [pending, setPending] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const [seen, setSeen] = useState(value);
  if (seen !== value) {
    setSeen(value);
    setText(value === null ? "" : String(value));
  }
  const changed = text.trim() !== (value === null ? "" : String(value));

  async function put(next: number | null) {
    setPending(true);
    setProblem(null);
    const result = await save(app, changeOf(words.key, next)).catch(() => noAnswer);
    setPending(false);
    if (!result.ok) return setProblem(result.what);
    router.refresh();
  }

  function submit(event: FormEvent) {
    event.preventDefault();
    if (text.trim() === "" && words.nullable) return void put(null);
    if (!/^\d{1,15}$/.test(text.trim())) return setProblem("a whole number is needed.");
    void put(Number(text));
  }

  return (
    <form onSubmit={submit} className="flex flex-wrap items-start gap-3 py-2">
      <TextField
        className="min-w-56 flex-1"
        label={`${words.label}${words.unit === "count" ? "" : ` (${words.unit})`}`}
        inputMode="numeric"
        value={text}
        error={problem}
        disabled={disabled || pending}
        onChange={(event) => setText(event.target.value)}
        hint={
          <>
            {words.does}{" "}
            {value !== null && value > 0 && words.unit !== "count" && `Now ${said(value, words)}. `}
            {value !== usual && `The default is ${usual === null ? "empty" : said(usual, words)}.`}
          </>
        }
      />
      <div className="flex gap-2 sm:pt-7">
        {changed && (
          <Button type="submit" size="small" look="primary" pending={pending}>
            Save<span className="sr-only"> {words.label}</span>
          </Button>
        )}
        {!changed && value !== usual && !disabled && (
          <Button
            size="small"
            pending={pending}
            onClick={() => void put(words.nullable ? usual : words.key.startsWith("limits.") ? usual : null)}
          >
            Default<span className="sr-only"> for {words.label}</span>
          </Button>
        )}
      </div>
    </form>
  );
}

const said = (value: number, { unit }: SettingWords): string =>
  unit === "ms" ? duration(value) : unit === "bytes" ? bytes(value) : String(value);
