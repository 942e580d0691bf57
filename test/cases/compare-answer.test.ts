// What is said about an answer that is not as wanted.
import test from 'ava';
import { documentOf } from '../../src/cases/case-document.ts';
import { answerDifferences, differences } from '../../src/cases/compare-answer.ts';
import type { Wanted } from '../../src/cases/rule-case.ts';
import type { AnsweredViolation } from '../../src/evaluation/answer.ts';

const violation = (given: Partial<AnsweredViolation>): AnsweredViolation => ({
  ...{ message: 'bad', image: '', issue: '', license: '', component: '', severity: '' },
  ...given,
});
const found = (want: Wanted, violations: readonly AnsweredViolation[], reasons: readonly string[] = []): readonly string[] =>
  differences({ want }, { violations, undecided: reasons.map((message) => ({ reason: 'RuleUndecided', message })) });

test('fields that are not wanted are not compared', (t) => {
  t.deepEqual(found({ verdict: 'violated', violations: [{ issue: 'XRAY-1' }] }, [violation({ issue: 'XRAY-1', severity: 'high' })]), []);
  t.deepEqual(found({ verdict: 'violated' }, [violation({})]), []);
  t.deepEqual(found({ verdict: 'undecided', undecided: ['b'] }, [], ['abc']), []);
});

test('what is wanted twice must be there twice', (t) => {
  const one = { severity: 'high' };
  t.deepEqual(found({ verdict: 'violated', violations: [one, one] }, [violation(one)]), ['- violation {severity: "high"}']);
});

test('as many as can be are paired, whatever their order', (t) => {
  const actual = [violation({ issue: 'A', severity: 'high' }), violation({ issue: 'B', severity: 'high' })];
  t.deepEqual(found({ verdict: 'violated', violations: [{ severity: 'high' }, { issue: 'A' }] }, actual), []);
});

test('the nearest violation is shown beside the one that is wanted, others that are left as unexpected', (t) => {
  const actual = [violation({ issue: 'B', severity: 'low' }), violation({ issue: 'A', severity: 'high' })];
  t.deepEqual(found({ verdict: 'violated', violations: [{ issue: 'A', severity: 'critical' }] }, actual), [
    'a violation differs (- wanted, + got):',
    '    issue: A',
    '  - severity: critical',
    '  + severity: high',
    '    msg: bad',
    '+ violation {msg: "bad", issue: "B", severity: "low"}',
  ]);
});

test('texts that would mislead are quoted', (t) => {
  t.deepEqual(found({ verdict: 'violated', violations: [{ msg: 'bad ' }] }, [violation({})]), [
    'a violation differs (- wanted, + got):',
    '  - msg: "bad "',
    '  + msg: bad',
  ]);
});

test('another verdict comes with what led to it', (t) => {
  t.deepEqual(found({ verdict: 'passed' }, [], ['a: not scanned']), ['it is undecided, wanted is passed', '+ undecided "a: not scanned"']);
});

const answered = (result: object, want: Wanted): readonly string[] => {
  const document = documentOf({ images: [{ ref: 'a:1' }] });
  const json = JSON.stringify([{ result: { seen: document.now, ...result } }]);
  return answerDifferences({ want, answer: { kind: 'answered', json }, document });
};

test('an image is named by reference or digest', (t) => {
  const want = { verdict: 'violated' } as const;
  t.deepEqual(answered({ violation: [{ msg: 'x', image: 'a:1' }] }, want), []);
  t.deepEqual(answered({ violation: [{ msg: 'x', image: `sha256:${'1'.repeat(64)}` }] }, want), []);
  t.deepEqual(answered({ violation: [{ msg: 'x', image: 'b:1' }] }, want), [
    'a violation names the image b:1, which the workload does not run',
  ]);
});

test('what the engine would not accept is never what is wanted', (t) => {
  const want = { verdict: 'undecided' } as const;
  t.deepEqual(answered({ violation: [], undecided: ['a reason'] }, want), []);
  t.deepEqual(answered({ violation: 5 }, want), ['the engine would not accept the answer: `violation` of the rule is not a set']);
  const failed = { kind: 'failed', reason: 'MemoryExceeded', message: 'too much' } as const;
  t.deepEqual(answerDifferences({ want, answer: failed, document: documentOf({}) }), ['the rule gave no answer: MemoryExceeded, too much']);
});
