/** Over /api/v1 with a token. */
import { Readable } from "node:stream";
import type { ReadableStream as NodeStream } from "node:stream/web";
import type { ErrorBody } from "#lib/http/errors.ts";
import type { CredentialView } from "#lib/operations/source-credentials.ts";
import { accessOverApi } from "./access-door.ts";
import { type Door, Refused } from "./door.ts";
import { eventStream } from "./event-stream.ts";

export interface ApiDoorOptions {
  /** Of the dashboard: http://127.0.0.1:8080 */
  url: string;
  token: string;
}

/** Rejects with Refused: what the server said, `unreachable` when it said nothing, `unauthenticated` for the token. */
export function createApiDoor({ url, token }: ApiDoorOptions): Door {
  async function send(
    method: string,
    path: string,
    body?: object | Uint8Array,
    signal?: AbortSignal,
  ): Promise<Response> {
    const headers: Record<string, string> = { authorization: `Bearer ${token}` };
    const raw = body instanceof Uint8Array;
    if (body) headers["content-type"] = raw ? "application/octet-stream" : "application/json";
    const target = new URL(`/api/v1${path}`, url);
    const payload = raw ? (body as Uint8Array<ArrayBuffer>) : body && JSON.stringify(body);
    let response: Response;
    try {
      response = await fetch(target, { method, headers, body: payload, signal });
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      throw unreachable(url, error);
    }
    if (!response.ok) throw await refusal(response, url);
    return response;
  }
  const ask = async <T>(method: string, path: string, body?: object | Uint8Array): Promise<T> =>
    (await send(method, path, body)).json() as Promise<T>;
  async function* stream<T>(path: string, signal: AbortSignal): AsyncGenerator<T> {
    const { body } = await send("GET", path, undefined, signal);
    try {
      if (body) yield* eventStream(body) as AsyncGenerator<T>;
    } catch (error) {
      // Lost on the way: whoever follows asks again from where it was.
      if (error instanceof SyntaxError) throw error;
    }
  }
  const id = encodeURIComponent;

  return {
    listApps: async () => (await ask<{ apps: Awaited<ReturnType<Door["listApps"]>> }>("GET", "/apps")).apps,
    getApp: (app) => ask("GET", `/apps/${id(app)}`),
    preflight: (app, verb, input = {}) => ask("GET", `/apps/${id(app)}/preflight/${verb}${query(input)}`),
    init: (input) => ask("POST", "/apps", input),
    adopt: (input) => ask("POST", "/adoptions", input),
    checkAdoption: (input) => ask("POST", "/adoptions/check", input),
    connections: async (app, slot, as) =>
      (
        await ask<{ connections: Awaited<ReturnType<Door["connections"]>> }>(
          "POST",
          `/apps/${id(app)}/connections/${slot}`,
          { as },
        )
      ).connections,
    act: (app, verb, input) => ask("POST", `/apps/${id(app)}/${verb}`, input),
    maintenanceForAll: (input) => ask("POST", "/maintenance", input),
    cancelRun: (run) => ask("POST", `/runs/${id(run)}/cancel`, {}),
    getRun: (run) => ask("GET", `/runs/${id(run)}`),
    listRuns: async (app, page) =>
      (
        await ask<{ runs: Awaited<ReturnType<Door["listRuns"]>> }>(
          "GET",
          `/apps/${id(app)}/runs${query(page)}`,
        )
      ).runs,
    listReceipts: async (app, page) =>
      (
        await ask<{ receipts: Awaited<ReturnType<Door["listReceipts"]>> }>(
          "GET",
          `/apps/${id(app)}/receipts${query(page)}`,
        )
      ).receipts,
    runEvents: (run, after, signal) => stream(`/runs/${id(run)}/events${query({ after })}`, signal),
    logs: (app, slot, asked, signal) => stream(`/apps/${id(app)}/logs/${slot}${query({ ...asked })}`, signal),
    createToken: (input) => ask("POST", "/tokens", input),
    listTokens: async () =>
      (await ask<{ tokens: Awaited<ReturnType<Door["listTokens"]>> }>("GET", "/tokens")).tokens,
    revokeToken: async (token) =>
      (await ask<{ token: { id: string; name: string } }>("DELETE", `/tokens/${id(token)}`)).token,
    listVariables: (app) => ask("GET", `/apps/${id(app)}/variables`),
    setVariables: (app, variables) => ask("PUT", `/apps/${id(app)}/variables`, { variables }),
    unsetVariable: (app, name, scope) =>
      ask("DELETE", `/apps/${id(app)}/variables/${id(name)}${query({ scope })}`),
    getSettings: (app) => ask("GET", `/apps/${id(app)}/settings`),
    changeSettings: (app, settings) => ask("PATCH", `/apps/${id(app)}/settings`, settings),
    listJobs: (app, page) => ask("GET", `/apps/${id(app)}/jobs${query(page)}`),
    runJob: (app, command) => ask("POST", `/apps/${id(app)}/jobs`, { command }),
    getJob: (job) => ask("GET", `/jobs/${id(job)}`),
    cancelJob: (job) => ask("POST", `/jobs/${id(job)}/cancel`, {}),
    jobOutput: (job, signal) => stream(`/jobs/${id(job)}/output`, signal),
    async backup() {
      const { headers, body } = await send("GET", "/system/backup");
      const named = /filename="([\w.-]+)"/.exec(headers.get("content-disposition") ?? "")?.[1];
      return { fileName: named ?? "signalbox-store.backup", content: Readable.fromWeb(body as NodeStream) };
    },
    listReleases: async (app) =>
      (await ask<{ releases: Awaited<ReturnType<Door["listReleases"]>> }>("GET", `/apps/${id(app)}/releases`))
        .releases,
    removeRelease: async (app, release) =>
      (
        await ask<{ release: { id: string; version: string } }>(
          "DELETE",
          `/apps/${id(app)}/releases/${id(release)}`,
        )
      ).release,
    listCredentials: async (app) =>
      (await ask<{ credentials: CredentialView[] }>("GET", `/apps/${id(app)}/credentials`)).credentials,
    addCredential: async (app, input) =>
      (await ask<{ credential: CredentialView }>("POST", `/apps/${id(app)}/credentials`, input)).credential,
    removeCredential: async (app, name) =>
      (await ask<{ credential: CredentialView }>("DELETE", `/apps/${id(app)}/credentials/${id(name)}`))
        .credential,
    beginUpload: (app, files) => ask("POST", `/apps/${id(app)}/uploads`, { kind: "files", files }),
    addUploadFiles: (app, upload, files) =>
      ask("POST", `/apps/${id(app)}/uploads/${id(upload)}/files`, { files }),
    getUpload: (app, upload) => ask("GET", `/apps/${id(app)}/uploads/${id(upload)}`),
    putUploadBlob: (app, upload, sha256, { offset, bytes }) =>
      ask("PUT", `/apps/${id(app)}/uploads/${id(upload)}/blobs/${sha256}${query({ offset })}`, bytes),
    completeUpload: (app, upload) => ask("POST", `/apps/${id(app)}/uploads/${id(upload)}/complete`, {}),
    ...accessOverApi(ask),
    close: async () => {},
  };
}

function query(values: Record<string, string | number | boolean | undefined>): string {
  const given = Object.entries(values).filter(([, value]) => value !== undefined);
  const text = new URLSearchParams(given.map(([key, value]) => [key, String(value)])).toString();
  return text === "" ? "" : `?${text}`;
}

async function refusal(response: Response, url: string): Promise<Refused> {
  const { error } = (await response.json().catch(() => ({}))) as Partial<ErrorBody>;
  if (response.status === 401) {
    return new Refused("unauthenticated", `${url} does not accept this token.`, {
      remedy: "Make one in the dashboard under Settings, or with `signalbox token create --local`.",
    });
  }
  if (error === undefined) {
    return new Refused("unreachable", `${url} answered ${response.status}, and not as Signalbox does.`, {
      remedy: "Check --url (SIGNALBOX_URL). On the machine itself `--local` goes round the web process.",
    });
  }
  return new Refused(error.code, error.message, error);
}

const unreachable = (url: string, cause: unknown): Refused =>
  new Refused("unreachable", `Nobody answers at ${url}.`, {
    remedy: "Check --url (SIGNALBOX_URL). On the machine itself `--local` goes round the web process.",
    cause,
  });
