// Turns what `opa` says about a rule into problems with the author's lines and columns. Pure.
import type { RuleProblem } from '../evaluation/program.ts';
import { isJsonObject, type JsonObject } from '../facts/json.ts';
import { refusedBuiltin } from './host-builtins.ts';

const reasons: Readonly<Record<string, string>> = {
  rego_parse_error: 'ParseError',
  rego_compile_error: 'CompileError',
  rego_type_error: 'TypeError',
  rego_recursion_error: 'RecursionError',
  rego_unsafe_var_error: 'UnsafeVariable',
};

/**
 * Reads the JSON that `opa check` and `opa parse` write on stderr. `refused` are the builtins of OPA that rules do not have. Text that
 * is not that JSON becomes one problem without a place.
 */
export function problemsFromOpa(stderr: string, refused: ReadonlySet<string>): readonly RuleProblem[] {
  const errors = errorsIn(stderr);
  if (errors === undefined) return [{ reason: 'CompileError', message: firstLine(stderr) }];
  return errors.map((error) => problemOf(error, refused));
}

function errorsIn(stderr: string): readonly JsonObject[] | undefined {
  try {
    const output: unknown = JSON.parse(stderr);
    const errors = isJsonObject(output) && Array.isArray(output.errors) ? output.errors.filter(isJsonObject) : [];
    return errors.length === 0 ? undefined : errors;
  } catch {
    return undefined;
  }
}

function problemOf(error: JsonObject, refused: ReadonlySet<string>): RuleProblem {
  const message = typeof error.message === 'string' ? error.message : 'opa found an error';
  const place = placeOf(error.location);
  const called = /^undefined function (\S+)$/.exec(message)?.[1];
  if (called !== undefined && refused.has(called)) return { reason: 'BuiltinRefused', message: refusedBuiltin(called), ...place };
  const reason = reasons[String(error.code)] ?? 'CompileError';
  return { reason, message: `${message}${hintOf(error.details)}${hintOfVersion(message)}`, ...place };
}

/** For a misspelt field opa lists those that there are. */
function hintOf(details: unknown): string {
  if (!isJsonObject(details)) return '';
  if (typeof details.line === 'string' && details.line.trim() !== '') return `: ${details.line.trim()}`;
  if (!Array.isArray(details.oneOf) || details.oneOf.length === 0) return '';
  return `; there is ${details.oneOf.map(String).join(', ')}`;
}

/** What Gatekeeper's and older tutorials show is Rego v0. */
function hintOfVersion(message: string): string {
  return /^`(if|contains)` keyword is required/.test(message) ? '; this is Rego v0, write `violation contains {"msg": …} if { … }`' : '';
}

function placeOf(location: unknown): { line?: number; column?: number } {
  if (!isJsonObject(location) || location.file !== ruleFile) return {};
  const { row, col } = location;
  // Row 0 stands for the whole text, such as an empty one.
  if (typeof row !== 'number' || row < 1) return {};
  return typeof col === 'number' && col > 0 ? { line: row, column: col } : { line: row };
}

/** The name of the author's text in the folder of a check. */
export const ruleFile = 'rule.rego';

/** Returns the problems of `opa build` for a rule of which the check found nothing; it writes text. */
export function problemFromBuild(stderr: string): RuleProblem {
  return { reason: 'BuildFailed', message: firstLine(stderr) };
}

function firstLine(text: string): string {
  const lines = text.split('\n').map((line) => line.replace(/^error: |\d+ errors? occurred( during loading)?: ?/g, '').trim());
  return lines.find((line) => line !== '') ?? 'opa failed without a word';
}

/** Sorts by place and leaves out what is said twice of one place: the problem that comes first in the list stays. */
export function sortedProblems(problems: readonly RuleProblem[]): readonly RuleProblem[] {
  const byPlace = new Map<string, RuleProblem>();
  for (const problem of problems) {
    const key = problem.line === undefined ? problem.message : `${problem.line}:${problem.column ?? ''}`;
    if (!byPlace.has(key)) byPlace.set(key, problem);
  }
  return [...byPlace.values()].sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
}
