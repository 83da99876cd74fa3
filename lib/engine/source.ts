/** Where a release comes from: the port that lib/drivers/source implements. */

/** What an operator names. `credential` is the name of one of the app's stored ones. */
export type Source =
  | { kind: "folder"; path: string }
  | { kind: "git"; url: string; ref: string; credential?: string; path?: string }
  | { kind: "upload"; id: string };

export interface FetchedSource {
  /** A folder that holds the app; what is installed is copied out of it. */
  folder: string;
  /** What is recorded with the release: where it came from, without secrets; for git with the commit. */
  origin: Record<string, unknown>;
  /** Removes what was fetched; a folder of the operator's stays. */
  dispose(): Promise<void>;
}

export interface Sources {
  /** Rejects with Refusal; failed or cancelled, it leaves nothing. */
  fetch(
    app: string,
    source: Source,
    options: { onLog(line: string): void; signal: AbortSignal },
  ): Promise<FetchedSource>;
}
