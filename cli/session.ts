/** What a command works with: its options, its door and its streams. */
import type { Command } from "commander";
import { createApiDoor } from "./api-door.ts";
import { type Door, Refused } from "./door.ts";
import type { LocalDoor } from "./local-door.ts";
import type { Streams } from "./streams.ts";

export interface GlobalOptions {
  app?: string;
  json: boolean;
  url?: string;
  token?: string;
  local: boolean;
  home?: string;
  wait: boolean;
}

export interface Session {
  streams: Streams;
  options: GlobalOptions;
  door: Door;
  /** --app, SIGNALBOX_APP, or the only one there is. */
  app(): Promise<string>;
}

const DEFAULT_URL = "http://127.0.0.1:8080";

/** Runs a command's action with a door that is closed afterwards. */
export async function withSession(
  command: Command,
  streams: Streams,
  act: (session: Session) => Promise<void>,
): Promise<void> {
  const options = command.optsWithGlobals<GlobalOptions>();
  const door = options.local ? await openLocal(options, streams) : apiDoor(options, streams);
  try {
    await act({ streams, options, door, app: () => chosenApp(options, streams, door) });
  } finally {
    await door.close();
  }
}

/** Loaded when it is needed: the store's client takes longer to load than the API to answer. */
export async function openLocal({ home }: Pick<GlobalOptions, "home">, { env }: Streams): Promise<LocalDoor> {
  const { createLocalDoor } = await import("./local-door.ts");
  return createLocalDoor({ ...env, ...(home !== undefined && { SIGNALBOX_HOME: home }) });
}

/** What the doctor says of this machine's installation. */
export async function localDiagnoses({ home }: Pick<GlobalOptions, "home">, { env }: Streams) {
  const { diagnoses } = await import("./local-door.ts");
  return diagnoses({ ...env, ...(home !== undefined && { SIGNALBOX_HOME: home }) });
}

function apiDoor({ url, token }: GlobalOptions, { env }: Streams): Door {
  const secret = token ?? env.SIGNALBOX_TOKEN;
  const address = url ?? env.SIGNALBOX_URL ?? DEFAULT_URL;
  if (!URL.canParse(address)) throw new Refused("invalid", `--url: ${address} is not a URL.`);
  if (!secret) {
    throw new Refused("unauthenticated", "No API token was given.", {
      remedy:
        "Set SIGNALBOX_TOKEN or pass --token. `signalbox token create --local` makes one on the machine itself.",
    });
  }
  return createApiDoor({ url: address, token: secret });
}

async function chosenApp({ app }: GlobalOptions, { env }: Streams, door: Door): Promise<string> {
  const named = app ?? env.SIGNALBOX_APP;
  if (named) return named;
  const apps = await door.listApps();
  if (apps.length === 1) return apps[0]!.name;
  const names = apps.map(({ name }) => name).join(", ");
  throw new Refused(
    "invalid",
    apps.length === 0 ? "There is no app yet." : `Which app? There are ${names}.`,
    {
      remedy:
        apps.length === 0
          ? "Make one with `signalbox create`, or take one that runs with `signalbox adopt`."
          : "Name it with --app (SIGNALBOX_APP).",
    },
  );
}
