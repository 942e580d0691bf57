// How long a piece of work takes, by repeating it; medians over rounds that are interleaved with those of the others.

const roundMs = 400;

/** Returns microseconds per call: warmed up for half the time, then counted. */
export async function timeUs(work: () => void | Promise<void>): Promise<number> {
  for (const until = performance.now() + roundMs / 2; performance.now() < until; ) await work();
  const start = performance.now();
  let count = 0;
  for (; performance.now() - start < roundMs; count += 1) await work();
  return ((performance.now() - start) * 1000) / count;
}

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

/**
 * Measures every contender in turn, round after round, so that a machine that slows down slows all of them. Returns the median of each
 * in microseconds.
 */
export async function interleaved<Name extends string>(
  contenders: Readonly<Record<Name, () => Promise<number>>>,
  rounds: number,
): Promise<ReadonlyMap<Name, number>> {
  const measured = new Map<Name, number[]>();
  // Guaranteed by the type of the argument.
  const names = Object.keys(contenders) as Name[];
  for (let round = 0; round < rounds; round += 1)
    for (const name of names) measured.set(name, [...(measured.get(name) ?? []), await contenders[name]()]);
  return new Map([...measured].map(([name, values]) => [name, median(values)]));
}
