/** Writes signalbox.yaml by looking at an app's folder; says of each line why it is there. */
import { stringify } from "yaml";
import { APP_NAME, readManifest } from "../manifest.ts";
import { type Because, type Draft, emptyDraft } from "./draft.ts";
import type { Folder } from "./folder.ts";
import { readNode } from "./node.ts";
import {
  readCompose,
  readDjango,
  readExampleEnv,
  readGo,
  readHealth,
  readPhases,
  readProcfile,
  readRails,
} from "./others.ts";

export interface Detected {
  /** The text to save; what is missing in it is marked. */
  text: string;
  /** Whether it is a manifest already. Otherwise somebody must say how the app starts. */
  complete: boolean;
  /** What was seen that the manifest can't say. */
  notes: string[];
}

/** The first that knows something says it: the most explicit file comes first. */
const READERS = [
  readProcfile,
  readNode,
  readDjango,
  readRails,
  readGo,
  readCompose,
  readPhases,
  readHealth,
  readExampleEnv,
];

export function detectManifest(folder: Folder): Detected {
  const draft = emptyDraft();
  for (const read of READERS) read(folder, draft);
  const text = write(folder, draft);
  return { text, complete: draft.processes.web !== undefined && readManifest(text).ok, notes: draft.notes };
}

function write(folder: Folder, draft: Draft): string {
  const lines: string[] = [];
  const line = (key: string, because: Because<string>, indent = "") =>
    lines.push(`${indent}${key}: ${scalar(because.value)}  # ${because.why}`);
  const name = appNameOf(draft.name?.value) ?? appNameOf(folder.name) ?? "app";
  line("name", {
    value: name,
    why: appNameOf(draft.name?.value) ? draft.name!.why : "the folder's name; the same as in Signalbox",
  });
  line("version", draft.version ?? { value: "0.1.0", why: "raise it with each release" });
  lines.push("processes:");
  const { web, ...others } = draft.processes;
  if (web) line("web", web, "  ");
  else lines.push("  # web: how the app starts; it must listen on the port in $PORT");
  for (const [process, because] of Object.entries(others)) line(process, because, "  ");
  if (draft.build) line("build", draft.build);
  if (draft.release) {
    line("release", {
      value: draft.release.value,
      why: `${draft.release.why}; runs once per deploy on the idle slot's data`,
    });
  }
  const health = draft.health ?? {
    value: "/",
    why: "answers 2xx when the app is well; better one of its own",
  };
  lines.push("health:");
  line("path", health, "  ");
  if (draft.assets) lines.push(`assets: [${scalar(draft.assets.value)}]  # ${draft.assets.why}`);
  if (draft.env.length > 0) {
    lines.push(`env:  # ${draft.env[0]!.why}; values: \`signalbox env set\``);
    for (const { value } of draft.env) lines.push(`  - ${value}`);
  }
  if (draft.postgres) {
    lines.push("data:", "  postgres:");
    line("env", draft.postgres, "    ");
  }
  if (draft.migrations) line("migrations", draft.migrations);
  for (const note of draft.notes) lines.push(`# ${note}`);
  return `${lines.join("\n")}\n`;
}

/** On one line, quoted where YAML wants it. */
const scalar = (value: string): string => stringify(value, { lineWidth: 0 }).trimEnd();

/** `@scope/My_App` → `my-app`; null when nothing of it is left. */
function appNameOf(name: string | undefined): string | null {
  const plain = name
    ?.replace(/^@[^/]*\//, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^[^a-z]+|-+$/g, "")
    .slice(0, 31);
  return plain && APP_NAME.test(plain) ? plain : null;
}
