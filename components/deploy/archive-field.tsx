"use client";
import { CircleCheck } from "lucide-react";
import { useEffect, useId, useRef, useState } from "react";
import { Button } from "../ui/button.tsx";
import { bytes } from "../ui/figures.ts";
import { RefusedNotice } from "../verb/refused-notice.tsx";
import { NotTaken, sendArchive } from "./send-archive.ts";

interface Props {
  app: string;
  /** The upload that is there; empty: none. */
  id: string;
  onReady(id: string): void;
  error: string | undefined;
  disabled: boolean;
}

type State =
  | { is: "idle" }
  | { is: "sending"; name: string; size: number; share: number }
  | { is: "there"; name: string; size: number }
  | { is: "refused"; what: string; remedy: string | null };

/** Sends an archive as soon as it is chosen, so that it is there when the button is pressed. */
export function ArchiveField({ app, id, onReady, error: problem, disabled }: Props) {
  const label = useId();
  const input = useRef<HTMLInputElement>(null);
  const running = useRef<AbortController | null>(null);
  const [state, setState] = useState<State>({ is: "idle" });
  useEffect(() => () => running.current?.abort(), []);

  async function send(file: File) {
    running.current?.abort();
    const mine = new AbortController();
    running.current = mine;
    const { name, size } = file;
    onReady("");
    setState({ is: "sending", name, size, share: 0 });
    try {
      const ready = await sendArchive(app, file, {
        signal: mine.signal,
        onProgress: (share) => setState({ is: "sending", name, size, share }),
      });
      setState({ is: "there", name, size });
      onReady(ready);
    } catch (caught) {
      if (mine.signal.aborted) return;
      if (input.current) input.current.value = "";
      const known = caught instanceof NotTaken;
      setState({
        is: "refused",
        what: known ? caught.message : "The archive did not arrive: the dashboard does not answer.",
        remedy: known ? caught.remedy : "Choose it again when the connection is back.",
      });
    }
  }

  function cancel() {
    running.current?.abort();
    setState({ is: "idle" });
    if (input.current) input.current.value = "";
  }

  const error = id === "" && state.is !== "sending" ? problem : undefined;
  const percent = state.is === "sending" ? Math.floor(state.share * 100) : 0;
  return (
    <div className="space-y-2">
      <label htmlFor={label} className="mb-1 block font-medium">
        Archive
      </label>
      <input
        ref={input}
        id={label}
        type="file"
        accept=".tar,.tgz,.gz,.zip"
        disabled={disabled || state.is === "sending"}
        aria-invalid={error ? true : undefined}
        aria-describedby={`${label}-hint`}
        onChange={(event) => {
          const [file] = event.target.files ?? [];
          if (file) void send(file);
        }}
        className="block w-full text-soft file:mr-3 file:h-9 file:cursor-pointer file:rounded-md file:border file:border-edge file:bg-panel file:px-3 file:font-medium file:text-ink disabled:opacity-60 disabled:file:cursor-not-allowed"
      />
      <p id={`${label}-hint`} className={`text-xs ${error ? "text-danger" : "text-soft"}`}>
        {error
          ? `Problem: ${error}`
          : "A .tar.gz, .tar or .zip of the folder with signalbox.yaml in it. It is sent at once, and deployed when you say so."}
      </p>
      {state.is === "sending" && (
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <progress
            aria-label={`Sending ${state.name}`}
            value={state.share < 1 ? state.share : undefined}
            max={1}
            className="h-1.5 min-w-32 flex-1 accent-ink"
          />
          <span className="tabular-nums text-soft">
            {state.share < 1 ? `${percent} % of ${bytes(state.size)}` : "Unpacking…"}
          </span>
          <Button size="small" onClick={cancel}>
            Cancel<span className="sr-only"> sending {state.name}</span>
          </Button>
        </div>
      )}
      {state.is !== "sending" && id !== "" && (
        <p role="status" className="flex items-center gap-2">
          <CircleCheck aria-hidden className="size-4" />
          <span className="wrap-anywhere">
            {state.is === "there" ? `${state.name} (${bytes(state.size)})` : "An archive"} is there.
          </span>
        </p>
      )}
      {state.is === "refused" && <RefusedNotice title={state.what} remedy={state.remedy} />}
    </div>
  );
}
