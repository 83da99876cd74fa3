import { expectTypeOf, test } from "vitest";
import type { z } from "zod";
import type * as views from "#lib/operations/views.ts";
import type { appSummary, appView, receipt, runView } from "./view-schemas.ts";

test("the schemas and the read models are the same types, as the compiler sees it", () => {
  expectTypeOf<z.infer<typeof appView>>().toExtend<views.AppView>();
  expectTypeOf<views.AppView>().toExtend<z.infer<typeof appView>>();
  expectTypeOf<z.infer<typeof appSummary>>().toExtend<views.AppSummary>();
  expectTypeOf<views.AppSummary>().toExtend<z.infer<typeof appSummary>>();
  expectTypeOf<z.infer<typeof runView>>().toExtend<views.RunView>();
  expectTypeOf<views.RunView>().toExtend<z.infer<typeof runView>>();
  expectTypeOf<z.infer<typeof receipt>>().toExtend<views.Receipt>();
  expectTypeOf<views.Receipt>().toExtend<z.infer<typeof receipt>>();
});
