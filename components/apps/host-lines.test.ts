import { expect, test } from "vitest";
import { hostLines } from "./host-lines.ts";

test("host names are taken from what people paste", () => {
  expect(hostLines(" https://Shop.example.com/cart\nwww.example.com:8080, shop.example.com\n\n")).toEqual([
    "shop.example.com",
    "www.example.com",
  ]);
});
