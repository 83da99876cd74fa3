import type { DeploySource } from "#lib/operations/deploy.ts";

/** What is missing in the form; null: it can be asked for. The operation checks everything again. */
export function sourceProblem(source: DeploySource | undefined): string | null {
  if (source === undefined) return "say where the release's files are.";
  switch (source.kind) {
    case "folder":
      if (source.path.trim() === "") return "say where the release's files are.";
      return source.path.trim().startsWith("/") ? null : "give the whole path, beginning with a slash.";
    case "git":
      if (source.url.trim() === "") return "give the repository's address.";
      return source.ref.trim() === "" ? "give a branch, a tag or a whole commit id." : null;
    case "upload":
      return source.id === "" ? "choose an archive, and wait until it is there." : null;
    case "external":
      return source.version.trim() === "" ? "say in a word what runs there now." : null;
    default:
      return null;
  }
}
