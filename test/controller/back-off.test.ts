// Delays of keys and of the bucket over all keys.
import test from 'ava';
import { createKeyBackOff, createTokenBucket } from '../../src/controller/back-off.ts';

test('the delay of a key doubles with each failure up to the maximum', (t) => {
  const backOff = createKeyBackOff({ firstMs: 5, maxMs: 30 });
  t.deepEqual([backOff.next('a'), backOff.next('a'), backOff.next('a'), backOff.next('a'), backOff.next('a')], [5, 10, 20, 30, 30]);
});

test('keys do not share their failures', (t) => {
  const backOff = createKeyBackOff({ firstMs: 5, maxMs: 1000 });
  backOff.next('a');
  t.is(backOff.next('b'), 5);
});

test('a forgotten key starts at the first delay again', (t) => {
  const backOff = createKeyBackOff({ firstMs: 5, maxMs: 1000 });
  backOff.next('a');
  backOff.next('a');
  backOff.forget('a');
  t.is(backOff.next('a'), 5);
});

test('a key that fails ten thousand times stays at the maximum', (t) => {
  const backOff = createKeyBackOff({ firstMs: 5, maxMs: 1000 });
  for (let failures = 0; failures < 10_000; failures += 1) backOff.next('a');
  t.is(backOff.next('a'), 1000);
});

test('a bucket gives out its burst at once and makes the next ones wait in turn', (t) => {
  const bucket = createTokenBucket({ perSecond: 10, burst: 2 });
  t.deepEqual([bucket.reserve(0), bucket.reserve(0), bucket.reserve(0), bucket.reserve(0)], [0, 0, 100, 200]);
});

test('a bucket refills with time but never beyond its burst', (t) => {
  const bucket = createTokenBucket({ perSecond: 10, burst: 2 });
  bucket.reserve(0);
  bucket.reserve(0);
  t.deepEqual([bucket.reserve(60_000), bucket.reserve(60_000), bucket.reserve(60_000)], [0, 0, 100]);
});
