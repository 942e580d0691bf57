// When calls to Xray may begin: a burst at once, then so many a second, so many at a time.

import test from 'ava';
import { defaultLimits, type Lane, Limiter } from '../../src/xray/limiter.ts';
import { simulatedClock } from '../builders/clock.ts';

const never = new AbortController().signal;

function setUp(given: Partial<typeof defaultLimits> = {}) {
  const clock = simulatedClock();
  const limiter = new Limiter({ clock, ...defaultLimits, inFlight: 1_000, ...given });
  const begun: string[] = [];
  const leaves = new Map<string, () => void>();
  const enter = (name: string, lane: Lane = 'scan', signal = never): void => {
    void limiter.enter(lane, signal).then(
      (leave) => {
        begun.push(name);
        leaves.set(name, leave);
      },
      () => begun.push(`${name} gave up`),
    );
  };
  return { clock, begun, enter, leave: (name: string) => leaves.get(name)?.() };
}

test('the twelve calls of a first pass begin at once, the next ones two a second', async (t) => {
  const { clock, begun, enter } = setUp();
  for (let index = 0; index < 20; index += 1) enter(`${index}`);
  await clock.advance(0);
  t.is(begun.length, 12);
  await clock.advance(499);
  t.is(begun.length, 12);
  await clock.advance(1);
  t.is(begun.length, 13);
  await clock.advance(1_000);
  t.is(begun.length, 15);
  await clock.advance(10_000);
  t.is(begun.length, 20);
  t.deepEqual(clock.pendingMs(), []);
});

test('a rest fills the burst again and no further', async (t) => {
  const { clock, begun, enter } = setUp();
  await clock.advance(3_600_000);
  for (let index = 0; index < 40; index += 1) enter(`${index}`);
  await clock.advance(0);
  t.is(begun.length, 12);
});

test('over a long time no more than two a second begin, whatever the pattern', async (t) => {
  const { clock, begun, enter } = setUp();
  for (let second = 0; second < 60; second += 1) {
    for (let index = 0; index < (second * 7) % 11; index += 1) enter(`${second}`);
    await clock.advance(1_000);
  }
  t.true(begun.length <= 12 + 60 * 2, `${begun.length} calls`);
  t.true(begun.length >= 60 * 2, `${begun.length} calls`);
});

test('four are in flight; the fifth begins when one ends', async (t) => {
  const { clock, begun, enter, leave } = setUp({ inFlight: 4 });
  for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) enter(name);
  await clock.advance(60_000);
  t.deepEqual(begun, ['a', 'b', 'c', 'd']);
  leave('b');
  leave('b');
  await clock.advance(60_000);
  t.deepEqual(begun, ['a', 'b', 'c', 'd', 'e']);
});

test('what is in the background takes one place, and what comes later overtakes it', async (t) => {
  const { clock, begun, enter, leave } = setUp({ inFlight: 4 });
  for (const name of ['x', 'y', 'z']) enter(name, 'background');
  for (const name of ['a', 'b', 'c']) enter(name);
  await clock.advance(0);
  t.deepEqual(begun, ['x', 'a', 'b', 'c']);
  leave('x');
  await clock.advance(0);
  t.deepEqual(begun, ['x', 'a', 'b', 'c', 'y']);
});

test('the background leaves half of the burst to others, and is not forgotten for it', async (t) => {
  const { clock, begun, enter, leave } = setUp({ inFlight: 100, backgroundInFlight: 100 });
  for (let index = 0; index < 20; index += 1) enter(`x${index}`, 'background');
  await clock.advance(0);
  t.is(begun.length, 6);
  for (let index = 0; index < 6; index += 1) enter(`a${index}`);
  await clock.advance(0);
  t.is(begun.length, 12);
  await clock.advance(3_000);
  t.is(begun.length, 12);
  await clock.advance(500);
  t.is(begun.length, 13);
  leave('a0');
  await clock.advance(10_000);
  t.is(begun.length, 26);
  t.deepEqual(clock.pendingMs(), []);
});

test('however busy the others are, one call of the background begins each minute', async (t) => {
  const { clock, begun, enter } = setUp({ backgroundInFlight: 100 });
  for (let second = 0; second < 200; second += 1) {
    if (second === 10) for (const name of ['x', 'y', 'z']) enter(name, 'background');
    for (let index = 0; index < (second === 0 ? 20 : 2); index += 1) enter('scan');
    await clock.advance(1_000);
  }
  const places = ['x', 'y', 'z'].map((name) => begun.indexOf(name));
  // Seventy seconds from the start, and then a minute after each other, at two calls a second after the burst of twelve.
  t.true(
    places.every((place, index) => Math.abs(place - 12 - 2 * (70 + 60 * index)) <= 3),
    `${places}`,
  );
  t.is(places.length, 3);
});

test('who gives up while waiting rejects with the reason and leaves no timer', async (t) => {
  const { clock, begun, enter } = setUp({ burst: 1 });
  const controller = new AbortController();
  enter('a');
  enter('b', 'scan', controller.signal);
  await clock.advance(0);
  controller.abort();
  await clock.advance(0);
  t.deepEqual(begun, ['a', 'b gave up']);
  t.deepEqual(clock.pendingMs(), []);
  enter('c');
  await clock.advance(500);
  t.deepEqual(begun, ['a', 'b gave up', 'c']);
});

test('who has given up already does not wait', async (t) => {
  const limiter = new Limiter({ clock: simulatedClock(), ...defaultLimits });
  const reason = new Error('stopping');
  await t.throwsAsync(limiter.enter('scan', AbortSignal.abort(reason)), { is: reason });
});
