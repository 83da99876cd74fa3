/** An audit entry as a sentence without its subject: "gave bo@example.com the role operator in shop". */
import type { AuditView } from "./audit-log.ts";

type Words = (detail: Record<string, string>, app: string) => string;

const WORDS: Record<string, Words> = {
  "account.password": () => "set a new password",
  "account.update": (d) => `changed their ${Object.keys(d).join(" and ")}`,
  "account.end-sessions": (d) => (d.session ? "ended one of their sessions" : "ended their other sessions"),
  "session.open": (d) => `signed in${d.ip ? ` from ${d.ip}` : ""}`,
  "user.create": (d) =>
    d.firstRun ? "became the first admin" : `added ${d.email ?? "somebody"} as ${roleWord(d.role)}`,
  "user.role": (d) => `changed the role of ${d.email} from ${roleWord(d.from)} to ${roleWord(d.to)}`,
  "user.app-role": (d, app) =>
    d.to === "none"
      ? `took ${d.email}'s role ${d.from} in ${app} away`
      : `gave ${d.email} the role ${d.to} in ${app}${d.from === "none" ? "" : ` (was ${d.from})`}`,
  "user.suspend": (d) => `suspended ${d.email}; their sessions ended`,
  "user.readmit": (d) => `let ${d.email} in again`,
  "user.remove": (d) => `removed ${d.email}`,
  "user.link": (d) => `made a sign-in link for ${d.email ?? "the first admin"}`,
  "token.create": (d) => `made the token ${d.name} (${d.role}${d.apps?.length ? ` in ${d.apps}` : ""})`,
  "token.revoke": (d) => `revoked the token ${d.name}`,
  "share.create": (d, app) => `made the share link “${d.label}” for ${app}`,
  "share.revoke": (d, app) => `revoked the share link “${d.label}” for ${app}`,
  "keys.rotate": (d) => `rotated the key for secrets; ${d.rows} values were sealed anew`,
  "keys.backup": () => "backed the keys up",
  "keys.restore": () => "restored the keys",
  "store.restore": () => "restored the store from a backup",
  "gate.maintenance": (d) =>
    d.on === "true" ? "closed the gate of every app" : "opened the gate for everything again",
  "run.cancel": (_, app) => `cancelled a run of ${app}`,
  "app.init": (_, app) => `made the app ${app}`,
  "app.deploy": (d, app) => `asked to deploy to ${app}${d.slot ? `, ${d.slot}` : ""}`,
  "app.sync": (_, app) => `asked to copy ${app}'s live data to the idle slot`,
  "app.restart": (d, app) => `asked to restart ${app}'s ${d.slot ?? "processes"}`,
  "app.publish": (d, app) => `asked to publish ${d.domain} for ${app}${d.slot ? `, ${d.slot}` : ""}`,
  "app.unpublish": (d, app) => `asked to unpublish ${d.domain} of ${app}`,
  "app.pause": (d, app) => `asked to pause ${app}'s ${d.slot}`,
  "app.resume": (d, app) => `asked to resume ${app}'s ${d.slot}`,
  "app.swap": (_, app) => `asked to swap ${app}`,
  "app.rollback": (d, app) =>
    d.automatic ? `rolled ${app} back by itself: ${d.automatic}` : `asked to roll ${app} back`,
  "app.finish": (_, app) => `asked to give up ${app}'s way back`,
  "app.maintenance": (d, app) => `${d.on === "true" ? "closed" : "opened"} ${app}'s gate`,
  "app.adopt": (_, app) => `adopted ${app}`,
  "app.remove": (_, app) => `removed ${app}`,
  "app.settings": (_, app) => `changed ${app}'s settings`,
  "app.set-variables": (d, app) => `set variables of ${app}: ${d.variables ?? "some"}`,
  "app.unset-variable": (d, app) => `removed the variable ${d.name ?? ""} of ${app}`,
  "app.run": (d, app) => `ran a command in ${app}: ${d.command ?? ""}`,
  "credential.create": (d, app) =>
    `added the ${d.kind === "token" ? "token" : "ssh key"} ${d.name} for ${app}'s repositories`,
  "credential.remove": (d, app) => `removed the credential ${d.name} of ${app}`,
  "release.remove": (d, app) => `removed release ${d.version} of ${app}`,
  "upload.complete": (d, app) => `uploaded ${d.files} files for ${app}`,
  "job.cancel": (_, app) => `cancelled a job of ${app}`,
};

export function auditWords({ action, app, detail }: Pick<AuditView, "action" | "app" | "detail">): string {
  const texts = Object.fromEntries(Object.entries(detail).map(([key, value]) => [key, text(value)]));
  const words = Object.hasOwn(WORDS, action) ? WORDS[action] : undefined;
  if (words) return words(texts, app ?? "an app");
  // What is new here still reads: "app.new-thing" of shop.
  return `${action.replace(/^[^.]*\./, "").replaceAll("-", " ")} (${action})${app ? ` in ${app}` : ""}`;
}

const roleWord = (role: string | undefined): string =>
  role === "none" || role === undefined ? "a member of single apps" : role;

const text = (value: unknown): string =>
  Array.isArray(value)
    ? value.map(text).join(", ")
    : value === null
      ? ""
      : typeof value === "object"
        ? "name" in value
          ? String(value.name)
          : JSON.stringify(value)
        : String(value);
