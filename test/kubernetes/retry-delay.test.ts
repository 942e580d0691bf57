// Delays between the tries of a reflector.
import test from 'ava';
import { retryDelayMs } from '../../src/kubernetes/retry-delay.ts';
import { seededRandom } from './seeded-random.ts';

const delay = (failures: number, chance: number, retryAfterMs?: number) => retryDelayMs({ failures, chance, retryAfterMs });

test('without chance the delays double from 1 s to 30 s', (t) => {
  t.deepEqual([delay(0, 0), delay(1, 0), delay(2, 0), delay(3, 0), delay(4, 0), delay(5, 0)], [1000, 2000, 4000, 8000, 16_000, 30_000]);
});

test('chance adds up to as much again', (t) => {
  t.deepEqual([delay(0, 0.5), delay(2, 0.999)], [1500, 7996]);
});

test('a thousand failures wait 30 s', (t) => {
  t.is(delay(1000, 0.7), 30_000);
});

test('Retry-After counts when it is longer, and is capped at two minutes', (t) => {
  t.deepEqual([delay(0, 0, 7000), delay(4, 0, 7000), delay(0, 0, 86_400_000)], [7000, 16_000, 120_000]);
});

test('no delay leaves the range of 1 to 30 s', (t) => {
  const random = seededRandom(11);
  for (let round = 0; round < 1000; round += 1) {
    const delayMs = delay(Math.floor(random() * 40), random());
    t.true(delayMs >= 1000 && delayMs <= 30_000);
  }
});
