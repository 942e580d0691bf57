// Which word was meant.
import test from 'ava';
import { closestWord, suggestion } from '../../src/policy/closest-word.ts';

/** What was written, what there is, what was meant. */
const words: readonly (readonly [string, readonly string[], string | undefined])[] = [
  ['reff', ['registry', 'ref'], 'ref'],
  ['scaned', ['scanned', 'unscanned'], 'scanned'],
  ['enforce', ['DryRun', 'Enforce'], 'Enforce'],
  ['deployment', ['deployments'], 'deployments'],
  ['depolyments', ['deployments'], 'deployments'],
  ['sever', ['severity_rank', 'matches'], 'severity_rank'],
  ['helper', ['count', 'matches'], undefined],
  ['x', ['y', 'id'], 'y'],
  ['', ['a'], undefined],
  ['same', ['same'], undefined],
];

for (const [word, candidates, expected] of words) {
  test(`${word || 'nothing'} of ${candidates.join(', ')} means ${expected ?? 'none'}`, (t) => {
    t.is(closestWord(word, candidates), expected);
  });
}

test('a suggestion has the question and the list, each where it helps', (t) => {
  t.is(suggestion('reff', ['ref', 'tag'], 'there is'), 'did you mean `ref`? there is ref, tag');
  t.is(suggestion('reff', ['ref'], 'there is'), 'did you mean `ref`?');
  t.is(suggestion('helper', ['tag'], 'there is'), 'there is tag');
  t.is(suggestion('helper', [], 'there is'), undefined);
});
