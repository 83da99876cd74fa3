/** How a manifest's command line reaches the shell: as one argument, with nothing put into it. */

const PLAIN = /^[\w./@:,+-]+( +[\w./@:,+=-]+)*$/;
// What only the shell itself can do.
const BUILT_IN =
  /^(\.|:|alias|bg|break|cd|command|continue|eval|exec|exit|export|fc|fg|getopts|hash|jobs|read|readonly|return|set|shift|times|trap|type|ulimit|umask|unalias|unset|wait)$/;

/**
 * Arguments of /bin/sh. One plain program takes the shell's place, so that its pid, signals and exit are its own;
 * anything richer (pipes, variables) keeps its shell.
 */
export function shellArguments(command: string): string[] {
  const line = command.trim();
  const plain = PLAIN.test(line) && !BUILT_IN.test(line.split(" ", 1)[0] ?? "");
  return ["-c", plain ? `exec ${line}` : line];
}
