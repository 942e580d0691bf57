// Heads that put a set and something else in one place: the module would change the input under the rules that come after.
import test from 'ava';
import { mixedHeadProblems } from '../../src/opa/mixed-heads.ts';

const terms = (ref: string): readonly object[] =>
  ref.split('.').map((value, index) => ({ type: index === 0 || ['x', 'y'].includes(value) ? 'var' : 'string', value }));
const set = (ref: string, row = 1): object => ({ head: { ref: terms(ref), key: { type: 'number', value: 1 }, location: { row, col: 1 } } });
const value = (ref: string): object => ({
  head: { ref: terms(ref), value: { type: 'boolean', value: true }, location: { row: 9, col: 1 } },
});
const problemsOf = (...rules: readonly object[]): readonly unknown[] => mixedHeadProblems(rules.map((rule) => ({ ...rule })));

test('a set in a place that may hold a value is a problem, where the set is', (t) => {
  t.deepEqual(problemsOf(value('p.a'), set('p.x', 2)), [
    {
      reason: 'MixedHeads',
      message: '`p` is given a set and something else in what may be one place',
      hint: 'give the sets a name of their own',
      line: 2,
      column: 1,
    },
  ]);
  t.is(problemsOf(value('p.a.x'), set('p.x.y')).length, 1);
  t.is(problemsOf(value('p.x.b'), set('p.a.y')).length, 1);
  t.is(problemsOf(value('p.x'), set('p.a.b')).length, 1);
});

test('a set within what another head takes for a set is a problem', (t) => {
  t.is(problemsOf(set('p.x'), set('p.x.y')).length, 2);
});

test('sets beside each other, and beside values in other places, are none', (t) => {
  t.deepEqual(problemsOf(set('p.x'), set('p.x'), set('p.a')), []);
  t.deepEqual(problemsOf(set('p.a.x'), value('p.b')), []);
  t.deepEqual(problemsOf(set('p.x'), value('q.a'), set('violation'), value('r.x'), value('r.x.a')), []);
});

test('a function has no place, and a tree that is not one has no heads', (t) => {
  t.deepEqual(problemsOf(set('p.x'), { head: { ref: terms('p'), args: [], value: {} } }, {}, { head: { ref: 1 } }), []);
});
