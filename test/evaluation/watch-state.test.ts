// When what is known of a watch may decide, and until when.
import test from 'ava';
import { untilWatchTooOldMs, whyWatchUnknown } from '../../src/evaluation/watch-state.ts';
import { type WatchFact, watchRows } from '../../src/facts/watch-fact.ts';

const now = new Date('2026-11-23T10:00:00Z');
const maxAgeMs = 3_600_000;
const known = (checkedAt: string, reason = ''): WatchFact => {
  return {
    state: 'known',
    checkedAt: new Date(checkedAt),
    knownSince: new Date(checkedAt),
    stale: reason !== '',
    reason,
    rows: watchRows(new Map()),
  };
};

test('a watch that was never told tells nothing, and says why', (t) => {
  t.deepEqual(whyWatchUnknown('prod', { state: 'unavailable', reason: 'Xray answered 503' }, { now, maxAgeMs }), {
    reason: 'WatchUnavailable',
    message: 'watch prod: Xray answered 503',
  });
});

test('a stale answer decides until it is older than maxAge, to the millisecond', (t) => {
  t.is(whyWatchUnknown('prod', known('2026-11-23T09:00:00.000Z', 'Xray answered 503'), { now, maxAgeMs }), undefined);
  t.deepEqual(whyWatchUnknown('prod', known('2026-11-23T08:59:59.999Z', 'Xray answered 503'), { now, maxAgeMs }), {
    reason: 'WatchTooOld',
    message: 'watch prod: the last whole answer of Xray, of 2026-11-23T08:59:59Z, is older than maxAge (Xray answered 503)',
  });
});

test('the moment to look again is the first at which one of them is too old', (t) => {
  const facts = [known('2026-11-23T09:30:00Z'), known('2026-11-23T09:15:00Z'), known('2026-11-23T08:00:00Z')];
  t.is(untilWatchTooOldMs(facts, { now, maxAgeMs }), 15 * 60_000 + 1);
  t.is(
    untilWatchTooOldMs([{ state: 'unavailable', reason: '' }, known('2026-11-23T08:00:00Z')], { now, maxAgeMs }),
    Number.POSITIVE_INFINITY,
  );
  t.is(untilWatchTooOldMs([], { now, maxAgeMs }), Number.POSITIVE_INFINITY);
});

test('one moment before it nothing is too old, and at that moment it is', (t) => {
  const fact = known('2026-11-23T09:15:00Z');
  const at = new Date(now.getTime() + untilWatchTooOldMs([fact], { now, maxAgeMs }));
  t.is(whyWatchUnknown('prod', fact, { now: new Date(at.getTime() - 1), maxAgeMs }), undefined);
  t.is(whyWatchUnknown('prod', fact, { now: at, maxAgeMs })?.reason, 'WatchTooOld');
});
