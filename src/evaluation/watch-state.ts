// Whether what is known of a watch of Xray may decide. Pure.
import { secondText } from '../facts/second-text.ts';
import type { WatchFact } from '../facts/watch-fact.ts';
import type { Undecided } from './answer.ts';

/** Returns why rules that read violations of the watch can tell nothing, or undefined when they can. `maxAgeMs` is the policy's. */
export function whyWatchUnknown(
  watch: string,
  fact: WatchFact,
  { now, maxAgeMs }: { readonly now: Date; readonly maxAgeMs: number },
): Undecided | undefined {
  if (fact.state === 'unavailable') return { reason: 'WatchUnavailable', message: `watch ${watch}: ${fact.reason}` };
  if (now.getTime() - fact.checkedAt.getTime() <= maxAgeMs) return undefined;
  const why = fact.reason === '' ? '' : ` (${fact.reason})`;
  return {
    reason: 'WatchTooOld',
    message: `watch ${watch}: the last whole answer of Xray, of ${secondText(fact.checkedAt)}, is older than maxAge${why}`,
  };
}

/** Returns in how many milliseconds what is known of these watches gets too old first; infinite when that is so already or nothing is known. */
export function untilWatchTooOldMs(
  facts: readonly WatchFact[],
  { now, maxAgeMs }: { readonly now: Date; readonly maxAgeMs: number },
): number {
  const ages = facts.flatMap((fact) => (fact.state === 'known' ? [fact.checkedAt.getTime() + maxAgeMs + 1 - now.getTime()] : []));
  return Math.min(Number.POSITIVE_INFINITY, ...ages.filter((ms) => ms > 0));
}
