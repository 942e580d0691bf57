// Tells whether Xray was asked and did not answer: about any image at all, or about a watch. Pure.
import { compareTexts } from '../facts/compare-texts.ts';
import type { Fact } from '../facts/fact.ts';
import type { WatchFact } from '../facts/watch-fact.ts';
import { Failure } from '../failure.ts';

/**
 * Throws `Failure` when Xray was asked and not one answer came. Some images that cannot be had are facts like others; all of them are a
 * mistake in the call or an Xray that is down. `hint` says what can be done without it.
 */
export function refuseBlind(asked: ReadonlyMap<string, Fact>, hint: string): void {
  const [unknown, ...more] = [...asked.values()].filter((fact) => fact.state === 'unavailable');
  if (unknown === undefined || more.length + 1 < asked.size) return;
  const images = `${asked.size} ${asked.size === 1 ? 'image' : 'images'}`;
  throw new Failure(`ask Xray about ${images}: ${unknown.reason} (${hint})`, { retry: 'never', reason: 'NoFacts' });
}

/** Returns one line for each reason why Xray, when it was asked, did not tell these watches; without a full stop. */
export function watchRefusals(asked: ReadonlyMap<string, WatchFact>, watches: readonly string[]): readonly string[] {
  const byReason = new Map<string, string[]>();
  for (const watch of [...new Set(watches)].sort(compareTexts)) {
    const fact = asked.get(watch);
    if (fact?.state !== 'unavailable') continue;
    byReason.set(fact.reason, [...(byReason.get(fact.reason) ?? []), watch]);
  }
  return [...byReason].map(([reason, [first = '', ...more]]) => {
    const named = more.length === 0 ? `the watch ${first}` : `the watches ${[first, ...more].join(', ')}`;
    return `ask Xray about ${named}: ${reason}`;
  });
}
