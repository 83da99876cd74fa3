/** A job's command as the store has it: a line for the shell, or the arguments of a one-off as JSON. */

export const storedArguments = (args: string[]): string => JSON.stringify(args);

/** As it is run. */
export function jobCommand(stored: string): string | string[] {
  if (!stored.startsWith("[")) return stored;
  const value: unknown = JSON.parse(stored);
  return Array.isArray(value) ? value.map(String) : stored;
}

/** As people write it. */
export function commandText(stored: string): string {
  const command = jobCommand(stored);
  return typeof command === "string" ? command : command.map(quoted).join(" ");
}

const quoted = (word: string) => (/^[\w./@:,+=-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);
