// Runs an author's `*_test.rego` by `opa test`, and measures which lines of a rule its cases and tests reach. Runs opa on temporary files.
import { tmpdir } from 'node:os';
import type { FileProblem } from '../cases/rule-case.ts';
import type { Coverage, TestResult } from '../cases/test-result.ts';
import { isJsonObject, type JsonObject } from '../facts/json.ts';
import { ourCapabilities } from './capabilities.ts';
import { ruleFile } from './check-problems.ts';
import { createOpaRunner, type RunTask } from './opa-runner.ts';
import { checkProblems, coverageIn, failuresIn, parsed, resultsIn } from './opa-test-output.ts';
import { createRuleReader, type ReadRule } from './rule-reader.ts';

/** A rule with the tests that stand beside it. */
export interface OpaTestTask {
  readonly rego: string;
  /** Text of each `*_test.rego` by its name. */
  readonly tests: ReadonlyMap<string, string>;
}

export interface OpaTestRun {
  /** Of the tests' own text; nothing ran then. Files are names as in the task. */
  readonly problems: readonly FileProblem[];
  /** By file and line. */
  readonly results: readonly TestResult[];
}

export interface OpaCoverTask extends OpaTestTask {
  /** JSON texts of documents on which the rule is evaluated as well. */
  readonly documents: readonly string[];
  /** Names of tests as in results that passed; others are left out, as opa measures nothing when one fails. */
  readonly passed: readonly string[];
}

export interface OpaTester {
  /** Throws `Failure` when opa could not be run or did not end in time. */
  readonly test: (task: OpaTestTask) => Promise<OpaTestRun>;
  /** Returns undefined when the rule fails natively on one of the documents. Throws as `test` does. */
  readonly cover: (task: OpaCoverTask) => Promise<Coverage | undefined>;
}

export interface OpaTesterOptions {
  /** Path of the binary. */
  readonly opa: string;
  /** Rego of `data.kubexray.lib`. */
  readonly lib: string;
  /** For one test, as opa writes durations. Default: 5s, which is opa's own. */
  readonly testTimeout?: string;
}

// Not `…_test.rego`, which is how the author's are named.
const casesFile = 'kubexray-cases.rego';
const documentsFile = 'kubexray-documents.json';
const capabilitiesFile = 'capabilities.json';
const casesPackage = 'kubexray.cases';

/** Returns the tester. Tests have the builtins that rules have. Nothing runs before the first call. */
export function createOpaTester(options: OpaTesterOptions): OpaTester {
  // opa ends single tests by itself; this is for what hangs before or after. Prints are the largest output.
  const limits = { temporaryDirectory: tmpdir(), timeoutMs: 60_000, maxOutputBytes: 16 * 1024 * 1024, maxMemoryBytes: 1024 ** 3 };
  const run = createOpaRunner({ opa: options.opa, ...limits });
  let loaded: Promise<TestCapabilities> | undefined;
  const parts: Parts = {
    ...{ run, readRule: createRuleReader(run), lib: options.lib, testTimeout: options.testTimeout ?? '5s' },
    capabilities: () => (loaded ??= readCapabilities(run)),
  };
  return { test: (task) => runTests(task, parts), cover: (task) => cover(task, parts) };
}

interface Parts {
  readonly run: RunTask;
  readonly readRule: ReadRule;
  readonly lib: string;
  readonly testTimeout: string;
  readonly capabilities: () => Promise<TestCapabilities>;
}

type TestCapabilities = ReturnType<typeof ourCapabilities>;

function readCapabilities(run: RunTask): Promise<TestCapabilities> {
  return run({ files: new Map(), args: ['capabilities', '--current'], read: ({ stdout }) => testCapabilities(stdout) });
}

/** What rules may use, and what opa itself puts into a test such as `test_each[name]`. */
function testCapabilities(output: string): TestCapabilities {
  const ours = ourCapabilities(output);
  const [all, kept]: readonly unknown[] = [parsed(output), parsed(ours.text)];
  const testCase = builtinsOf(all).filter(({ name }) => name === 'internal.test_case');
  return { ...ours, text: JSON.stringify({ ...(isJsonObject(kept) ? kept : {}), builtins: [...builtinsOf(kept), ...testCase] }) };
}

function builtinsOf(capabilities: unknown): readonly JsonObject[] {
  return isJsonObject(capabilities) && Array.isArray(capabilities.builtins) ? capabilities.builtins.filter(isJsonObject) : [];
}

async function runTests(task: OpaTestTask, parts: Parts): Promise<OpaTestRun> {
  if (task.tests.size === 0) return { problems: [], results: [] };
  const { text, refused } = await parts.capabilities();
  const sources = [...filesOf(task, parts).keys()];
  const files = new Map([...filesOf(task, parts), [capabilitiesFile, text]]);
  const problems = await parts.run({
    files,
    args: ['check', '--max-errors', '0', '--format', 'json', '--capabilities', capabilitiesFile, ...sources],
    read: ({ succeeded, stderr }) => (succeeded ? [] : checkProblems(stderr, refused)),
  });
  if (problems.length > 0) return { problems, results: [] };
  const args = ['test', '--capabilities', capabilitiesFile, '--timeout', parts.testTimeout];
  const found = await parts.run({
    files,
    args: [...args, '--format', 'json', ...sources],
    read: ({ stdout, stderr }) => resultsIn(stdout, stderr),
  });
  const failed = found.filter(({ outcome }) => outcome === 'failed').map(({ name }) => name);
  if (failed.length === 0) return { problems, results: found };
  const shown = await parts.run({
    files,
    args: [...args, '--var-values', '--run', onlyNames(failed), ...sources],
    read: ({ stdout }) => failuresIn(stdout),
  });
  const results = found.map((result) => ({ ...result, details: [...result.details, ...(shown.get(result.name) ?? [])] }));
  return { problems, results };
}

function filesOf({ rego, tests }: OpaTestTask, { lib }: Parts): ReadonlyMap<string, string> {
  return new Map([[ruleFile, rego], ['lib.rego', lib], ...tests]);
}

/** The pattern of `--run`, which is sought in `data.package.name`. */
function onlyNames(names: readonly string[]): string {
  return `^data\\.(${names.map((name) => name.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')})$`;
}

async function cover(task: OpaCoverTask, parts: Parts): Promise<Coverage | undefined> {
  const read = await parts.readRule(task.rego);
  if (read.kind === 'unparsed') return undefined;
  const { packagePath, definesUndecided } = read.syntax;
  const { text } = await parts.capabilities();
  const reference = `data${packagePath.map((part) => `[${JSON.stringify(part)}]`).join('')}`;
  const sets = definesUndecided ? ['violation', 'undecided'] : ['violation'];
  const caseTest = (index: number): string =>
    `test_${index} if {\n${sets.map((set) => `  ${set} := ${reference}.${set} with input as data.kubexray_documents[${index}]\n`).join('')}}\n`;
  const sources = new Map([
    ...filesOf(task, parts),
    [casesFile, `package ${casesPackage}\n${task.documents.map((_document, index) => caseTest(index)).join('')}`],
    [documentsFile, `{"kubexray_documents":[${task.documents.join(',')}]}`],
  ]);
  const names = [...task.passed, ...task.documents.map((_document, index) => `${casesPackage}.test_${index}`)];
  return parts.run({
    files: new Map([...sources, [capabilitiesFile, text]]),
    args: [
      ...['test', '--capabilities', capabilitiesFile, '--timeout', parts.testTimeout, '--coverage', '--format', 'json'],
      ...['--run', onlyNames(names), ...sources.keys()],
    ],
    read: ({ stdout }) => coverageIn(stdout),
  });
}
