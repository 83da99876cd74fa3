/** The one place where names and texts become SQL. */
import { escapeIdentifier, escapeLiteral } from "pg";

/** A quoted identifier. Rejects what PostgreSQL would refuse or silently cut (63 bytes). */
export function identifier(name: string): string {
  if (name === "" || name.includes("\0")) throw new Error("an SQL identifier can't be empty or hold a NUL");
  if (Buffer.byteLength(name) > 63) throw new Error(`the SQL identifier ${name} is longer than 63 bytes`);
  return escapeIdentifier(name);
}

/** Several quoted identifiers, separated by commas. */
export const identifiers = (names: Iterable<string>): string => [...names].map(identifier).join(", ");

/** A quoted text, for the statements that take no parameters. */
export function literal(text: string): string {
  if (text.includes("\0")) throw new Error("an SQL text can't hold a NUL");
  return escapeLiteral(text);
}

/** A quoted, schema-qualified name. */
export const qualified = (object: { schema: string; name: string }): string =>
  `${identifier(object.schema)}.${identifier(object.name)}`;

/** A table's name as it is shown to people. */
export const shown = (object: { schema: string; name: string }): string => `${object.schema}.${object.name}`;
