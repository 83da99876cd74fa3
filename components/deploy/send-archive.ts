import type { UploadView } from "#lib/operations/uploads.ts";

/** What one request carries. Lib/uploads/limits.ts says the same for the other side. */
const PIECE_BYTES = 4 * 1024 * 1024;
const TRIES = 5;
const FIRST_PAUSE_MS = 500;

/** The dashboard's own words about what it did not take. */
export class NotTaken extends Error {
  readonly remedy: string | null;
  constructor(what: string, remedy: string | null) {
    super(what);
    this.remedy = remedy;
  }
}

export interface SendOptions {
  /** 0 to 1; 1 while the other side unpacks. */
  onProgress(share: number): void;
  signal: AbortSignal;
}

/**
 * Sends an archive in pieces and has it unpacked. Answers the upload's id. Goes on after a lost connection; rejects with
 * NotTaken, and with the signal's reason once the upload is thrown away on the other side too.
 */
export async function sendArchive(
  app: string,
  file: File,
  { onProgress, signal }: SendOptions,
): Promise<string> {
  const base = `/api/v1/apps/${encodeURIComponent(app)}/uploads`;
  const json = { method: "POST", headers: { "content-type": "application/json" } };
  const begin = JSON.stringify({ kind: "archive", name: file.name, size: file.size });
  const { id } = await ask<UploadView>(base, { ...json, body: begin, signal });
  try {
    let offset = 0;
    do {
      const piece = file.slice(offset, offset + PIECE_BYTES);
      const { received } = await patiently(signal, () =>
        ask<{ received: number }>(`${base}/${id}/archive?offset=${offset}`, {
          method: "PUT",
          headers: { "content-type": "application/octet-stream" },
          body: piece,
          signal,
        }),
      );
      offset = received;
      onProgress(offset / file.size);
    } while (offset < file.size);
    await patiently(signal, () => ask(`${base}/${id}/complete`, { ...json, body: "{}", signal }));
    return id;
  } catch (error) {
    void fetch(`${base}/${id}`, { method: "DELETE" }).catch(() => {});
    throw error;
  }
}

async function ask<T>(url: string, init: RequestInit): Promise<T> {
  const response = await fetch(url, init);
  const body: unknown = await response.json().catch(() => null);
  if (response.ok) return body as T;
  const { error } = (body ?? {}) as { error?: { message?: string; remedy?: string } };
  if (error?.message === undefined) throw new Error(`answered ${response.status}`);
  throw new NotTaken(error.message, error.remedy ?? null);
}

async function patiently<T>(signal: AbortSignal, request: () => Promise<T>): Promise<T> {
  for (let attempt = 1, pause = FIRST_PAUSE_MS; ; attempt += 1, pause *= 2) {
    try {
      return await request();
    } catch (error) {
      if (signal.aborted || error instanceof NotTaken || attempt === TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
}
