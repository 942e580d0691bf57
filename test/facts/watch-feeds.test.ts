// The rows of a watch over time: when it is asked for what, what is told, and what a failing source does to what is known.
import test from 'ava';
import { joinRows } from '../../src/facts/watch-fact.ts';
import { type WatchChange, WatchFeeds } from '../../src/facts/watch-feeds.ts';
import type { WatchAnswer, WatchRow, WatchSource } from '../../src/facts/watch-source.ts';
import { simulatedClock } from '../builders/clock.ts';
import { digestOf } from '../builders/objects.ts';
import { watchRow } from '../builders/watch-row.ts';

const secondMs = 1000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
const path = 'docker-local/shop/api/1.4';

interface Question {
  readonly watch: string;
  readonly from: string | null;
}

/** Feeds on a simulated clock over a source whose rows and failure are set by the test. */
function setUp(rows: readonly WatchRow[] = []) {
  const clock = simulatedClock();
  const xray = { rows, down: '', questions: [] as Question[], hold: undefined as Promise<void> | undefined };
  const source: WatchSource = {
    rows: async (watch, { from, until }): Promise<WatchAnswer> => {
      xray.questions.push({ watch, from: from?.toISOString() ?? null });
      const { rows: all, down } = xray;
      await xray.hold;
      if (down !== '') return { kind: 'unavailable', reason: down };
      return { kind: 'complete', rows: all.filter(({ createdAt }) => (from === null || createdAt >= from) && createdAt <= until) };
    },
  };
  const told: WatchChange[] = [];
  const feeds = new WatchFeeds({ source, clock, random: () => 0.5, onChange: (change) => told.push(change) });
  const keys = (watch = 'prod'): readonly string[] => {
    const fact = feeds.get(watch);
    return fact.state === 'known' ? [...fact.rows.byKey.keys()] : [];
  };
  return { clock, xray, told, feeds, keys };
}

test('a watch is asked for everything once, then for what is young, ten minutes over', async (t) => {
  const { clock, xray, feeds, keys } = setUp([watchRow({ key: 'a', createdAt: new Date('2026-11-23T09:00:00Z') })]);
  feeds.use('policy', ['prod'], dayMs);
  t.is(feeds.get('prod').state, 'unavailable');
  await clock.advance(secondMs);
  t.deepEqual(keys(), ['a']);
  xray.rows = [...xray.rows, watchRow({ key: 'b', createdAt: new Date('2026-11-23T10:00:30Z') })];
  await clock.advance(minuteMs);
  t.deepEqual(keys(), ['a', 'b']);
  await clock.advance(minuteMs);
  t.deepEqual(xray.questions, [
    { watch: 'prod', from: null },
    { watch: 'prod', from: '2026-11-23T08:50:00.000Z' },
    { watch: 'prod', from: '2026-11-23T09:50:30.000Z' },
  ]);
});

test('a row that was taken back is gone when two whole answers lack it, five minutes apart', async (t) => {
  const { clock, xray, feeds, keys } = setUp([watchRow({ key: 'a' })]);
  feeds.use('policy', ['prod'], dayMs);
  await clock.advance(secondMs);
  xray.rows = [];
  await clock.advance(5 * hourMs);
  t.deepEqual(keys(), ['a']);
  xray.questions.length = 0;
  await clock.advance(hourMs + minuteMs);
  t.deepEqual(keys(), ['a']);
  await clock.advance(5 * minuteMs);
  t.deepEqual(keys(), []);
  t.is(xray.questions.filter(({ from }) => from === null).length, 2);
});

test('a row that one whole answer lacked and the next has again was never gone', async (t) => {
  const a = watchRow({ key: 'a' });
  const { clock, xray, told, feeds, keys } = setUp([a]);
  feeds.use('policy', ['prod'], dayMs);
  await clock.advance(secondMs);
  told.length = 0;
  xray.rows = [];
  await clock.advance(6 * hourMs + minuteMs);
  xray.rows = [a];
  await clock.advance(6 * hourMs);
  xray.rows = [];
  await clock.advance(6 * minuteMs);
  t.deepEqual(keys(), ['a']);
  t.deepEqual(told, []);
});

test('a smaller maxAge has everything asked more often', async (t) => {
  const { clock, xray, feeds } = setUp([watchRow({ key: 'a' })]);
  feeds.use('patient', ['prod'], dayMs);
  await clock.advance(secondMs);
  feeds.use('strict', ['prod'], hourMs);
  xray.questions.length = 0;
  await clock.advance(31 * minuteMs);
  t.is(xray.questions.filter(({ from }) => from === null).length, 1);
  const fact = feeds.get('prod');
  t.true(fact.state === 'known' && clock.now().getTime() - fact.checkedAt.getTime() < 2 * minuteMs);
});

test('only what came, went or changed is told', async (t) => {
  const stays = watchRow({ key: 'stays', paths: ['r/stays/1'] });
  const { clock, xray, told, feeds } = setUp([stays, watchRow({ key: 'goes', paths: ['r/goes/1'] })]);
  feeds.use('policy', ['prod'], 10 * minuteMs);
  await clock.advance(secondMs);
  t.deepEqual([...(told[0]?.paths ?? [])], ['r/stays/1', 'r/goes/1']);
  t.true(told[0]?.isState);
  told.length = 0;
  await clock.advance(4 * minuteMs);
  t.deepEqual(told, []);
  xray.rows = [stays];
  await clock.advance(15 * minuteMs);
  t.deepEqual(told, [{ watch: 'prod', isState: false, isDecisive: false, paths: new Set(['r/goes/1']), digests: new Set() }]);
});

test('what is known stays while Xray does not answer, and says why it is stale', async (t) => {
  const { clock, xray, told, feeds, keys } = setUp([watchRow({ key: 'a' })]);
  feeds.use('policy', ['prod'], hourMs);
  await clock.advance(secondMs);
  xray.down = 'Xray answered 503';
  told.length = 0;
  await clock.advance(hourMs);
  t.deepEqual(keys(), ['a']);
  t.like(feeds.get('prod'), { stale: true, reason: 'Xray answered 503', checkedAt: new Date('2026-11-23T10:00:00.010Z') });
  t.is(told.length, 1);
  xray.down = '';
  await clock.advance(minuteMs);
  t.like(feeds.get('prod'), { stale: false, reason: '' });
  t.is(told.length, 2);
});

test('a failing watch is asked again after seconds, and not more than once a minute in the end', async (t) => {
  const { clock, xray, feeds } = setUp();
  xray.down = 'Xray answered 503';
  feeds.use('policy', ['prod'], dayMs);
  await clock.advance(10 * secondMs);
  t.is(xray.questions.length, 2);
  xray.questions.length = 0;
  await clock.advance(hourMs);
  t.true(xray.questions.length > 60 && xray.questions.length < 120, `${xray.questions.length} questions`);
});

test('one that is named by the webhook is asked at once, and once more when it was being asked', async (t) => {
  const { clock, xray, feeds, keys } = setUp();
  feeds.use('policy', ['prod'], dayMs);
  await clock.advance(secondMs);
  t.is(xray.questions.length, 1);
  let release = (): void => undefined;
  xray.hold = new Promise((resolve) => {
    release = resolve;
  });
  feeds.askAgain('prod');
  await clock.advance(20);
  t.is(xray.questions.length, 2);
  xray.rows = [watchRow({ key: 'news', createdAt: clock.now() })];
  feeds.askAgain('prod');
  xray.hold = undefined;
  release();
  await clock.advance(20);
  t.is(xray.questions.length, 3);
  t.deepEqual(keys(), ['news']);
});

test('a watch that nobody uses any more is forgotten, and is not asked', async (t) => {
  const { clock, xray, feeds } = setUp([watchRow({ key: 'a' })]);
  feeds.use('one', ['prod'], dayMs);
  feeds.use('two', ['prod', 'dev'], dayMs);
  await clock.advance(secondMs);
  feeds.release('one');
  t.is(feeds.get('prod').state, 'known');
  feeds.release('two');
  t.is(feeds.get('prod').state, 'unavailable');
  xray.questions.length = 0;
  feeds.askAgain('prod');
  await clock.advance(dayMs);
  t.deepEqual(xray.questions, []);
});

test('a row from far in the future does not hide those that come before it', async (t) => {
  const { clock, xray, feeds, keys } = setUp([watchRow({ key: 'a', createdAt: new Date('2026-11-23T09:00:00Z') })]);
  feeds.use('policy', ['prod'], dayMs);
  await clock.advance(secondMs);
  xray.rows = [...xray.rows, watchRow({ key: 'odd', createdAt: new Date('2026-11-24T08:00:00Z') })];
  await clock.advance(minuteMs);
  xray.rows = [...xray.rows, watchRow({ key: 'b', createdAt: new Date('2026-11-23T10:01:30Z') })];
  await clock.advance(2 * minuteMs);
  t.deepEqual(keys().toSorted(), ['a', 'b', 'odd']);
});

test('a row counts for an image at its place only when Xray was asked for that clearly after the row came to be, or after it was heard of', async (t) => {
  const { clock, feeds } = setUp([watchRow({ key: 'a', createdAt: new Date('2026-11-23T09:30:00Z'), paths: [path] })]);
  feeds.use('policy', ['prod'], dayMs);
  await clock.advance(secondMs);
  const fact = feeds.get('prod');
  if (fact.state !== 'known') return t.fail();
  const join = (askedAt: string) => joinRows(fact.rows, { digest: digestOf('api'), paths: [path], askedAt: new Date(askedAt) });
  // The clocks may differ by minutes.
  t.like(join('2026-11-23T09:39:59Z'), { violations: [], unconfirmed: ['prod'] });
  t.is(join('2026-11-23T09:40:00Z').violations.length, 1);
  t.deepEqual(joinRows(fact.rows, { digest: digestOf('api'), paths: ['docker-local/shop/api/1.5'], askedAt: clock.now() }), {
    violations: [],
    unconfirmed: [],
  });
});

test('a row that changes in anything but its place is as old as before, and one that names another place is new', async (t) => {
  const createdAt = new Date('2026-11-23T10:05:00Z');
  const row = watchRow({ key: 'a', createdAt, paths: [path] });
  const { clock, xray, feeds } = setUp([row]);
  feeds.use('policy', ['prod'], dayMs);
  const seenAt = (): string | undefined => {
    const fact = feeds.get('prod');
    return fact.state === 'known' ? fact.rows.byKey.get('a')?.seenAt.toISOString() : undefined;
  };
  await clock.advance(secondMs);
  const first = seenAt();
  xray.rows = [{ ...row, violations: row.violations.map((one) => ({ ...one, severity: 'critical' })) }];
  await clock.advance(minuteMs);
  t.is(seenAt(), first);
  const fact = feeds.get('prod');
  t.like(fact.state === 'known' ? fact.rows.byKey.get('a')?.row : undefined, { violations: [{ severity: 'critical' }] });
  xray.rows = [{ ...row, paths: ['docker-local/shop/api/1.5'] }];
  await clock.advance(minuteMs);
  t.not(seenAt(), first);
});

test('a failure that nothing hangs on concerns no image, and what is young enough again after one concerns all', async (t) => {
  const { clock, xray, told, feeds } = setUp([watchRow({ key: 'a' })]);
  feeds.use('policy', ['prod'], hourMs);
  await clock.advance(secondMs);
  xray.down = 'Xray answered 503';
  await clock.advance(2 * minuteMs);
  xray.down = '';
  await clock.advance(2 * minuteMs);
  xray.down = 'Xray answered 503';
  await clock.advance(2 * hourMs);
  xray.down = '';
  await clock.advance(2 * minuteMs);
  t.deepEqual(
    told.map(({ isState, isDecisive }) => [isState, isDecisive]),
    [
      [true, true],
      [true, false],
      [true, false],
      [true, false],
      [true, true],
    ],
  );
});

test('a row that names the digest itself needs no place', async (t) => {
  const digest = digestOf('api');
  const { clock, feeds } = setUp([watchRow({ key: 'a', createdAt: new Date('2026-11-23T09:30:00Z'), paths: [], digests: [digest] })]);
  feeds.use('policy', ['prod'], dayMs);
  await clock.advance(secondMs);
  const fact = feeds.get('prod');
  if (fact.state !== 'known') return t.fail();
  const joined = joinRows(fact.rows, { digest, paths: [], askedAt: new Date('2026-11-23T09:00:00Z') });
  t.deepEqual(
    joined.violations.map(({ issue }) => issue),
    ['XRAY-100'],
  );
});
