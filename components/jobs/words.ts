/**
 * A command line as its words: blanks part them, quotes keep them together, a backslash takes the next character as
 * it is. Nothing is expanded, as no shell reads it. Null when a quote is not closed.
 */
export function wordsOf(line: string): string[] | null {
  const words: string[] = [];
  let word: string | null = null;
  let quote: string | null = null;
  for (let at = 0; at < line.length; at++) {
    const sign = line[at]!;
    if (sign === "\\" && quote !== "'" && at + 1 < line.length) {
      at += 1;
      word = (word ?? "") + line[at];
    } else if (quote !== null) {
      if (sign === quote) quote = null;
      else word = (word ?? "") + sign;
    } else if (sign === '"' || sign === "'") {
      quote = sign;
      word ??= "";
    } else if (/\s/.test(sign)) {
      if (word !== null) words.push(word);
      word = null;
    } else {
      word = (word ?? "") + sign;
    }
  }
  if (quote !== null) return null;
  if (word !== null) words.push(word);
  return words;
}
