/** Turns a door's own answer into status, headers and body. Pure. */
import { ANSWERS, type OwnAnswer } from "./answers.ts";

export interface Rendered {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** What gives the operator's own page for a status, if there is one. */
export type Template = (status: number) => string | null;

const NO_TEMPLATE: Template = () => null;

/**
 * JSON for those who ask for JSON and not for HTML, else a page: the operator's own, in which `{{message}}`,
 * `{{retryAfter}}` and `{{requestId}}` are replaced, escaped, or ours.
 */
export function render(
  answer: OwnAnswer,
  accept: string | undefined,
  template: Template = NO_TEMPLATE,
): Rendered {
  const known = ANSWERS[answer.reason];
  const message = answer.message || known.text;
  const { requestId } = answer;
  const headers: Record<string, string> = { "cache-control": "no-store" };
  const retryAfter = known.status === 503 ? (answer.retryAfter ?? 5) : null;
  if (retryAfter !== null) headers["retry-after"] = String(retryAfter);
  if (requestId !== undefined) headers["x-request-id"] = requestId;
  let body: string;
  if (wantsJson(accept)) {
    headers["content-type"] = "application/json; charset=utf-8";
    const more = { ...(retryAfter === null ? {} : { retryAfter }), ...(requestId ? { requestId } : {}) };
    body = `${JSON.stringify({ error: answer.reason, message, ...more })}\n`;
  } else {
    headers["content-type"] = "text/html; charset=utf-8";
    const own = template(known.status);
    body =
      own === null
        ? page(known.title, message, retryAfter, requestId)
        : fill(own, { message, retryAfter: String(retryAfter ?? ""), requestId: requestId ?? "" });
  }
  headers["content-length"] = String(Buffer.byteLength(body));
  return { status: known.status, headers, body };
}

const wantsJson = (accept: string | undefined): boolean =>
  accept !== undefined && /[/+]json\b/i.test(accept) && !/\btext\/html\b/i.test(accept);

type Fields = Record<"message" | "retryAfter" | "requestId", string>;

const fill = (template: string, fields: Fields): string =>
  template.replace(/\{\{\s*(message|retryAfter|requestId)\s*\}\}/g, (_, key: keyof Fields) =>
    escapeHtml(fields[key]),
  );

function page(title: string, message: string, retryAfter: number | null, requestId?: string): string {
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
small { display: block; margin-top: 1.5rem; opacity: .6; }
</style>
</head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
<p>${escapeHtml(message)}</p>${requestId ? `\n<small>Request ${escapeHtml(requestId)}</small>` : ""}
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
