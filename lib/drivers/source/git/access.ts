/** Hands a credential to git without putting it where others look: command lines, logs, the repository's own files. */
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Home } from "#lib/config/home.ts";
import type { GitAddress } from "#lib/engine/git-address.ts";
import { Refusal } from "#lib/engine/ports.ts";
import type { GitSetting } from "./command.ts";

export interface SourceSecret {
  kind: "token" | "ssh-key";
  secret: string;
}

const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

/** `folder` is closed to others and goes when the fetch is over. Throws Refusal when the credential does not fit. */
export async function accessTo(
  address: GitAddress,
  secret: SourceSecret | null,
  { home, folder }: { home: Home; folder: string },
): Promise<GitSetting> {
  const { protocol, origin } = address;
  const setting: GitSetting = { config: [], env: { GIT_ALLOW_PROTOCOL: protocol }, secrets: [] };
  if (protocol === "ssh") {
    const options = [
      "-F none",
      "-o BatchMode=yes",
      "-o ConnectTimeout=15",
      "-o ServerAliveInterval=15",
      "-o ProxyCommand=none",
      "-o PermitLocalCommand=no",
      "-o ForwardAgent=no",
      // The first key that a server shows is the one that it must show from then on.
      "-o StrictHostKeyChecking=accept-new",
      `-o ${quoted(`UserKnownHostsFile="${join(home.dir, "ssh-known-hosts")}"`)}`,
    ];
    if (secret) {
      mustFit(secret, "ssh-key", "an ssh key");
      const file = join(folder, "ssh-key");
      await writeFile(file, `${secret.secret.trim()}\n`, { mode: 0o600, flag: "wx" });
      await chmod(file, 0o600);
      options.push("-o IdentitiesOnly=yes", "-o IdentityAgent=none", `-i ${quoted(file)}`);
    }
    setting.env.GIT_SSH_COMMAND = `ssh ${options.join(" ")}`;
    setting.env.GIT_SSH_VARIANT = "ssh";
    return setting;
  }
  // Elsewhere than asked is not where the token belongs, and not what the operator named.
  setting.config.push(["http.followRedirects", secret ? "false" : "initial"]);
  if (secret && origin !== null) {
    mustFit(secret, "token", "a token");
    const text = secret.secret.trim();
    const pair = text.includes(":") ? text : `x-access-token:${text}`;
    const basic = Buffer.from(pair).toString("base64");
    setting.config.push([`http.${origin}/.extraHeader`, `Authorization: Basic ${basic}`]);
    setting.secrets.push(text, basic, text.slice(text.indexOf(":") + 1));
  }
  return setting;
}

function mustFit(secret: SourceSecret, kind: SourceSecret["kind"], wanted: string): void {
  if (secret.kind === kind) return;
  throw new Refusal(
    "credential-does-not-fit",
    `This address needs ${wanted}, and the credential is ${secret.kind === "token" ? "a token" : "an ssh key"}.`,
    "Choose another credential, or the repository's other address.",
  );
}
