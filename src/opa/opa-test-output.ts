// Reads what `opa test` and `opa check` write: results, prints, failures with their values, coverage. Pure.
import type { FileProblem } from '../cases/rule-case.ts';
import type { Coverage, LineRange, TestResult } from '../cases/test-result.ts';
import { isJsonObject, type JsonObject } from '../facts/json.ts';
import { Failure } from '../failure.ts';
import { ruleFile } from './check-problems.ts';
import { refusedBuiltin } from './host-builtins.ts';

/** Returns the errors of `opa check --format json`, whichever file they are in. Throws `Failure` when it is not that. */
export function checkProblems(stderr: string, refused: ReadonlySet<string>): readonly FileProblem[] {
  const output = parsed(stderr);
  const errors = isJsonObject(output) && Array.isArray(output.errors) ? output.errors.filter(isJsonObject) : [];
  if (errors.length === 0) throw unreadable(stderr);
  return errors.map(({ message, location }) => {
    const { file, row, col } = isJsonObject(location) ? location : {};
    const called = /^undefined function (\S+)$/.exec(String(message))?.[1];
    const problem = { file: String(file), message: called !== undefined && refused.has(called) ? refusedBuiltin(called) : String(message) };
    return typeof row === 'number' && typeof col === 'number' ? { ...problem, line: row, column: col } : problem;
  });
}

/** Returns the results of `opa test --format json`, by file and line. Throws `Failure` with what it says when it is not that. */
export function resultsIn(stdout: string, stderr: string): readonly TestResult[] {
  const output = parsed(stdout);
  if (!Array.isArray(output)) throw unreadable(stderr);
  const results = output.filter(isJsonObject).map(resultOf);
  return results.sort((a, b) => (a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1));
}

function resultOf(result: JsonObject): TestResult {
  const { file, row } = isJsonObject(result.location) ? result.location : {};
  const hasFailed = result.fail === true || result.error !== undefined;
  return {
    kind: 'test',
    // The package as people write it.
    name: `${String(result.package).replace(/^data\./, '')}.${String(result.name)}`,
    ...{ file: String(file), line: typeof row === 'number' ? row : 1 },
    outcome: hasFailed ? 'failed' : result.skip === true ? 'skipped' : 'passed',
    details: hasFailed ? [...errorOf(result.error), ...printed(result.output)] : [],
    timeMs: typeof result.duration === 'number' ? result.duration / 1e6 : 0,
  };
}

function errorOf(error: unknown): readonly string[] {
  if (error === undefined) return [];
  return [isJsonObject(error) && typeof error.message === 'string' ? error.message : JSON.stringify(error)];
}

/** What `print` wrote, which opa gives in base64. */
function printed(output: unknown): readonly string[] {
  if (typeof output !== 'string') return [];
  const lines = Buffer.from(output, 'base64').toString('utf8').trimEnd().split('\n');
  return lines.map((line) => `print: ${line}`);
}

/** Returns, from what `opa test --var-values` writes for people, by name of the test: where it failed, and the values there. */
export function failuresIn(stdout: string): ReadonlyMap<string, readonly string[]> {
  const failures = new Map<string, string[]>();
  let lines: string[] | undefined;
  for (const line of stdout.split('\n')) {
    const name = /^data\.(\S+): (?:FAIL|ERROR)/.exec(line)?.[1];
    if (name !== undefined) {
      lines = [];
      failures.set(name, lines);
    }
    // A ruler ends the list.
    else if (/^-{20,}$/.test(line)) lines = undefined;
    else if (line.trim() !== '') lines?.push(line.replace(/^ {2}/, '').trimEnd());
  }
  return failures;
}

/** Returns the coverage of the rule from `opa test --coverage --format json`; undefined when a test failed, as then it is not that. */
export function coverageIn(stdout: string): Coverage | undefined {
  const output = parsed(stdout);
  const files = isJsonObject(output) && isJsonObject(output.files) ? output.files : {};
  const file = files[ruleFile];
  if (!isJsonObject(file)) return undefined;
  const { coverage, not_covered: notCovered } = file;
  // Absent when it is none.
  return {
    percent: typeof coverage === 'number' ? coverage : 0,
    notCovered: merged(Array.isArray(notCovered) ? notCovered.flatMap(rangeOf) : []),
  };
}

function rangeOf(range: unknown): readonly LineRange[] {
  if (!isJsonObject(range) || !isJsonObject(range.start) || !isJsonObject(range.end)) return [];
  const { start, end } = { start: range.start.row, end: range.end.row };
  return typeof start === 'number' && typeof end === 'number' ? [{ start, end }] : [];
}

/** Expressions of one line, and a head with what is in it, are several ranges to opa. */
function merged(ranges: readonly LineRange[]): readonly LineRange[] {
  const result: LineRange[] = [];
  for (const range of [...ranges].sort((a, b) => a.start - b.start || b.end - a.end)) {
    const last = result.at(-1);
    if (last === undefined || range.start > last.end + 1) result.push(range);
    else result[result.length - 1] = { start: last.start, end: Math.max(last.end, range.end) };
  }
  return result;
}

/** Returns the value of a JSON text, or undefined when it is none. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function unreadable(stderr: string): Failure {
  const message = stderr.split('\n').find((line) => line.trim() !== '') ?? 'it wrote nothing that can be read';
  return new Failure(`run opa test: ${message}`, { retry: 'never', reason: 'TestsFailed' });
}
