/** One control call to one gateway. */
import { request } from "node:http";
import type { z } from "zod";
import { type Answer, answers, type Call, type ControlFile, type calls, SECRET_HEADER } from "./control.ts";

/** The gateway answered, and not with success. */
export class CallRefused extends Error {
  override name = "CallRefused";
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** Rejects with CallRefused, with an AbortError on `signal`, or with whatever kept it from an answer in time. */
export async function call<C extends Call>(
  gateway: Pick<ControlFile, "address" | "secret">,
  name: C,
  input: z.input<(typeof calls)[C]>,
  options: { timeoutMs: number; signal?: AbortSignal },
): Promise<Answer<C>> {
  const timeout = AbortSignal.timeout(options.timeoutMs);
  const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout;
  const { status, text } = await post(gateway, `/${name}`, JSON.stringify(input), signal);
  const body: unknown = JSON.parse(text);
  if (status !== 200) {
    const { error = "unknown", message = text } = body as { error?: string; message?: string };
    throw new CallRefused(status, error, message);
  }
  return answers[name].parse(body) as Answer<C>;
}

function post(
  { address, secret }: Pick<ControlFile, "address" | "secret">,
  path: string,
  body: string,
  signal: AbortSignal,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const headers = {
      [SECRET_HEADER]: secret,
      "content-type": "application/json",
      "content-length": Buffer.byteLength(body),
    };
    // A connection of its own each time: calls are few, and a kept one may be the one that just died.
    const req = request({ ...address, path, method: "POST", headers, signal, agent: false }, (res) => {
      let text = "";
      res.setEncoding("utf8");
      res.on("data", (chunk: string) => {
        text += chunk;
      });
      res.on("end", () => resolve({ status: res.statusCode ?? 0, text }));
      res.on("error", reject);
    });
    req.on("error", reject);
    req.end(body);
  });
}
