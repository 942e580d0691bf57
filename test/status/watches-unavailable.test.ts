// What the condition FactsFresh says while a watch of Xray is not known, beside images that are not.
import test from 'ava';
import { conditionsOf } from '../../src/status/conditions.ts';
import { now } from '../builders/fact.ts';
import { policy } from '../builders/policy.ts';

const watch = { reason: 'WatchUnavailable', message: 'watch prod: Xray answered 403' };

function factsFresh(unknownImages: readonly string[], unknownWatches: readonly (typeof watch)[]) {
  const totals = { evaluated: 3, undecided: 0 };
  const input = { policy: policy(), compiled: { isDone: true, rules: [] }, isEvaluated: true, unknownImages, unknownWatches, totals, now };
  const found = conditionsOf(input).find(({ type }) => type === 'FactsFresh');
  return [found?.status, found?.reason, found?.message];
}

test('a watch that is not known makes the facts not fresh, and says which and why', (t) => {
  t.deepEqual(factsFresh([], [watch, { reason: 'WatchTooOld', message: 'watch test: older than maxAge' }]), [
    'False',
    'WatchesUnavailable',
    'watch prod: Xray answered 403\nwatch test: older than maxAge',
  ]);
});

test('images that are not known come first, and the watches are told all the same', (t) => {
  t.deepEqual(factsFresh(['a:1: Xray answered 503'], [watch]), [
    'False',
    'ImagesUnavailable',
    '1 image: a:1: Xray answered 503\nwatch prod: Xray answered 403',
  ]);
});

test('watches that are known say nothing', (t) => {
  t.deepEqual(factsFresh([], []), ['True', 'AllImagesKnown', 'every answer of Xray is young enough to decide']);
});
