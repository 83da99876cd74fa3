/** Where a release comes from: the port that lib/drivers/source implements. */

/** What an operator names. `credential` is the name of one of the app's stored ones. */
export type Source =
  | { kind: "folder"; path: string }
  | { kind: "git"; url: string; ref: string; credential?: string; path?: string }
  | { kind: "upload"; id: string }
  /** One of the app's installed releases again: nothing is fetched, copied or built. */
  | { kind: "release"; id: string }
  /** Declared, not fetched: somebody else runs this version in the slot already. `origin` when it answers elsewhere now. */
  | { kind: "external"; version: string; healthPath?: string; origin?: string };

export interface FetchedSource {
  /** A folder that holds the app; what is installed is copied out of it. */
  folder: string;
  /** Names of the ignore files in it that count; the first that is there does. */
  ignoreFiles: readonly string[];
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
  /** Removes what a killed engine left of fetching, and uploads that nobody finished. No run of the app is on. */
  sweep(app: string): Promise<void>;
  /** Removes everything that was uploaded for an app that is no more. */
  forget(app: string): Promise<void>;
}
