/** Turns a door's own answer into status, headers and body. Pure. */
import { ANSWERS, type OwnAnswer } from "./answers.ts";

export interface Rendered {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/**
 * JSON for those who ask for JSON and not for HTML, else a page. `template` is the operator's own 503.html, in
 * which `{{message}}` and `{{retryAfter}}` are replaced, escaped.
 */
export function render(
  answer: OwnAnswer,
  accept: string | undefined,
  template: string | null = null,
): Rendered {
  const known = ANSWERS[answer.reason];
  const message = answer.message || known.text;
  const headers: Record<string, string> = { "cache-control": "no-store" };
  const retryAfter = known.status === 503 ? (answer.retryAfter ?? 5) : null;
  if (retryAfter !== null) headers["retry-after"] = String(retryAfter);
  if (answer.requestId !== undefined) headers["x-request-id"] = answer.requestId;
  let body: string;
  if (wantsJson(accept)) {
    headers["content-type"] = "application/json; charset=utf-8";
    body = `${JSON.stringify({ error: answer.reason, message, ...(retryAfter === null ? {} : { retryAfter }) })}\n`;
  } else {
    headers["content-type"] = "text/html; charset=utf-8";
    body =
      template !== null && known.status === 503
        ? fill(template, message, retryAfter)
        : page(known.title, message, retryAfter);
  }
  headers["content-length"] = String(Buffer.byteLength(body));
  return { status: known.status, headers, body };
}

const wantsJson = (accept: string | undefined): boolean =>
  accept !== undefined && /[/+]json\b/i.test(accept) && !/\btext\/html\b/i.test(accept);

const fill = (template: string, message: string, retryAfter: number | null): string =>
  template.replace(/\{\{\s*(message|retryAfter)\s*\}\}/g, (_, key) =>
    key === "message" ? escapeHtml(message) : String(retryAfter ?? ""),
  );

function page(title: string, message: string, retryAfter: number | null): string {
  const refresh =
    retryAfter === null ? "" : `<meta http-equiv="refresh" content="${Math.max(2, retryAfter)}">`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
${refresh}
<title>${escapeHtml(title)}</title>
<style>
:root { color-scheme: light dark; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; font: 1rem/1.5 system-ui, sans-serif; }
main { max-width: 34rem; padding: 2rem; }
h1 { font-size: 1.5rem; margin: 0 0 .5rem; }
p { margin: 0; overflow-wrap: anywhere; white-space: pre-line; }
</style>
</head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
<p>${escapeHtml(message)}</p>
</main>
</body>
</html>
`;
}

const ENTITIES: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => ENTITIES[character]!);
