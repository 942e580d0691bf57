// When a digest is asked again.
import test from 'ava';
import { refreshDelayMs } from '../../src/facts/refresh.ts';
import type { ScanAnswer } from '../../src/facts/scan.ts';

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

function delaysMs(answered: ScanAnswer['kind'], given: { maxAgeMs?: number; random?: number } = {}): readonly number[] {
  const { maxAgeMs = dayMs, random = 0.5 } = given;
  return [0, 1, 2, 3, 4, 5, 6].map((repeats) => Math.round(refreshDelayMs(answered, { maxAgeMs, repeats, random })));
}

test('a scanned image is asked again at half of maxAge, within a tenth of it', (t) => {
  t.deepEqual(new Set(delaysMs('scanned')), new Set([dayMs / 2]));
  t.is(refreshDelayMs('scanned', { maxAgeMs: 100_000, repeats: 0, random: 0 }), 45_000);
  t.is(Math.round(refreshDelayMs('scanned', { maxAgeMs: 100_000, repeats: 0, random: 1 })), 55_000);
});

test('an image that is not scanned yet is asked about often at first', (t) => {
  t.deepEqual(
    delaysMs('unscanned').map((ms) => ms / minuteMs),
    [1, 2, 5, 10, 30, 60, 60],
  );
  t.deepEqual(
    delaysMs('unscanned', { maxAgeMs: 10 * minuteMs }).map((ms) => ms / minuteMs),
    [1, 2, 5, 5, 5, 5, 5],
  );
});

test('after a failure it is a second, then more, never more than fifteen', (t) => {
  t.deepEqual(delaysMs('unavailable', { random: 1 }), [1000, 2000, 4000, 8000, 15_000, 15_000, 15_000]);
  t.deepEqual(delaysMs('unavailable', { random: 0 }), [500, 1000, 2000, 4000, 7500, 7500, 7500]);
});

test('however short maxAge is, a known digest is asked at most once a second', (t) => {
  t.deepEqual(new Set(delaysMs('scanned', { maxAgeMs: 1000 })), new Set([1000]));
  t.deepEqual(new Set(delaysMs('unscanned', { maxAgeMs: 1000 })), new Set([1000]));
});
