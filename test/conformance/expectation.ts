// What a case of the corpus wants, against what came of it, by the rules of OPA's own tests of its WASM compiler. Pure.

import type { CaseAnswer } from './case-message.ts';
import type { CompiledCase } from './compiled-case.ts';
import { type ComparisonOptions, canonical, type ExactValue, isList, parseExact } from './exact-value.ts';

/** What came of a case; `differsInOrder` is right but for the order of lists, in which sets come. */
export type CaseResult =
  | { readonly kind: 'passed'; readonly by: 'result' | 'error' | 'undefined where the error is a builtin’s' }
  | { readonly kind: 'differsInOrder' | 'failed'; readonly message: string }
  | { readonly kind: 'refused'; readonly builtins: readonly string[] };

/** Judges an answer. */
export function judge(wanted: CompiledCase, answer: CaseAnswer): CaseResult {
  if (answer.kind === 'refused') return answer;
  if (answer.kind === 'answered') return judgeRows(wanted, answer.json);
  return judgeError(wanted, answer.message);
}

function judgeRows(wanted: CompiledCase, json: string): CaseResult {
  const { wantResult, wantDefined, wantErrorCode, wantError } = wanted;
  let rows: ExactValue;
  try {
    rows = parseExact(json);
  } catch {
    return { kind: 'failed', message: `the answer is not JSON: ${excerpt(json)}` };
  }
  if (!isList(rows)) return { kind: 'failed', message: `the answer is no list: ${excerpt(json)}` };
  if (wantDefined !== undefined)
    return rows.length > 0 === wantDefined
      ? { kind: 'passed', by: 'result' }
      : { kind: 'failed', message: `wanted is ${wantDefined ? 'a result' : 'no result'}, got ${excerpt(json)}` };
  if (wantResult !== undefined) return compareRows(wanted, { wantResult, rows, json });
  // A module knows no strict mode: an error that shows only there is undefined.
  if (wanted.strictError && rows.length === 0) return { kind: 'passed', by: 'undefined where the error is a builtin’s' };
  return { kind: 'failed', message: `wanted is the error ${wantErrorCode ?? ''} ${wantError ?? ''}, got ${excerpt(json)}` };
}

interface Rows {
  readonly wantResult: string;
  readonly rows: readonly ExactValue[];
  readonly json: string;
}

function compareRows(wanted: CompiledCase, { wantResult, rows, json }: Rows): CaseResult {
  const wantedRows = parseExact(wantResult);
  const same = (options: ComparisonOptions): boolean =>
    rowSet(isList(wantedRows) ? wantedRows : [], wanted, options) === rowSet(rows, wanted, options);
  if (same({ anyOrder: false })) return { kind: 'passed', by: 'result' };
  const message = `wanted is ${excerpt(wantResult)}, got ${excerpt(json)}`;
  return { kind: same({ anyOrder: true }) ? 'differsInOrder' : 'failed', message };
}

/** Rows are a set of bindings. */
function rowSet(rows: readonly ExactValue[], { sortBindings, ignoreGeneratedVars }: CompiledCase, options: ComparisonOptions): string {
  const texts = rows.map((row) => {
    if (typeof row !== 'object' || row === null || isList(row)) return canonical(row, options);
    const kept = Object.entries(row).filter(([name]) => !ignoreGeneratedVars || !name.startsWith('__localq'));
    const bindings = kept.map(([name, value]) => {
      if (!sortBindings || !isList(value)) return `${name}=${canonical(value, options)}`;
      return `${name}=${value
        .map((element) => canonical(element, options))
        .sort()
        .join(',')}`;
    });
    return bindings.sort().join(';');
  });
  return [...new Set(texts)].sort().join('\n');
}

// The words in which a module aborts for the one kind of error that it knows.
const conflicts = ['var assignment conflict', 'object insert conflict'];

function judgeError({ wantErrorCode, strictError }: CompiledCase, message: string): CaseResult {
  const isWanted = !strictError && wantErrorCode === 'eval_conflict_error' && conflicts.some((text) => message.includes(text));
  return isWanted ? { kind: 'passed', by: 'error' } : { kind: 'failed', message: `it ends with: ${message}` };
}

function excerpt(json: string): string {
  return json.length > 400 ? `${json.slice(0, 400)}…` : json;
}
