/** Colour, on a terminal only, and never when NO_COLOR is set. */
import { styleText } from "node:util";
import type { Streams } from "./streams.ts";

export type Paint = (style: "green" | "red" | "yellow" | "dim" | "bold", text: string) => string;

export function painter(stream: { isTTY?: boolean }, env: Streams["env"]): Paint {
  if (!stream.isTTY || env.NO_COLOR || env.TERM === "dumb") return (_, text) => text;
  return (style, text) => styleText(style, text, { validateStream: false });
}
