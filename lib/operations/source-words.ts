/** Where a release came from, in a few words: for screens and terminals alike. */
export function sourceWords(source: Record<string, unknown>): string {
  const text = (key: string) => (typeof source[key] === "string" ? (source[key] as string) : "");
  switch (source.kind) {
    case "folder":
      return text("path");
    case "git": {
      const commit = text("commit").slice(0, 12);
      const folder = text("path") === "" ? "" : ` ${text("path")}`;
      return `${text("url")}${folder} ${text("ref")}${commit === "" || commit === text("ref").slice(0, 12) ? "" : ` (${commit})`}`;
    }
    case "upload":
      return text("name") === "" ? "an upload" : `the upload ${text("name")}`;
    case "release":
      return "an installed release";
    case "external":
      return "somebody else's process";
    default:
      return "";
  }
}
