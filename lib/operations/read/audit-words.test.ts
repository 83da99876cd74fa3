import { expect, test } from "vitest";
import { auditFile } from "./audit-file.ts";
import { auditWords } from "./audit-words.ts";

const words = (action: string, detail: Record<string, unknown>, app: string | null = null) =>
  auditWords({ action, app, detail });

test("an entry reads as a sentence", () => {
  expect(words("user.app-role", { email: "bo@example.com", from: "none", to: "operator" }, "shop")).toBe(
    "gave bo@example.com the role operator in shop",
  );
  expect(words("gate.maintenance", { on: true })).toBe("closed the gate of every app");
  expect(words("token.create", { name: "ci", role: "operator", apps: ["shop", "blog"] })).toBe(
    "made the token ci (operator in shop, blog)",
  );
  const variables = [{ name: "A", scope: "both" }, { name: "B" }];
  expect(words("app.set-variables", { variables }, "shop")).toBe("set variables of shop: A, B");
});

test("an action that nobody wrote words for still reads", () => {
  expect(words("app.new-thing", {}, "shop")).toBe("new thing (app.new-thing) in shop");
  expect(words("constructor", {})).toContain("constructor");
});

test("a spreadsheet takes nothing in an export for a formula", async () => {
  async function* entries() {
    yield {
      id: "1",
      at: "2026-11-20T10:00:00Z",
      actor: { kind: "user" as const, id: "u", name: '=HYPERLINK("http://evil.example","x")' },
      action: "session.open",
      app: null,
      run: null,
      detail: {},
    };
  }
  const lines = await Array.fromAsync(auditFile(entries(), "csv"));
  expect(lines[1]).toContain(`"'=HYPERLINK(""http://evil.example"",""x"")"`);
});
