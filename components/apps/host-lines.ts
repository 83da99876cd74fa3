/** Host names from a text box: one a line, or with commas or spaces between them; a pasted scheme or path is left out. */
export const hostLines = (text: string): string[] => [
  ...new Set(
    text
      .split(/[\s,]+/)
      .map((entry) =>
        entry
          .replace(/^[a-z]+:\/\//i, "")
          .replace(/[:/].*$/, "")
          .toLowerCase(),
      )
      .filter(Boolean),
  ),
];
