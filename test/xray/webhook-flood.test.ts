// What a flood of webhooks costs: names at once and then once a window, work within an allowance, copies known again. On simulated time.
import test from 'ava';
import { createAllowance, createCoalescer, createCopies } from '../../src/xray/webhook-flood.ts';
import { seededRandom } from '../kubernetes/seeded-random.ts';
import { simulatedTimers } from '../kubernetes/simulated-timers.ts';

function coalescer(maxNames = 100) {
  const timers = simulatedTimers();
  const told: (readonly [number, ...string[]])[] = [];
  const created = createCoalescer({ timers, windowMs: 1000, maxNames, tell: (names) => told.push([timers.now(), ...names]) });
  return { timers, told, ...created };
}

test('a name is passed on at once', (t) => {
  const { timers, told, add } = coalescer();
  add(['a', 'b']);
  t.deepEqual(told, [[0, 'a', 'b']]);
  timers.advance(60_000);
  t.is(told.length, 1);
  t.deepEqual(timers.pendingMs(), []);
});

test('a name that comes again is passed on once more when its second is over, however often it came', (t) => {
  const { timers, told, add } = coalescer();
  add(['a']);
  timers.advance(300);
  for (let round = 0; round < 1000; round += 1) add(['a', 'b']);
  timers.advance(60_000);
  t.deepEqual(told, [
    [0, 'a'],
    [300, 'b'],
    [1000, 'a'],
    [1300, 'b'],
  ]);
});

test('a name that never stops coming is passed on once a second', (t) => {
  const { timers, told, add } = coalescer();
  for (let round = 0; round < 50; round += 1) {
    add(['a']);
    timers.advance(100);
  }
  t.deepEqual(
    told.map(([atMs]) => atMs),
    [0, 1000, 2000, 3000, 4000, 5000],
  );
});

test('after a second of silence a name is passed on at once again', (t) => {
  const { timers, told, add } = coalescer();
  add(['a']);
  timers.advance(1000);
  add(['a']);
  t.deepEqual(told, [
    [0, 'a'],
    [1000, 'a'],
  ]);
});

test('more names than are remembered are passed on all the same', (t) => {
  const { timers, told, add } = coalescer(2);
  add(['a', 'b', 'c']);
  add(['c']);
  t.deepEqual(told, [
    [0, 'a', 'b', 'c'],
    [0, 'c'],
  ]);
  t.is(timers.pendingMs().length, 1);
});

test('news are never lost: after the last time that a name came it is passed on within a second', (t) => {
  for (let seed = 0; seed < 50; seed += 1) {
    const { timers, told, add } = coalescer(3);
    const random = seededRandom(seed);
    const lastAtMs = new Map<string, number>();
    for (let round = 0; round < 100; round += 1) {
      const name = 'abcde'[Math.floor(random() * 5)] ?? 'a';
      lastAtMs.set(name, timers.now());
      add([name]);
      timers.advance(Math.floor(random() * 400));
    }
    timers.advance(1000);
    for (const [name, atMs] of lastAtMs)
      t.true(told.some(([toldMs, ...names]) => names.includes(name) && toldMs >= atMs && toldMs <= atMs + 1000));
  }
});

test('once closed nothing is passed on', (t) => {
  const { timers, told, add, close } = coalescer();
  add(['a']);
  add(['a']);
  close();
  timers.advance(60_000);
  t.deepEqual(told, [[0, 'a']]);
});

test('an allowance is so much at once and then so much a second', (t) => {
  const timers = simulatedTimers();
  const allowance = createAllowance({ timers, burst: 100, perSecond: 10 });
  t.deepEqual([allowance.take(60), allowance.take(60), allowance.take(40), allowance.take(1)], [true, false, true, false]);
  timers.advance(500);
  t.deepEqual([allowance.take(5), allowance.take(1)], [true, false]);
  timers.advance(3_600_000);
  t.deepEqual([allowance.take(101), allowance.take(100)], [false, true]);
});

test('a copy is known again for a second, and only as many as there is room for', (t) => {
  const timers = simulatedTimers();
  const copies = createCopies({ timers, windowMs: 1000, max: 2 });
  t.false(copies.isCopy('a'));
  copies.remember('a');
  timers.advance(999);
  t.true(copies.isCopy('a'));
  timers.advance(1);
  t.false(copies.isCopy('a'));
  for (const body of ['a', 'b', 'c']) copies.remember(body);
  t.deepEqual(['a', 'b', 'c'].map(copies.isCopy), [false, true, true]);
});
