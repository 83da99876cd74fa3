/** What goes wrong in a page without anybody seeing it. */
import type { BrowserContext } from "@playwright/test";

export class ConsoleWatch {
  readonly #seen: string[] = [];
  readonly #expected: RegExp[] = [];

  watch(context: BrowserContext): void {
    context.on("console", (message) => {
      if (message.type() === "error") this.#seen.push(`${message.text()} (${message.location().url})`);
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
    return this.#seen.filter((text) => !this.#expected.some((expected) => expected.test(text)));
  }
}
