// The value that a part of all values does not exceed.

/** Returns the value by nearest rank, so one that was measured; `part` is in (0, 1]. Not a number for no values. */
export function percentile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? Number.NaN;
}
