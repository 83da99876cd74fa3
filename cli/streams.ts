/** Where the command writes to and reads from: the process itself, or a test's own. */
export interface Streams {
  stdout: NodeJS.WritableStream & { isTTY?: boolean };
  stderr: NodeJS.WritableStream & { isTTY?: boolean };
  stdin: NodeJS.ReadableStream & { isTTY?: boolean };
  env: Record<string, string | undefined>;
  /** What the command ends with; 0 unless somebody sets it. */
  exitCode?: number | string | null;
}

/** One object per line, for programs. */
export const printJson = ({ stdout }: Streams, value: unknown): void => {
  stdout.write(`${JSON.stringify(value)}\n`);
};

export const print = ({ stdout }: Streams, line: string): void => {
  stdout.write(`${line}\n`);
};

/** What is not the answer: steps as they go, warnings, questions. */
export const note = ({ stderr }: Streams, line: string): void => {
  stderr.write(`${line}\n`);
};
