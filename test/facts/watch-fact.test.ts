// What watches say of an image: joined by its digest, or by a place at which it was seen after the row came to be.
import test from 'ava';
import { joinWatches, type WatchFact, watchRows } from '../../src/facts/watch-fact.ts';
import type { WatchRow } from '../../src/facts/watch-source.ts';
import { scanned, unavailable, unscanned } from '../builders/fact.ts';
import { digestOf } from '../builders/objects.ts';
import { watchRow } from '../builders/watch-row.ts';

const digest = digestOf('api');
const at = (time: string): Date => new Date(`2026-11-23T${time}Z`);

/** A watch whose rows, of nine o'clock, were heard of at half past nine. */
function watch(...rows: readonly WatchRow[]): Extract<WatchFact, { state: 'known' }> {
  const byKey = new Map(rows.map((row) => [row.key, { row, seenAt: at('09:30:00') }]));
  return { state: 'known', checkedAt: at('10:00:00'), knownSince: at('10:00:00'), stale: false, reason: '', rows: watchRows(byKey) };
}

function of(name: string, issue: string): Pick<WatchRow, 'violations'> {
  return { violations: [{ type: 'security', severity: 'high', watch: name, policy: 'p', rule: 'r', issue }] };
}

const api = (checkedAt: Date) => scanned({ digest, checkedAt, paths: ['docker-local/shop/api/1.4', 'docker-copy/shop/api/1.4'] });

test('several watches are joined in their order, the violations of each sorted and each once', (t) => {
  const east = watch(watchRow({ key: '1', ...of('east', 'XRAY-2') }), watchRow({ key: '2', ...of('east', 'XRAY-1') }));
  const copied = watch(
    watchRow({ key: '3', ...of('west', 'XRAY-1') }),
    watchRow({ key: '4', ...of('west', 'XRAY-1'), paths: ['docker-copy/shop/api/1.4'] }),
  );
  const { violations, unconfirmed } = joinWatches(api(at('10:00:00')), [copied, east]);
  t.deepEqual(
    violations.map(({ watch: name, issue }) => [name, issue]),
    [
      ['west', 'XRAY-1'],
      ['east', 'XRAY-1'],
      ['east', 'XRAY-2'],
    ],
  );
  t.deepEqual(unconfirmed, []);
});

test('of a watch that is not known nothing is said, and the others are heard', (t) => {
  const { violations } = joinWatches(api(at('10:00:00')), [
    { state: 'unavailable', reason: 'Xray answered 503' },
    watch(watchRow({ key: '1', ...of('west', 'XRAY-1') })),
  ]);
  t.deepEqual(
    violations.map(({ watch: name }) => name),
    ['west'],
  );
});

test('a row younger than what is known of the place does not count, and its watch is named', (t) => {
  const early = api(at('09:09:59'));
  const rows = watch(watchRow({ key: '1', ...of('west', 'XRAY-1') }));
  t.deepEqual(joinWatches(early, [watch(), rows]), { violations: [], unconfirmed: ['west'], isUnplaced: false });
  t.deepEqual(joinWatches(early, [watch()]), { violations: [], unconfirmed: [], isUnplaced: false });
});

test('what counts is when Xray was asked where the image lies, not when it answered', (t) => {
  const rows = watch(watchRow({ key: '1', ...of('west', 'XRAY-1') }));
  const late = { ...api(at('10:00:00')), askedAt: at('09:09:59') };
  t.deepEqual(joinWatches(late, [rows]).unconfirmed, ['west']);
  t.is(joinWatches({ ...late, askedAt: at('09:10:00') }, [rows]).violations.length, 1);
});

test('a row is not about an image that Xray, asked after it was heard of, no longer knows', (t) => {
  const rows = watch(watchRow({ key: '1', ...of('west', 'XRAY-1') }));
  const gone = { ...api(at('09:09:59')), stale: true };
  t.deepEqual(joinWatches({ ...gone, unknownAskedAt: at('09:29:59') }, [rows]).unconfirmed, ['west']);
  t.deepEqual(joinWatches({ ...gone, unknownAskedAt: at('09:30:00') }, [rows]), { violations: [], unconfirmed: [], isUnplaced: false });
});

test('a scanned image of which Xray does not say where it lies is unplaced, but for rows that name digests alone', (t) => {
  const rows = watch(watchRow({ key: '1', ...of('west', 'XRAY-1') }));
  const nowhere = scanned({ digest, checkedAt: at('10:00:00') });
  t.true(joinWatches(nowhere, [rows]).isUnplaced);
  t.false(joinWatches(nowhere, []).isUnplaced);
  t.false(joinWatches(nowhere, [{ state: 'unavailable', reason: 'Xray answered 503' }]).isUnplaced);
  t.false(joinWatches(nowhere, [{ ...rows, isByDigest: true }]).isUnplaced);
  t.false(joinWatches(unscanned({ digest }), [rows]).isUnplaced);
});

test('what is not scanned lies nowhere: a row counts by digest alone', (t) => {
  const rows = watch(
    watchRow({ key: '1', ...of('west', 'XRAY-1') }),
    watchRow({ key: '2', ...of('west', 'XRAY-2'), paths: [], digests: [digest] }),
  );
  for (const fact of [
    unscanned({ digest, checkedAt: at('10:00:00') }),
    unavailable({ digest }),
    scanned({ digest, checkedAt: at('10:00:00') }),
  ]) {
    const { violations, unconfirmed } = joinWatches(fact, [rows]);
    t.deepEqual(
      violations.map(({ issue }) => issue),
      ['XRAY-2'],
      fact.state,
    );
    t.deepEqual(unconfirmed, []);
  }
});
