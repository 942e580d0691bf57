// The one dialect of patterns, in both of its implementations: the host's and the one that rules call.
import test from 'ava';
import { parseAnswer } from '../../src/evaluation/answer.ts';
import { matchesAny } from '../../src/policy/glob.ts';
import { realCompiler } from '../opa/real-compiler.ts';
import { documentOf } from './rule-case.ts';

const { inline, load } = await realCompiler();

/** Pattern, text, whether they match. */
const table: readonly (readonly [string, string, boolean])[] = [
  ['', '', true],
  ['', 'a', false],
  ['a', 'a', true],
  ['a', 'A', false],
  ['a', 'ab', false],
  ['a', 'ba', false],
  ['*', '', true],
  ['*', 'a/b.c:d', true],
  ['**', 'a/b', true],
  ['a*', 'a', true],
  ['a*', 'ba', false],
  ['*a', 'a/b/a', true],
  ['*a', 'ab', false],
  ['a*b', 'ab', true],
  ['a*b', 'a/x/b', true],
  ['a*b', 'a/x/bc', false],
  ['a*a', 'a', false],
  ['a*b*c', 'a-b-b-c', true],
  ['a*b*c', 'a-c-b', false],
  ['registry.example.com/*', 'registry.example.com/shop/api', true],
  ['registry.example.com/*', 'registry-example.com/shop/api', false],
  ['GPL-*', 'GPL-3.0', true],
  ['GPL-3.?', 'GPL-3.0', false],
  ['GPL-3.?', 'GPL-3.?', true],
  ['[a-z]*', 'b', false],
  ['[a-z]*', '[a-z]b', true],
  ['{a,b}*', 'a', false],
  ['{a,b}*', '{a,b}', true],
  ['a|b*', 'a', false],
  ['(?i)a*', 'A', false],
  ['^a*$', 'a', false],
  ['$*', '$1', true],
  ['a\\*', 'a\\b', true],
  ['a\\*', 'a*', false],
  ['a\\Eb*', 'a\\Ebc', true],
  ['a\\E.*', 'a\\Ebc', false],
  ['\\Qa*', '\\Qab', true],
  ['a*c', 'a\nb\nc', true],
  ['a*', 'a\n', true],
  ['*a', 'a\n', false],
  ['é*', 'école', true],
  ['*𝒳*', 'a𝒳b', true],
];

test('the host matches as the table says', (t) => {
  t.deepEqual(
    table.filter(([pattern, text, matches]) => matchesAny([pattern], text) !== matches),
    [],
  );
});

test('rules match as the table says', async (t) => {
  const rule = inline(
    `package globs
import data.kubexray.lib
violation contains $"{index}" if {
  some index, row in input.parameters.table
  lib.matches([row.pattern], row.text)
}
`,
    { table: table.map(([pattern, text]) => ({ pattern, text })) },
  );
  const program = await load([rule]);
  const document = documentOf({});
  const answer = (await program.evaluate(JSON.stringify(document), [rule.id])).get(rule.id);
  await program.close();
  if (answer === undefined) return t.fail('there is no answer');
  const { violations, undecided } = parseAnswer(answer, new Date(String(document.now)));
  t.deepEqual(undecided, []);
  const matched = new Set(violations.map(({ message }) => Number(message)));
  t.deepEqual(
    table.filter(([, , matches], index) => matched.has(index) !== matches),
    [],
  );
});
