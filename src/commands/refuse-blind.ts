// Tells whether Xray was asked and answered nothing at all, which makes every result that rests on it worthless. Pure.
import type { Fact } from '../facts/fact.ts';
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
