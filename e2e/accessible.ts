/** WCAG 2.2 AA as far as axe can tell, of a page as it stands. */
import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { expect } from "./test.ts";

const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/** No violation of any rule in light; in the dark only colours are others. */
export async function accessible(page: Page, what: string, dark: boolean): Promise<void> {
  await page.emulateMedia({ colorScheme: "light" });
  await settled(page);
  await noViolation(axe(page).withTags(TAGS), `${what}, light`);
  if (!dark) return;
  await page.emulateMedia({ colorScheme: "dark" });
  await settled(page);
  await noViolation(axe(page).withRules(["color-contrast"]), `${what}, dark`);
}

/** In the page itself: there are no frames, and a second page for the summing up takes as long as the looking. */
const axe = (page: Page): AxeBuilder => new AxeBuilder({ page }).setLegacyMode();

async function noViolation(look: AxeBuilder, what: string): Promise<void> {
  const { violations } = await look.analyze();
  const told = violations.map(({ id, nodes }) => ({ id, at: nodes.map(({ html }) => html.slice(0, 200)) }));
  expect.soft(told, what).toEqual([]);
}

/** Colours are judged as they are when nothing moves any more; what spins for ever is not waited for. */
const settled = (page: Page) =>
  page.evaluate(async () => {
    const ending = document
      .getAnimations()
      .filter(({ effect }) => effect?.getComputedTiming().iterations !== Number.POSITIVE_INFINITY);
    await Promise.allSettled(ending.map(({ finished }) => finished));
  });
