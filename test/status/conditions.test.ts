// The conditions of a policy: what they say, and when their times move.
import test from 'ava';
import { type ConditionsInput, conditionsOf } from '../../src/status/conditions.ts';
import { now } from '../builders/fact.ts';
import { policy } from '../builders/policy.ts';

const later = new Date('2026-11-23T11:00:00Z');
const good = { name: 'security', id: 'abc', problems: [] };

function conditions(given: Partial<ConditionsInput> = {}) {
  const input = {
    policy: policy(),
    compiled: { isDone: true, rules: [good] },
    isEvaluated: true,
    unknownImages: [],
    unknownWatches: [],
    totals: { evaluated: 3, undecided: 0 },
    now,
    ...given,
  };
  return conditionsOf(input);
}

const told = (given: Partial<ConditionsInput>, type: string) => {
  const found = conditions(given).find((condition) => condition.type === type);
  return [found?.status, found?.reason, found?.message];
};

test('problems are named by rule, in the lines of their author, the first gives the reason', (t) => {
  const rules = [
    { name: 'a', id: '', problems: [{ reason: 'UnknownLibraryRule', message: 'use: there is no library rule secure' }] },
    good,
    { name: 'b', id: 'x', problems: [{ reason: 'ParseError', message: '3:7: unexpected }' }] },
  ];
  t.deepEqual(told({ compiled: { isDone: true, rules } }, 'Compiled'), [
    'False',
    'UnknownLibraryRule',
    'rule a: use: there is no library rule secure\nrule b: 3:7: unexpected }',
  ]);
  t.deepEqual(told({ compiled: { isDone: true, rules } }, 'Ready').slice(0, 2), ['False', 'NotCompiled']);
});

test('a rule with very many problems does not fill the status', (t) => {
  const problems = Array.from({ length: 25 }, (_, line) => ({ reason: 'ParseError', message: `${line}:1: ${'x'.repeat(5000)}` }));
  const [, , message = ''] = told({ compiled: { isDone: true, rules: [{ name: 'a', id: '', problems }] } }, 'Compiled');
  t.true(message.length <= 32_000);
});

test('a policy is ready when its rules are in force and every workload was judged', (t) => {
  t.deepEqual(told({}, 'Ready').slice(0, 2), ['True', 'Evaluated']);
  t.deepEqual(told({ isEvaluated: false }, 'Ready').slice(0, 2), ['False', 'Evaluating']);
  t.deepEqual(told({ compiled: { isDone: false, rules: [] } }, 'Ready').slice(0, 2), ['False', 'Compiling']);
  t.deepEqual(told({ compiled: { isDone: false, rules: [] } }, 'Compiled').slice(0, 2), ['Unknown', 'Compiling']);
});

test('a policy is ready though Xray cannot be asked; that is a condition of its own', (t) => {
  const unknownImages = ['a: 503', 'b: 503', 'c: 503', 'd: 503'];
  t.deepEqual(told({ unknownImages }, 'FactsFresh'), ['False', 'ImagesUnavailable', '4 images: a: 503; b: 503; c: 503; and 1 more']);
  t.is(told({ unknownImages }, 'Ready')[0], 'True');
});

test('DryRun is not enforcing', (t) => {
  t.deepEqual(told({ policy: policy({ mode: 'DryRun' }) }, 'Enforcing').slice(0, 2), ['False', 'DryRun']);
});

test('the time of a condition moves with its status, not with its message or generation', (t) => {
  const before = policy({ generation: 2, status: { conditions: conditions({ unknownImages: ['a: 503'] }) } });
  const after = conditions({ policy: before, isEvaluated: false, unknownImages: ['a: 503', 'b: 503'], now: later });
  t.deepEqual(
    after.map(({ type, lastTransitionTime, observedGeneration }) => [type, lastTransitionTime, observedGeneration]),
    [
      ['Ready', '2026-11-23T11:00:00.000Z', 2],
      ['Compiled', '2026-11-23T10:00:00.000Z', 2],
      ['FactsFresh', '2026-11-23T10:00:00.000Z', 2],
      ['Enforcing', '2026-11-23T10:00:00.000Z', 2],
    ],
  );
});

test('ready says when no workload matches, and when rules cannot tell', (t) => {
  const ready = (evaluated: number, undecided: number) => {
    const found = conditions({ totals: { evaluated, undecided } }).find(({ type }) => type === 'Ready');
    return [found?.status, found?.reason, found?.message];
  };
  t.deepEqual(ready(0, 0), ['True', 'NoWorkloadMatches', 'no workload that runs matches this policy']);
  t.deepEqual(ready(1, 1), ['True', 'EvaluatedWithGaps', '1 workload judged, 1 of them not by every rule; status.rules says why']);
});
