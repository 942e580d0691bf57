// OPA's own conformance corpus on the project's evaluator; KUBEXRAY_CONFORMANCE names the categories to run, separated by commas.
import test from 'ava';
import { refusedBuiltins } from '../../docs/pages/refused-builtins.ts';
import { alternativeTo } from '../../src/opa/builtins/alternatives.ts';
import { hostBuiltins } from '../../src/opa/host-builtins.ts';
import { progressOn } from '../../src/opa/progress.ts';
import { caseCompiler } from './compiled-case.ts';
import { outcomeTable, problemsOf } from './corpus-report.ts';
import { runCorpus } from './corpus-run.ts';

test('every case of the corpus is passed, or refused at load for a named builtin, or on a list of exceptions', async (t) => {
  t.timeout(15 * 60_000, 'the corpus');
  const compiler = await caseCompiler({ env: process.env, progress: progressOn(process.stderr) });
  const categories = (process.env.KUBEXRAY_CONFORMANCE ?? '').split(',').filter((name) => name !== '');

  const report = await runCorpus({ compiler, categories });

  t.log(outcomeTable(report));
  t.deepEqual(problemsOf(report), []);
});

test('whoever calls a builtin that is refused is told what to write instead', (t) => {
  // The one that rules cannot know of.
  const asked = [...refusedBuiltins.keys()].filter((name) => name !== 'test.sleep');
  t.deepEqual(
    asked.filter((name) => alternativeTo(name) === undefined),
    [],
  );
  t.deepEqual(
    asked.filter((name) => hostBuiltins.has(name)),
    [],
  );
});
