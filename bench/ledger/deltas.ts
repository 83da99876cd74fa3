/**
 * Adds to one account are powers of four: the sum read as base-4 digits says for each of them how often it
 * landed, so a lost add is a 0 and one that landed twice a 2, not merely a sum that looks odd.
 */

/** The sum of a full account is at most 3 · (4^12 − 1) / 3 = 16,777,215: fits every integer column. */
export const ADDS_PER_ACCOUNT = 12;

export const deltaOf = (index: number): number => 4 ** index;

/** The inverse of `deltaOf`. */
export const indexOf = (delta: number): number => (31 - Math.clz32(delta)) / 2;

/** How often each add landed; `rest` is what no add of this account explains. */
export function decodeSum(sum: number): { times: number[]; rest: number } {
  if (!Number.isSafeInteger(sum) || sum < 0) return { times: [], rest: sum };
  const times: number[] = [];
  let left = sum;
  for (let index = 0; index < ADDS_PER_ACCOUNT; index++) {
    times.push(left % 4);
    left = Math.floor(left / 4);
  }
  return { times, rest: left * 4 ** ADDS_PER_ACCOUNT };
}
