/** A manifest in the making: each line with the reason why it is there. */

export interface Because<T> {
  value: T;
  /** Where it was seen, in a few words: `package.json: scripts.start`. */
  why: string;
}

export interface Draft {
  name?: Because<string>;
  version?: Because<string>;
  processes: Record<string, Because<string>>;
  build?: Because<string>;
  release?: Because<string>;
  health?: Because<string>;
  /** A folder of files that are named by their content. */
  assets?: Because<string>;
  /** Variables that the app reads. */
  env: Because<string>[];
  postgres?: Because<string>;
  migrations?: Because<string>;
  /** What was seen and can't be said in the manifest. */
  notes: string[];
}

export const emptyDraft = (): Draft => ({ processes: {}, env: [], notes: [] });
