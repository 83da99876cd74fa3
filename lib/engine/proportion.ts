/**
 * How sure a share of something counted is: Wilson's score interval, one side of it at a time. It holds for few
 * counts and for shares near nothing, where the share itself plus a margin of error does not.
 */

/** With a chance of 1 − Φ(z) at most, about, the true share is below this. Nothing counted: 0. */
export const lowerBound = (hits: number, of: number, z: number): number => wilson(hits, of, z, -1);

/** With a chance of 1 − Φ(z) at most, about, the true share is above this. Nothing counted: 1. */
export const upperBound = (hits: number, of: number, z: number): number => wilson(hits, of, z, 1);

function wilson(hits: number, of: number, z: number, side: 1 | -1): number {
  if (of === 0) return side === 1 ? 1 : 0;
  const share = hits / of;
  const square = z * z;
  const margin = z * Math.sqrt((share * (1 - share)) / of + square / (4 * of * of));
  return Math.min(1, Math.max(0, (share + square / (2 * of) + side * margin) / (1 + square / of)));
}
