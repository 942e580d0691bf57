// Proves the rule of one folder: checks it as the controller does, evaluates its cases in the worker, runs its tests. Runs opa.
import { dirname, join } from 'node:path';
import { documentOf, inputProblems } from '../cases/case-document.ts';
import { answerDifferences } from '../cases/compare-answer.ts';
import { misspeltTests } from '../cases/misspelt-tests.ts';
import type { FileProblem, PlacedCase } from '../cases/rule-case.ts';
import type { RuleResult, TestResult } from '../cases/test-result.ts';
import { ownDocument } from '../evaluation/own-document.ts';
import type { LoadProgram, RuleAnswer, RuleCompiler, RuleProblem, RuleProgram, RuleSource } from '../evaluation/program.ts';
import { ruleId } from '../evaluation/rule-id.ts';
import { compareTexts } from '../facts/compare-texts.ts';
import { isJsonObject } from '../facts/json.ts';
import { Failure, messageOf } from '../failure.ts';
import type { OpaTester } from '../opa/opa-test.ts';
import { checkParameters } from '../policy/parameters.ts';
import type { RecordedDocument } from './recorded-document.ts';
import type { RuleFolder } from './rule-folders.ts';

export interface ProveParts {
  readonly compiler: RuleCompiler;
  readonly loadProgram: LoadProgram;
  readonly tester: OpaTester;
  /** Rego of `data.kubexray.lib`. */
  readonly lib: string;
  readonly recordedDocument: RecordedDocument;
  /** Milliseconds of a clock that only goes forward. */
  readonly nowMs: () => number;
}

/** A case with all that is needed to evaluate it. */
interface ReadyCase extends PlacedCase {
  readonly source: RuleSource;
  readonly document: string;
}

/** The engine sets a rule aside after as many. */
const maxHangs = 3;

/** Runs everything that stands in the folder. What is wrong with it is in the result; throws `Failure` when it could not be found out. */
export async function proveRule(folder: RuleFolder, parts: ProveParts): Promise<RuleResult> {
  const { name, directory } = folder;
  const { ready, problems } = await readyCases(folder, parts);
  const all = [...folder.problems, ...problems];
  const isEmpty = folder.cases.length === 0 && folder.tests.size === 0 && all.length === 0;
  if (isEmpty) all.push({ file: directory, message: 'no case: it has neither cases/*.yaml with a case in it nor *_test.rego' });
  // Cases are for one text: what is wrong with it is said once, and not for each of them.
  all.push(...(await textProblems(folder, parts)));
  if (all.length > 0) return { name, directory, problems: all.sort(byPlace), results: [] };
  const cases = await runCases(ready, folder, parts);
  const run = await parts.tester.test(folder);
  const tests = run.results.map((result) => ({ ...result, file: join(directory, result.file) }));
  const testProblems = run.problems.map((problem) => ({ ...problem, file: join(directory, problem.file) }));
  const warnings = misspeltTests(folder.tests).map((warning) => ({ ...warning, file: join(directory, warning.file) }));
  const found = { name, directory, problems: [...cases.problems, ...testProblems], results: [...cases.results, ...tests] };
  const result: RuleResult = warnings.length === 0 ? found : { ...found, warnings };
  // Natively nothing would end what hung here.
  if (cases.problems.length > 0 || testProblems.length > 0 || cases.hangs > 0) return result;
  const passed = tests.filter(({ outcome }) => outcome === 'passed').map(({ name: test }) => test);
  const documents = ready.map(({ document, source }) => ownDocument(document, source));
  const coverage = await parts.tester.cover({ ...folder, documents, passed });
  return coverage === undefined ? result : { ...result, coverage };
}

function byPlace(a: FileProblem, b: FileProblem): number {
  return compareTexts(a.file, b.file) || (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0);
}

async function readyCases(
  folder: RuleFolder,
  parts: ProveParts,
): Promise<{ ready: readonly ReadyCase[]; problems: readonly FileProblem[] }> {
  const ready: ReadyCase[] = [];
  const problems: FileProblem[] = [];
  for (const each of folder.cases) {
    const source = sourceOf(each, folder, parts.lib);
    const document = await documentFor(each, parts.recordedDocument);
    const found = [...('problems' in source ? source.problems : []), ...('problems' in document ? document.problems : [])];
    problems.push(...found);
    if ('source' in source && 'document' in document) ready.push({ ...each, source: source.source, document: document.document });
  }
  return { ready, problems };
}

function sourceOf(
  { ruleCase, placeOf }: PlacedCase,
  { name, rego, parametersSchema }: RuleFolder,
  lib: string,
): { source: RuleSource } | { problems: readonly FileProblem[] } {
  // What is wrong with the description is said already.
  if (parametersSchema === undefined) return { problems: [] };
  const { parameters: given = {} } = ruleCase;
  const checked = checkParameters(given, parametersSchema, { rule: name, path: 'parameters' });
  if ('problems' in checked)
    return {
      problems: checked.problems.map(({ path, message, hint }) => ({
        ...placeOf(steps(path)),
        message: withHint(`${path} ${message}`, hint),
      })),
    };
  const rule = { rego, parameters: checked.parameters, parametersSchema };
  return { source: { ...rule, id: ruleId({ ...rule, lib }) } };
}

/** From `parameters.denied[0]` to its parts; a name with a dot in it ends up at the part around it. */
function steps(path: string): readonly (string | number)[] {
  return [...path.matchAll(/\[(\d+)\]|([^.[\]]+)/g)].map(([, index, name]) => (index === undefined ? (name ?? '') : Number(index)));
}

async function documentFor(
  placed: PlacedCase,
  recordedDocument: RecordedDocument,
): Promise<{ document: string } | { problems: readonly FileProblem[] }> {
  const { input = {}, recorded } = placed.ruleCase;
  if (recorded === undefined) {
    const problems = inputProblems(placed);
    return problems.length > 0 ? { problems } : { document: JSON.stringify(documentOf(input)) };
  }
  try {
    return { document: await recordedDocument(join(dirname(placed.place.file), recorded.snapshot), recorded.workload) };
  } catch (thrown) {
    // What is named in a case and is not there is the case's mistake.
    if (thrown instanceof Failure) return { problems: [{ ...placed.placeOf(['recorded']), message: messageOf(thrown) }] };
    throw thrown;
  }
}

/** Checks the text as the controller does when a policy is applied. */
async function textProblems({ directory, rego, parametersSchema }: RuleFolder, parts: ProveParts): Promise<readonly FileProblem[]> {
  if (parametersSchema === undefined) return [];
  const rule = { rego, parameters: {}, parametersSchema };
  const problems = await parts.compiler.check({ ...rule, id: ruleId({ ...rule, lib: parts.lib }) });
  return problems.map((problem) => inRule(directory, problem));
}

function inRule(directory: string, { line, column, message, hint }: RuleProblem): FileProblem {
  return {
    file: join(directory, 'rule.rego'),
    ...(line === undefined ? {} : { line }),
    ...(column === undefined ? {} : { column }),
    message: withHint(message, hint),
  };
}

function withHint(message: string, hint: string | undefined): string {
  return hint === undefined ? message : `${message} (${hint})`;
}

interface CasesRun {
  readonly problems: readonly FileProblem[];
  readonly results: readonly TestResult[];
  /** Cases that did not end by themselves. */
  readonly hangs: number;
}

async function runCases(cases: readonly ReadyCase[], { name, directory }: RuleFolder, parts: ProveParts): Promise<CasesRun> {
  if (cases.length === 0) return { problems: [], results: [], hangs: 0 };
  const module = await parts.compiler.build(cases.map(({ source }) => source));
  // One text: where it does not build with one set of parameters, it does not with any.
  const [refused] = module.problems.values();
  if (refused !== undefined) return { problems: refused.map((problem) => inRule(directory, problem)), results: [], hangs: 0 };
  const program = await parts.loadProgram(module);
  try {
    const [unfit] = program.problems.values();
    if (unfit !== undefined) return { problems: unfit.map((problem) => inRule(directory, problem)), results: [], hangs: 0 };
    return await evaluateCases(cases, { name, program, nowMs: parts.nowMs });
  } finally {
    await program.close();
  }
}

interface Evaluation {
  /** Of the rule. */
  readonly name: string;
  readonly program: RuleProgram;
  readonly nowMs: () => number;
}

async function evaluateCases(cases: readonly ReadyCase[], { name, program, nowMs }: Evaluation): Promise<CasesRun> {
  const results: TestResult[] = [];
  let hangs = 0;
  for (const { ruleCase, place, source, document } of cases) {
    const start = nowMs();
    const answer = hangs < maxHangs ? ((await program.evaluate(document, [source.id])).get(source.id) ?? lost) : setAside;
    if (answer.kind === 'failed' && answer !== setAside && answer.reason !== 'NotLoaded') hangs += 1;
    const parsed: unknown = JSON.parse(document);
    const named = answer.kind === 'failed' ? { ...answer, message: `${name}: ${answer.message}` } : answer;
    const differences = answerDifferences({ want: ruleCase.want, answer: named, document: isJsonObject(parsed) ? parsed : {} });
    const outcome = differences.length === 0 ? 'passed' : 'failed';
    const details = outcome === 'passed' || ruleCase.note === undefined ? differences : [...differences, `note: ${ruleCase.note}`];
    results.push({ kind: 'case', name: ruleCase.name, ...place, outcome, details, timeMs: nowMs() - start });
  }
  return { problems: [], results, hangs };
}

const lost: RuleAnswer = { kind: 'failed', reason: 'NotLoaded', message: 'there is no answer' };
const setAside: RuleAnswer = { kind: 'failed', reason: 'NotLoaded', message: `it is set aside after ${maxHangs} cases without an answer` };
