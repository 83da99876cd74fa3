/** What goes wrong in a page without anybody seeing it. */
import type { BrowserContext, Response } from "@playwright/test";

export class ConsoleWatch {
  readonly #seen: string[] = [];
  readonly #expected: RegExp[] = [];
  readonly #refusals: Promise<string>[] = [];

  watch(context: BrowserContext): void {
    context.on("console", (message) => {
      if (message.type() === "error") this.#seen.push(`${message.text()} (${message.location().url})`);
    });
    context.on("response", (response) => {
      if (response.status() >= 400) this.#refusals.push(inWords(response));
    });
    // Chromium does not write all of them to the console.
    void context.addInitScript(() => {
      addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI, sample }) =>
        console.error(`refused by policy: ${violatedDirective} ${blockedURI} ${sample}`),
      );
    });
    context.on("weberror", (error) => this.#seen.push(`uncaught: ${error.error().stack}`));
  }

  /** Errors that a test makes happen. The text is the message and, in brackets, the address. */
  expect(...texts: RegExp[]): void {
    this.#expected.push(...texts);
  }

  /** What nobody expected. */
  get errors(): string[] {
    return this.#seen.filter(this.#isUnexpected);
  }

  /** The console tells the status and address of an answer that nobody expected; this, what it said. */
  async refusals(): Promise<string[]> {
    return (await Promise.all(this.#refusals)).filter(this.#isUnexpected);
  }

  readonly #isUnexpected = (text: string): boolean => !this.#expected.some((expected) => expected.test(text));
}

/** Read at once: the body goes with its page. */
async function inWords(response: Response): Promise<string> {
  const body = await response.text().catch(() => "");
  return `${response.request().method()}: ${response.status()} (${response.url()}): ${body.slice(0, 200)}`;
}
