// Each known difference between a module and OPA itself is still there, and is what is written down.
import test from 'ava';
import { knownDifferences } from '../../docs/pages/known-differences.ts';
import { findOpa } from '../../src/opa/find-opa.ts';
import { silent } from '../../src/opa/progress.ts';
import { realCompiler } from '../opa/real-compiler.ts';
import { randomDocument } from './random-document.ts';
import { type Answers, nativeAnswers, ourAnswers } from './rule-answers.ts';

const opa = await findOpa({ env: process.env, progress: silent });
const { library, inline, load } = await realCompiler();

test('what is known to differ between a module and OPA still does', async (t) => {
  const found = knownDifferences.map(
    ({ expression }) => `violation contains {"msg": ${JSON.stringify(expression)}, "got": ${expression}}\n`,
  );
  const rule = { name: 'known_differ', source: inline(`package known_differ\n\n${found.join('\n')}`) };
  const program = await load([rule.source]);
  t.teardown(() => program.close());
  const documents = [randomDocument(1)];

  const ours = gotOf(await ourAnswers(program, [rule], documents));
  const native = gotOf(await nativeAnswers([rule], documents, { opa, lib: library.lib }));

  t.deepEqual(
    knownDifferences.map(({ expression }) => ({ expression, ours: ours(expression), opa: native(expression) })),
    knownDifferences,
  );
});

/** Finds what an expression gave among the lines of the one answer. */
function gotOf([answers]: Answers): (expression: string) => string {
  const lines = answers?.get('known_differ')?.split('\n') ?? [];
  return (expression) => {
    const end = `,"msg":${JSON.stringify(expression)}}`;
    const line = lines.find((each) => each.endsWith(end));
    return line === undefined ? 'undefined' : line.slice('  {"got":'.length, -end.length);
  };
}
