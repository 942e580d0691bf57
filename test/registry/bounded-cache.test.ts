import test from 'ava';
import { BoundedCache } from '../../src/registry/bounded-cache.ts';

test('what was not used for longest goes first', (t) => {
  const cache = new BoundedCache<number>({ maxWeight: 2, now: () => 0 });
  cache.set('a', 1);
  cache.set('b', 2);
  cache.get('a');
  cache.set('c', 3);
  t.deepEqual(
    ['a', 'b', 'c'].map((key) => cache.get(key)),
    [1, undefined, 3],
  );
});

test('a heavy entry takes the place of several', (t) => {
  const cache = new BoundedCache<number>({ maxWeight: 10, now: () => 0 });
  cache.set('a', 1, { weight: 4 });
  cache.set('b', 2, { weight: 4 });
  cache.set('c', 3, { weight: 6 });
  t.deepEqual(
    ['a', 'b', 'c'].map((key) => cache.get(key)),
    [undefined, 2, 3],
  );
});

test('what is heavier than all is not kept, and drives nothing out', (t) => {
  const cache = new BoundedCache<number>({ maxWeight: 10, now: () => 0 });
  cache.set('a', 1);
  cache.set('b', 2, { weight: 11 });
  t.deepEqual(
    ['a', 'b'].map((key) => cache.get(key)),
    [1, undefined],
  );
});

test('a replaced entry counts once', (t) => {
  const cache = new BoundedCache<number>({ maxWeight: 2, now: () => 0 });
  cache.set('a', 1);
  for (let value = 0; value < 10; value += 1) cache.set('b', value);
  t.deepEqual(
    ['a', 'b'].map((key) => cache.get(key)),
    [1, 9],
  );
});

test('an entry ends with its time', (t) => {
  let nowMs = 0;
  const cache = new BoundedCache<number>({ maxWeight: 2, now: () => nowMs });
  cache.set('a', 1, { lifeMs: 10 });
  cache.set('b', 2);
  nowMs = 9;
  t.is(cache.get('a'), 1);
  nowMs = 10;
  t.is(cache.get('a'), undefined);
  t.is(cache.get('b'), 2);
});
