// Times and durations as OPA reads them; the expected values are what `opa eval` answers.
import test from 'ava';
import { parseDurationNs, parseTimeNs } from '../../src/opa/rego-time.ts';

test('times are read to the nanosecond', (t) => {
  t.is(parseTimeNs('1970-01-01T00:00:00Z'), 0n);
  t.is(parseTimeNs('2026-11-23T10:00:00.123456789Z'), 1795428000123456789n);
  t.is(parseTimeNs('2026-11-23T10:00:00.1234567891Z'), 1795428000123456789n);
  t.is(parseTimeNs('2026-11-23T10:00:00.001Z'), 1795428000001000000n);
  t.is(parseTimeNs('2026-11-23T11:30:00+01:30'), 1795428000000000000n);
  t.is(parseTimeNs('1969-12-31T23:59:59.5Z'), -500000000n);
  t.is(parseTimeNs('2024-02-29T00:00:00Z'), 1709164800000000000n);
});

test('what is no time, or too far away, is undefined', (t) => {
  const wrong = ['', 'now', '2026-11-23', '2026-11-23T10:00:00', '2026-11-23t10:00:00z', '2026-02-29T00:00:00Z', '2026-13-01T00:00:00Z'];
  t.deepEqual(
    [...wrong, '2026-11-23T24:00:00Z', '2026-11-23T10:00:60Z', '2300-01-01T00:00:00Z', '0001-01-01T00:00:00Z']
      .map(parseTimeNs)
      .filter((ns) => ns !== undefined),
    [],
  );
});

test('durations are read in every unit', (t) => {
  t.is(parseDurationNs('30m'), 1800000000000n);
  t.is(parseDurationNs('1h30m'), 5400000000000n);
  t.is(parseDurationNs('1.5h'), 5400000000000n);
  t.is(parseDurationNs('.5s'), 500000000n);
  t.is(parseDurationNs('-1ms'), -1000000n);
  t.is(parseDurationNs('1us1µs1ns'), 2001n);
  t.is(parseDurationNs('0'), 0n);
  t.is(parseDurationNs('1d2h'), 93600000000000n);
  t.is(parseDurationNs('.5w'), 302400000000000n);
  t.is(parseDurationNs('-1y'), -31536000000000000n);
});

test('what is no duration, or does not fit, is undefined', (t) => {
  t.deepEqual(
    ['', '1', '1M', 'd1', 'h', '1 h', '-', '.s', '1h-1m', '9999999h'].map(parseDurationNs).filter((ns) => ns !== undefined),
    [],
  );
});
