// `kubexray test`: runs the cases and tests of rules, and says where they are not as wanted. Reads files, runs opa, writes to stdout.
import { join } from 'node:path';
import type { Command } from 'commander';
import { hasPassed, type RuleResult } from '../cases/test-result.ts';
import { createRuleCompiler } from '../opa/compiler.ts';
import { createLoadProgram } from '../opa/load.ts';
import { createOpaTester } from '../opa/opa-test.ts';
import { progressOn } from '../opa/progress.ts';
import { type JUnitSuite, junitXml } from '../output/junit.ts';
import { percentText, placeText, type TestDetail, testText } from '../output/test-text.ts';
import { findCompileTools } from './compile.ts';
import { createRecordedDocument } from './recorded-document.ts';
import { findRuleFolders, readRuleFolder } from './rule-folders.ts';
import { type ProveParts, proveRule } from './run-cases.ts';
import { option, usage } from './settings.ts';
import { endDespiteStuckThreads } from './stuck-threads.ts';
import { processSurroundings, type Surroundings } from './surroundings.ts';

export interface TestFlags {
  readonly output: 'text' | 'json' | 'junit';
  readonly threshold?: string;
  readonly verbose?: true;
  readonly quiet?: true;
}

/** Adds the verb to the program. */
export function addTest(program: Command): void {
  program
    .command('test')
    .description('run the cases (cases/*.yaml) and tests (*_test.rego) of rules')
    .argument('<dir...>', 'folders with a rule.rego, or folders of such folders')
    .addOption(
      option('-o, --output <format>', 'how to write the results', 'KUBEXRAY_OUTPUT').choices(['text', 'json', 'junit']).default('text'),
    )
    .addOption(option('--threshold <percent>', 'fail when less of the lines of a rule is reached', 'KUBEXRAY_THRESHOLD'))
    .option('-v, --verbose', 'list every case')
    .option('-q, --quiet', 'list failures only')
    .addHelpText('after', '\nExit code: 0 all as wanted; 1 something is not; 2 it could not be found out.')
    .action(async (directories: readonly string[], flags: TestFlags) => {
      process.exitCode = await runTest(directories, flags, processSurroundings());
    });
}

/** Proves the rules and prints the results. Returns the exit code, 0 or 1; throws `Failure` when it could not be found out. */
export async function runTest(directories: readonly string[], flags: TestFlags, surroundings: Surroundings): Promise<0 | 1> {
  const { stdout, stderr } = surroundings;
  const threshold = flags.threshold === undefined ? 0 : percentOf(flags.threshold);
  if (flags.verbose && flags.quiet) throw usage('give --verbose or --quiet, not both');
  const folders = await findRuleFolders(directories);
  const { opa, library } = await findCompileTools(surroundings);
  const { lib } = library;
  const parts: ProveParts = {
    ...{
      compiler: createRuleCompiler({ opa, lib }),
      loadProgram: createLoadProgram({ onAbandoned: endDespiteStuckThreads() }),
      tester: createOpaTester({ opa, lib }),
      lib,
    },
    recordedDocument: createRecordedDocument(surroundings.now()),
    nowMs: () => performance.now(),
  };
  const progress = progressOf(stderr);
  const proven = await proveAll(folders, { parts, progress });
  progress('');
  const rules = proven.map((rule) => reaching(threshold, rule));
  stdout.write(written(rules, flags));
  return rules.every(hasPassed) ? 0 : 1;
}

interface Proving {
  readonly parts: ProveParts;
  readonly progress: (text: string) => void;
}

/** Two at a time, as one of them mostly waits for opa; results are in the order given. */
async function proveAll(folders: readonly string[], { parts, progress }: Proving): Promise<readonly RuleResult[]> {
  const results = new Map<string, RuleResult>();
  const left = folders.values();
  const lane = async (): Promise<void> => {
    for (const directory of left) {
      progress(`testing ${directory} (${results.size} of ${folders.length} done)`);
      results.set(directory, await proveRule(await readRuleFolder(directory), parts));
    }
  };
  await Promise.all([lane(), lane()]);
  return folders.map((directory) => results.get(directory)).filter((result) => result !== undefined);
}

/** A person who waits wants to know for what; a log does not. */
function progressOf(stderr: Surroundings['stderr']): Proving['progress'] {
  return stderr.isTTY === true ? progressOn(stderr).update : () => undefined;
}

function percentOf(text: string): number {
  const percent = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || percent > 100) throw usage(`--threshold must be a number from 0 to 100, not ${text}`);
  return percent;
}

/** Adds the problem that too few lines are reached. Where nothing could be measured, something else is wrong already, or is now. */
function reaching(threshold: number, rule: RuleResult): RuleResult {
  const { coverage } = rule;
  if (threshold === 0 || (coverage !== undefined && coverage.percent >= threshold) || (coverage === undefined && !hasPassed(rule)))
    return rule;
  const reached =
    coverage === undefined ? 'how many lines are reached could not be measured' : `${percentText(coverage)} of the lines is reached`;
  const problem = { file: join(rule.directory, 'rule.rego'), message: `${reached}, and the threshold is ${threshold}%` };
  return { ...rule, problems: [...rule.problems, problem] };
}

function written(rules: readonly RuleResult[], flags: TestFlags): string {
  switch (flags.output) {
    case 'json':
      return `${JSON.stringify({ passed: rules.every(hasPassed), rules }, undefined, 2)}\n`;
    case 'junit':
      return junitXml(rules.map(suiteOf));
    case 'text': {
      const detail: TestDetail = flags.verbose ? 'cases' : flags.quiet ? 'failures' : 'rules';
      return testText(rules, detail)
        .map((line) => `${line}\n`)
        .join('');
    }
  }
}

const skipped = { message: 'its name begins with `todo_`' };

function suiteOf({ name, problems, results }: RuleResult): JUnitSuite {
  const broken = problems.map((problem) => {
    const text = `${placeText(problem)}: ${problem.message}`;
    return { name: placeText(problem), className: name, failure: { message: problem.message, text } };
  });
  const cases = results.map(({ name: title, file, line, outcome, details, timeMs }) => {
    const failure = { message: details[0] ?? 'it failed', text: [`${file}:${line}`, ...details].join('\n') };
    return { name: title, className: name, timeMs, ...(outcome === 'failed' ? { failure } : outcome === 'skipped' ? { skipped } : {}) };
  });
  return { name, cases: [...broken, ...cases] };
}
