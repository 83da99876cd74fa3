/** One at a time per key, within this process. */
export class KeyedLock {
  private readonly tails = new Map<string, Promise<void>>();

  /** Whether something under the key is not done yet. */
  taken(key: string): boolean {
    return this.tails.has(key);
  }

  /** Runs when all that was asked for earlier under the key is done. */
  async run<T>(key: string, act: () => Promise<T>): Promise<T> {
    const before = this.tails.get(key) ?? Promise.resolve();
    const mine = before.then(act);
    const tail = mine.then(
      () => {},
      () => {},
    );
    this.tails.set(key, tail);
    try {
      return await mine;
    } finally {
      if (this.tails.get(key) === tail) this.tails.delete(key);
    }
  }
}
