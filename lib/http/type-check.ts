/** Types that compare types. */

/** Mutually assignable. */
export type Equal<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;

export type Expect<T extends true> = T;
