// `numbers.range_step`: whole numbers at a distance. Pure.
import { assertFew, assertFits } from './bounds.ts';
import { wholeNumber } from './numbers.ts';
import type { RegoValue } from './rego-value.ts';

/** Returns the numbers from the first to the last, down as well as up. Throws when they would not fit into memory. */
export function rangeStep(first: RegoValue | undefined, last: RegoValue | undefined, step: RegoValue | undefined): bigint[] | undefined {
  const [from, to, by] = [first, last, step].map(wholeNumber);
  if (from === undefined || to === undefined || by === undefined || by <= 0n) return undefined;
  const count = Number((from <= to ? to - from : from - to) / by) + 1;
  assertFew(count);
  assertFits(count * Math.max(hexLength(from), hexLength(to)));
  const signed = from <= to ? by : -by;
  return Array.from({ length: count }, (_, index) => from + signed * BigInt(index));
}

/** A few characters less than the decimal digits, and many times faster. */
function hexLength(value: bigint): number {
  return value.toString(16).length;
}
