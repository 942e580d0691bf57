// Workers on the real queue with a simulated clock.
import test from 'ava';
import { createQueue } from '../../src/controller/queue.ts';
import { runWorkers, type Schedule } from '../../src/controller/workers.ts';
import { seededRandom } from '../kubernetes/seeded-random.ts';
import { simulatedTimers } from '../kubernetes/simulated-timers.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

function start(handle: (key: string) => Promise<Schedule>) {
  const timers = simulatedTimers();
  const queue = createQueue(timers);
  const errors: [string, unknown][] = [];
  const finished = runWorkers({ queue, concurrency: 3, handle, onError: (key, error) => errors.push([key, error]) });
  const stop = async () => {
    await queue.shutDown();
    await finished;
  };
  return { timers, queue, errors, stop };
}

test('a pass that asks for later is run again at its time', async (t) => {
  const seen: number[] = [];
  const { timers, queue, stop } = start(async () => {
    seen.push(timers.now());
    return { kind: 'later', delayMs: 60_000 };
  });
  queue.add('a');
  await turn();
  timers.advance(59_999);
  await turn();
  t.deepEqual(seen, [0]);
  timers.advance(1);
  await turn();
  t.deepEqual(seen, [0, 60_000]);
  await stop();
});

test('a pass that asks for a retry waits longer each time, until one goes well', async (t) => {
  const schedules: Schedule[] = [{ kind: 'retry' }, { kind: 'retry' }, { kind: 'done' }, { kind: 'retry' }];
  const { timers, queue, stop } = start(async () => schedules.shift() ?? { kind: 'done' });
  queue.add('a');
  await turn();
  t.deepEqual(timers.pendingMs(), [5]);
  timers.advance(5);
  await turn();
  t.deepEqual(timers.pendingMs(), [10]);
  timers.advance(10);
  await turn();
  t.deepEqual(timers.pendingMs(), []);
  queue.add('a');
  await turn();
  t.deepEqual(timers.pendingMs(), [5]);
  await stop();
});

test('a pass that throws is told about and retried, and its worker goes on', async (t) => {
  const { timers, queue, errors, stop } = start(async (key) => {
    if (key === 'bad') throw new Error('broken');
    return { kind: 'done' };
  });
  queue.add('bad');
  queue.add('good');
  await turn();
  t.deepEqual(
    errors.map(([key]) => key),
    ['bad'],
  );
  t.deepEqual(timers.pendingMs(), [5]);
  t.deepEqual([queue.stats().depth, queue.stats().running], [0, 0]);
  await stop();
});

test('shutting down lets the pass that runs end', async (t) => {
  let release = () => {};
  const ended: string[] = [];
  const { queue, stop } = start(async (key) => {
    await new Promise<void>((resolve) => {
      release = resolve;
    });
    ended.push(key);
    return { kind: 'later', delayMs: 5 };
  });
  queue.add('a');
  await turn();
  const stopped = stop();
  release();
  await stopped;
  t.deepEqual(ended, ['a']);
  t.is(queue.stats().waiting, 0);
});

test('three workers never run one key at the same time', async (t) => {
  const random = seededRandom(7);
  const running = new Set<string>();
  let overlaps = 0;
  let passes = 0;
  const { timers, queue, stop } = start(async (key) => {
    if (running.has(key)) overlaps += 1;
    running.add(key);
    passes += 1;
    await turn();
    running.delete(key);
    return random() < 0.3 ? { kind: 'retry' } : { kind: 'done' };
  });
  for (let step = 0; step < 300; step += 1) {
    queue.add(`key-${Math.floor(random() * 4)}`);
    timers.advance(Math.floor(random() * 20));
    if (random() < 0.5) await turn();
  }
  t.is(overlaps, 0);
  t.true(passes > 50);
  await stop();
});
