// Next bundles every route by itself: a module's own variable would be one queue per route.
const KEY = Symbol.for("signalbox.uploads.turns");
const holder = globalThis as { [KEY]?: Map<string, Promise<unknown>> };

/** One after the other per key, in this process. */
export async function inTurn<T>(key: string, act: () => Promise<T>): Promise<T> {
  holder[KEY] ??= new Map();
  const turns = holder[KEY];
  const mine = (turns.get(key) ?? Promise.resolve()).then(act, act);
  turns.set(key, mine);
  try {
    return await mine;
  } finally {
    if (turns.get(key) === mine) turns.delete(key);
  }
}
