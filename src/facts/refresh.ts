// When a digest is asked again: a pure schedule.
import type { ScanAnswer } from './scan.ts';

const secondMs = 1000;
const minuteMs = 60 * secondMs;

// A newly pushed image takes minutes to be scanned; after half an hour it is more likely that it never will be.
const unscannedDelaysMs = [1, 2, 5, 10, 30, 60].map((minutes) => minutes * minuteMs);
// Xray restarts take seconds; more often than every 15 s would only add load to an ailing server.
const unavailableDelaysMs = [1, 2, 4, 8, 15].map((seconds) => seconds * secondMs);
// However short a maxAge is: not more than one question per second and digest.
const shortestDelayMs = secondMs;

/**
 * Returns after how many milliseconds to ask again after an answer of this kind. `repeats` counts the answers of the kind in a row, 0 for
 * the first; `random` is in [0, 1).
 */
export function refreshDelayMs(
  answered: ScanAnswer['kind'],
  options: { readonly maxAgeMs: number; readonly repeats: number; readonly random: number },
): number {
  const { maxAgeMs, repeats, random } = options;
  // ±10 %, so that questions that came together do not stay together for ever.
  const halfAgeMs = (maxAgeMs / 2) * (0.9 + random * 0.2);
  if (answered === 'unavailable') return at(unavailableDelaysMs, repeats) * (0.5 + random / 2);
  const delayMs = answered === 'unscanned' ? Math.min(at(unscannedDelaysMs, repeats), halfAgeMs) : halfAgeMs;
  return Math.max(shortestDelayMs, delayMs);
}

function at(delays: readonly number[], index: number): number {
  return delays[Math.min(Math.max(0, index), delays.length - 1)] ?? minuteMs;
}
