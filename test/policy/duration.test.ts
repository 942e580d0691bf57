// Durations as policies write them.
import test from 'ava';
import { parseDurationMs } from '../../src/policy/duration.ts';

/** Text and milliseconds. */
const durations: readonly (readonly [string, number | undefined])[] = [
  ['24h', 86_400_000],
  ['1h30m', 5_400_000],
  ['500ms', 500],
  ['1m1ms', 60_001],
  ['1s1s', 2000],
  ['0s', 0],
  ['007s', 7000],
  ['', undefined],
  ['5', undefined],
  ['h', undefined],
  ['-5m', undefined],
  ['+5m', undefined],
  ['1.5h', undefined],
  ['1d', undefined],
  ['5M', undefined],
  ['5 m', undefined],
  [' 5m', undefined],
  ['5m\n', undefined],
  ['5us', undefined],
  ['1h30', undefined],
  ['1ms1ms1ms1ms1ms1ms1ms1ms1ms1ms1s', 1010],
  ['1ms1ms1ms1ms1ms1ms1ms1ms1ms1ms10s', undefined],
  ['99999999999999999999h', undefined],
];

test('a duration is read in milliseconds, and what is none is refused', (t) => {
  for (const [text, expected] of durations) t.is(parseDurationMs(text), expected, JSON.stringify(text));
});
