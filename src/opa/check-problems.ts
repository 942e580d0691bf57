// Turns what `opa` says about a rule into problems with the author's lines and columns. Pure.
import type { RuleProblem } from '../evaluation/program.ts';
import { isJsonObject, type JsonObject } from '../facts/json.ts';
import { alternativeTo } from './builtins/alternatives.ts';
import { hintOf } from './opa-hints.ts';
import { openBracket } from './open-bracket.ts';

// Each reads the whole text, which has room for thousands of mistakes; nobody mends more at once.
const maxHints = 50;

const reasons: Readonly<Record<string, string>> = {
  rego_parse_error: 'ParseError',
  rego_compile_error: 'CompileError',
  rego_type_error: 'TypeError',
  rego_recursion_error: 'RecursionError',
  rego_unsafe_var_error: 'UnsafeVariable',
};

/**
 * Reads the JSON that `opa check` and `opa parse` write on stderr about the author's text. `refused` are the builtins of OPA that rules do
 * not have. What is not that JSON becomes one problem without a place.
 */
export function problemsFromOpa(stderr: string, refused: ReadonlySet<string>, rego: string): readonly RuleProblem[] {
  const errors = errorsIn(stderr);
  if (errors === undefined) return [{ reason: 'CompileError', message: firstLine(stderr) }];
  return errors.map((error, index) => problemOf(error, { refused, rego, isHinted: index < maxHints }));
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

interface Author {
  readonly refused: ReadonlySet<string>;
  readonly rego: string;
  readonly isHinted: boolean;
}

function problemOf(error: JsonObject, { refused, rego, isHinted }: Author): RuleProblem {
  // What opa calls the variables that it makes up says nothing to the author.
  const message = typeof error.message === 'string' ? error.message.replaceAll(/__local\d+__/g, '_') : 'opa found an error';
  const place = placeOf(error.location);
  const called = /^undefined function (\S+)$/.exec(message)?.[1];
  if (called !== undefined && refused.has(called)) {
    const hint = alternativeTo(called);
    const refusal = { reason: 'BuiltinRefused', message: `the builtin ${called} is not available to rules`, ...place };
    return hint === undefined ? refusal : { ...refusal, hint };
  }
  const reason = reasons[String(error.code)] ?? 'CompileError';
  if (!isHinted) return { reason, message, ...place };
  if (reason === 'ParseError') {
    const unclosed = unclosedBracket(message, place, rego);
    if (unclosed !== undefined) return { reason, ...unclosed };
  }
  const line = place.line === undefined ? '' : (rego.split('\n')[place.line - 1] ?? '');
  const hint = hintOf({ message, details: error.details, line, rego });
  return { reason, message, ...(hint === undefined ? {} : { hint }), ...place };
}

/**
 * A bracket that is not closed shows at the end of the text or at the next rule, which begins at the edge; its own place is the one to
 * look at.
 */
function unclosedBracket(message: string, place: { line?: number }, rego: string): Omit<RuleProblem, 'reason'> | undefined {
  if (place.line === undefined || !message.startsWith('unexpected ')) return undefined;
  const lines = rego.split('\n');
  const isEnd = message.startsWith('unexpected eof');
  if (!isEnd && !/^[A-Za-z_]/.test(lines[place.line - 1] ?? '')) return undefined;
  const start = isEnd ? rego.length : lines.slice(0, place.line - 1).join('\n').length;
  const open = openBracket(rego, start);
  if (open === undefined) return undefined;
  const before = rego.slice(0, open.offset).split('\n');
  const column = [...(before.at(-1) ?? '')].length + 1;
  const where = isEnd ? 'the end of the text' : `\`${(lines[place.line - 1] ?? '').trim().slice(0, 60)}\``;
  return { message: `this \`${open.bracket}\` is not closed`, hint: `it is still open at ${where}`, line: before.length, column };
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
