// The work queue on a simulated clock: literal cases, then generated histories.
import test from 'ava';
import { createQueue, type WorkQueue } from '../../src/controller/queue.ts';
import { seededRandom } from '../kubernetes/seeded-random.ts';
import { type SimulatedTimers, simulatedTimers } from '../kubernetes/simulated-timers.ts';

function start(): { timers: SimulatedTimers; queue: WorkQueue } {
  const timers = simulatedTimers();
  return { timers, queue: createQueue(timers) };
}

test('keys come out in the order they went in', async (t) => {
  const { queue } = start();
  queue.add('a');
  queue.add('b');
  t.deepEqual([await queue.take(), await queue.take()], ['a', 'b']);
});

test('a key added twice before it is taken comes out once', async (t) => {
  const { queue } = start();
  queue.add('a');
  queue.add('a');
  await queue.take();
  t.is(queue.stats().depth, 0);
});

test('a worker that waits is given the next key', async (t) => {
  const { queue } = start();
  const taken = queue.take();
  queue.add('a');
  t.is(await taken, 'a');
});

test('a key added while it runs is handed out again only after it is done', async (t) => {
  const { queue } = start();
  queue.add('a');
  await queue.take();
  queue.add('a');
  t.is(queue.stats().depth, 0);
  queue.done('a');
  t.is(queue.stats().depth, 1);
  t.is(await queue.take(), 'a');
});

test('done for a key that nobody holds changes nothing', (t) => {
  const { queue } = start();
  queue.add('a');
  queue.done('a');
  t.is(queue.stats().depth, 1);
});

test('a delayed key becomes ready at its time and not before', (t) => {
  const { queue, timers } = start();
  queue.addAfter('a', 1000);
  timers.advance(999);
  t.is(queue.stats().depth, 0);
  timers.advance(1);
  t.is(queue.stats().depth, 1);
});

test('of two times for one key the earlier counts, in whichever order they come', (t) => {
  const { queue, timers } = start();
  queue.addAfter('a', 1000);
  queue.addAfter('a', 10);
  queue.addAfter('b', 10);
  queue.addAfter('b', 1000);
  timers.advance(10);
  t.deepEqual([queue.stats().depth, queue.stats().waiting], [2, 0]);
});

test('many delayed keys need one timer, set to the earliest', (t) => {
  const { queue, timers } = start();
  queue.addAfter('a', 3000);
  queue.addAfter('b', 1000);
  queue.addAfter('c', 2000);
  t.deepEqual(timers.pendingMs(), [1000]);
});

test('a delay of no time makes the key ready at once', (t) => {
  const { queue } = start();
  queue.addAfter('a', 0);
  queue.addAfter('b', -5);
  queue.addAfter('c', Number.NaN);
  t.is(queue.stats().depth, 3);
});

test('a delay longer than a timer can be set to does not fire early', (t) => {
  const { queue, timers } = start();
  const daysMs = 24 * 3600 * 1000;
  queue.addAfter('a', 40 * daysMs);
  t.deepEqual(timers.pendingMs(), [2_147_483_647]);
  timers.advance(39 * daysMs);
  t.is(queue.stats().depth, 0);
  timers.advance(daysMs);
  t.is(queue.stats().depth, 1);
});

test('a key that fails waits 5 ms, then 10 ms, and 5 ms again once it was forgotten', (t) => {
  const { queue, timers } = start();
  queue.addRateLimited('a');
  t.deepEqual(timers.pendingMs(), [5]);
  timers.advance(5);
  queue.addRateLimited('a');
  t.deepEqual(timers.pendingMs(), [10]);
  timers.advance(10);
  queue.forget('a');
  queue.addRateLimited('a');
  t.deepEqual(timers.pendingMs(), [5]);
  t.is(queue.stats().retries, 3);
});

test('beyond a hundred failures at once the keys wait for each other', (t) => {
  const { queue, timers } = start();
  for (let index = 0; index < 110; index += 1) queue.addRateLimited(`key-${index}`);
  timers.advance(5);
  t.is(queue.stats().depth, 100);
  timers.advance(995);
  t.is(queue.stats().depth, 110);
});

test('the bucket does not slow down keys that events bring', (t) => {
  const { queue } = start();
  for (let index = 0; index < 500; index += 1) queue.add(`key-${index}`);
  t.is(queue.stats().depth, 500);
});

test('the latency is the time between ready and taken', async (t) => {
  const { queue, timers } = start();
  queue.add('a');
  timers.advance(70);
  await queue.take();
  t.is(queue.stats().latencyMs, 70);
});

test('shutting down ends waiting workers, drops what waits and takes no more', async (t) => {
  const { queue, timers } = start();
  const waiting = queue.take();
  queue.addAfter('b', 1000);
  await queue.shutDown();
  queue.add('c');
  queue.addAfter('d', 1);
  queue.addRateLimited('e');
  t.is(await waiting, undefined);
  t.is(await queue.take(), undefined);
  t.deepEqual(timers.pendingMs(), []);
  t.deepEqual(queue.stats(), { depth: 0, running: 0, waiting: 0, latencyMs: 0, retries: 0 });
});

test('shutting down resolves only when the keys that run are done', async (t) => {
  const { queue } = start();
  queue.add('a');
  queue.add('b');
  await queue.take();
  let ended = false;
  const shutDown = queue.shutDown().then(() => {
    ended = true;
  });
  await Promise.resolve();
  t.false(ended);
  queue.done('a');
  await shutDown;
  t.true(ended);
});

/** Plays a random history against the queue and keeps the books beside it. */
async function play(seed: number): Promise<{ heldTwice: number; lost: readonly string[]; handedOut: number }> {
  const random = seededRandom(seed);
  const { queue, timers } = start();
  const held = new Set<string>();
  const owed = new Set<string>();
  let heldTwice = 0;
  let handedOut = 0;
  const takeOne = async () => {
    const key = await queue.take();
    if (key === undefined) return;
    if (held.has(key)) heldTwice += 1;
    held.add(key);
    owed.delete(key);
    handedOut += 1;
  };
  const finishOne = () => {
    const key = [...held][Math.floor(random() * held.size)];
    if (key === undefined) return;
    held.delete(key);
    queue.done(key);
  };
  for (let step = 0; step < 400; step += 1) {
    const key = `key-${Math.floor(random() * 8)}`;
    const choice = random();
    if (choice < 0.2) queue.add(key);
    else if (choice < 0.35) queue.addAfter(key, Math.floor(random() * 200));
    else if (choice < 0.45) queue.addRateLimited(key);
    else if (choice < 0.5) queue.forget(key);
    if (choice < 0.45) owed.add(key);
    if (choice >= 0.5 && choice < 0.7 && queue.stats().depth > 0) await takeOne();
    if (choice >= 0.7 && choice < 0.9) finishOne();
    if (choice >= 0.9) timers.advance(Math.floor(random() * 150));
  }
  timers.advance(10_000_000);
  while (held.size > 0) finishOne();
  while (queue.stats().depth > 0) {
    await takeOne();
    finishOne();
  }
  return { heldTwice, lost: [...owed], handedOut };
}

for (let seed = 1; seed <= 100; seed += 1) {
  test(`no key is lost and none has two workers, history ${seed}`, async (t) => {
    const { heldTwice, lost, handedOut } = await play(seed);
    t.is(heldTwice, 0);
    t.deepEqual(lost, []);
    t.true(handedOut > 0);
  });
}
