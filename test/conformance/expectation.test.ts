// What counts as passed and what does not.
import test from 'ava';
import type { CompiledCase } from './compiled-case.ts';
import { judge } from './expectation.ts';

const wanting = (want: Partial<CompiledCase>): CompiledCase => ({
  ...{ category: 'sets', file: 'sets/test.yaml', note: 'sets/a case', wasm: new Uint8Array() },
  ...{ strictError: false, sortBindings: false, ignoreGeneratedVars: false },
  ...want,
});
const answered = (json: string) => ({ kind: 'answered', json }) as const;

test('rows are compared as a set', (t) => {
  const wanted = wanting({ wantResult: '[{"x":1},{"x":2}]' });
  t.is(judge(wanted, answered('[{"x":2},{"x":1},{"x":1}]')).kind, 'passed');
  t.is(judge(wanted, answered('[{"x":2}]')).kind, 'failed');
  t.is(judge(wanted, answered('[]')).kind, 'failed');
});

test('a list in another order is told from a list of other elements', (t) => {
  const wanted = wanting({ wantResult: '[{"x":["a","b"]}]' });
  t.is(judge(wanted, answered('[{"x":["b","a"]}]')).kind, 'differsInOrder');
  t.is(judge(wanted, answered('[{"x":["b","c"]}]')).kind, 'failed');
});

test('a case may say that its bindings are sets', (t) => {
  const wanted = wanting({ wantResult: '[{"x":["a","b"]}]', sortBindings: true });
  t.is(judge(wanted, answered('[{"x":["b","a"]}]')).kind, 'passed');
});

test('variables that the compiler made up may be left out', (t) => {
  const wanted = wanting({ wantResult: '[{"x":1}]', ignoreGeneratedVars: true });
  t.is(judge(wanted, answered('[{"x":1,"__localq1__":2}]')).kind, 'passed');
});

test('an error is wanted as that error, and nothing else will do', (t) => {
  const wanted = wanting({ wantErrorCode: 'eval_conflict_error', wantError: 'complete rules must not produce multiple outputs' });
  t.is(judge(wanted, { kind: 'threw', message: 'test.rego:7:1: var assignment conflict' }).kind, 'passed');
  t.is(judge(wanted, { kind: 'threw', message: 'memory access out of bounds' }).kind, 'failed');
  t.is(judge(wanted, { kind: 'hung', message: 'no answer within 1 ms' }).kind, 'failed');
  t.is(judge(wanted, answered('[]')).kind, 'failed');
});

test('an error of a builtin is undefined in a module', (t) => {
  const wanted = wanting({ wantErrorCode: 'eval_builtin_error', strictError: true });
  t.is(judge(wanted, answered('[]')).kind, 'passed');
  t.is(judge(wanted, answered('[{"x":1}]')).kind, 'failed');
  t.is(judge(wanted, { kind: 'threw', message: 'var assignment conflict' }).kind, 'failed');
});

test('a result is wanted, and an error or an answer that is not JSON came', (t) => {
  const wanted = wanting({ wantResult: '[{"x":7}]' });
  t.is(judge(wanted, { kind: 'threw', message: 'var assignment conflict' }).kind, 'failed');
  t.is(judge(wanted, answered('[{"x":007}]')).kind, 'failed');
});
