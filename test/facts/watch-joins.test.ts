// Facts are joined with watches once for all who ask, and again when either has changed.
import test from 'ava';
import { type WatchFact, watchRows } from '../../src/facts/watch-fact.ts';
import { WatchJoins } from '../../src/facts/watch-joins.ts';
import type { WatchRow } from '../../src/facts/watch-source.ts';
import { scanned } from '../builders/fact.ts';
import { digestOf } from '../builders/objects.ts';
import { watchRow } from '../builders/watch-row.ts';

const time = new Date('2026-11-23T10:00:00Z');
const fact = scanned({ digest: digestOf('api'), checkedAt: time, paths: ['docker-local/shop/api/1.4'] });

function watch(...rows: readonly WatchRow[]): WatchFact {
  const byKey = new Map(rows.map((row) => [row.key, { row, seenAt: time }]));
  return { state: 'known', checkedAt: time, knownSince: time, stale: false, reason: '', rows: watchRows(byKey) };
}

test('what was joined is kept, with its violations as JSON, until rows or fact change', (t) => {
  const known = new Map([['prod', watch(watchRow({ key: 'a' }))]]);
  const joins = new WatchJoins((name) => known.get(name) ?? { state: 'unavailable', reason: 'gone' });
  const first = joins.of(fact, ['prod', 'gone']);
  t.is(first.violations.length, 1);
  t.is(Buffer.from(first.json?.bytes ?? []).toString(), JSON.stringify(first.violations));
  t.is(joins.of(fact, ['prod', 'gone']), first);
  t.is(joins.of(fact, ['gone']).json, undefined);
  // Stale and of the same rows: nothing that is joined is another thing.
  const before = known.get('prod');
  if (before?.state === 'known') known.set('prod', { ...before, stale: true });
  t.is(joins.of(fact, ['prod', 'gone']), first);
  known.set('prod', watch());
  t.deepEqual(joins.of(fact, ['prod', 'gone']).violations, []);
  known.set('prod', watch(watchRow({ key: 'a' })));
  t.deepEqual(joins.of({ ...fact, paths: [] }, ['prod', 'gone']).violations, []);
});

test('a watch that becomes known is joined', (t) => {
  let known: WatchFact = { state: 'unavailable', reason: 'Xray answered 503' };
  const joins = new WatchJoins(() => known);
  t.deepEqual(joins.of(fact, ['prod']).violations, []);
  known = watch(watchRow({ key: 'a' }));
  t.is(joins.of(fact, ['prod']).violations.length, 1);
});
