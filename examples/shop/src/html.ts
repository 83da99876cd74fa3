/** The frame of every page: which release and which slot made it. */
import { settings } from "./settings.ts";

export const escaped = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

/** Links in the heading, beside the shop's own; pages add theirs. */
export const links = [{ href: "/", label: "Shop" }];

export function htmlPage(title: string, body: string): string {
  const { release, slot } = settings;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)} · release ${escaped(release)}, ${escaped(slot)}</title>
<link rel="icon" href="data:,">
<style>
:root { color-scheme: light dark; --slot: ${slot === "green" ? "#157f3d" : "#1d5fd0"} }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 44rem; margin: 0 auto; padding: 0 1rem 3rem }
header { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; align-items: center; padding: 1rem 0; border-bottom: 4px solid var(--slot) }
nav { display: flex; gap: 1rem; flex: 1 }
.badge { background: var(--slot); color: #fff; border-radius: 1rem; padding: .1rem .8rem }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; padding: .35rem .5rem; border-bottom: 1px solid #8884; overflow-wrap: anywhere }
.number { text-align: right; font-variant-numeric: tabular-nums }
button { font: inherit; padding: .4rem 1rem }
.quiet { opacity: .8; font-size: .9rem }
</style>
</head>
<body>
<header>
<nav>${links.map(({ href, label }) => `<a href="${escaped(href)}">${escaped(label)}</a>`).join("")}</nav>
<span class="badge">release <b id="release">${escaped(release)}</b></span>
<span class="badge">slot <b id="slot">${escaped(slot)}</b></span>
</header>
<main>
<h1>${escaped(title)}</h1>
${body}
</main>
</body>
</html>
`;
}
