// Entry: evaluates OPA's conformance corpus, or the categories given as arguments, and prints what came of it.
import process from 'node:process';
import { messageOf } from '../../src/failure.ts';
import { progressOn } from '../../src/opa/progress.ts';
import { caseCompiler } from './compiled-case.ts';
import { outcomeTable, problemsOf } from './corpus-report.ts';
import { runCorpus } from './corpus-run.ts';

try {
  const compiler = await caseCompiler({ env: process.env, progress: progressOn(process.stderr) });
  const report = await runCorpus({ compiler, categories: process.argv.slice(2) });
  const problems = problemsOf(report);
  for (const problem of problems) process.stdout.write(`${problem}\n`);
  process.stdout.write(`${outcomeTable(report)}\n`);
  process.exitCode = problems.length === 0 ? 0 : 1;
} catch (thrown) {
  process.stderr.write(`${messageOf(thrown)}\n`);
  process.exitCode = 2;
}
