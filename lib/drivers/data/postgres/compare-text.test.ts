import fc from "fast-check";
import { it } from "vitest";
import { compareBytewise } from "./compare-text.ts";

it("orders any two texts as their UTF-8 bytes do", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc
      .array(fc.constantFrom("a", "b", "\ud7ff", "\ue000", "\uffff", "\u{10000}", "\u{1f600}"))
      .map((parts) => parts.join("")),
  );
  fc.assert(
    fc.property(text, text, (a, b) => {
      return Math.sign(compareBytewise(a, b)) === Buffer.compare(Buffer.from(a), Buffer.from(b));
    }),
    { numRuns: 500 },
  );
});
