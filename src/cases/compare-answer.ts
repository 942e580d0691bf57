// Compares what a rule answers with what a case wants, and says the difference in lines that people can act on. Pure.
import { type ParsedAnswer, parseAnswer } from '../evaluation/answer.ts';
import type { RuleAnswer } from '../evaluation/program.ts';
import { isJsonObject, type JsonObject } from '../facts/json.ts';
import type { Wanted } from './rule-case.ts';

export interface ComparedAnswer {
  readonly want: Wanted;
  readonly answer: RuleAnswer;
  /** The document that the answer is about. */
  readonly document: JsonObject;
}

/**
 * Returns how an answer differs from what is wanted, one line each; empty when it does not. No answer, a malformed one, and a violation
 * of an image that the workload does not run are never what is wanted, though the engine takes them for undecided.
 */
export function answerDifferences({ want, answer, document }: ComparedAnswer): readonly string[] {
  if (answer.kind === 'failed') return [`the rule gave no answer: ${answer.reason}, ${answer.message}`];
  const parsed = parseAnswer(answer, new Date(String(document.now)));
  const malformed = parsed.undecided.filter(({ reason }) => reason !== 'RuleUndecided');
  if (malformed.length > 0) return [...new Set(malformed.map(({ message }) => `the engine would not accept the answer: ${message}`))];
  const images = Array.isArray(document.images) ? document.images.filter(isJsonObject) : [];
  const unknown = parsed.violations.filter(
    (violation) => violation.image !== '' && !images.some((image) => isNamed(image, violation.image)),
  );
  return [
    ...unknown.map(({ image }) => `a violation names the image ${image}, which the workload does not run`),
    ...differences({ want }, parsed),
  ];
}

function isNamed({ ref, digest }: JsonObject, name: string): boolean {
  return ref === name || digest === name;
}

/** Returns how a parsed answer differs from what is wanted, one line each; empty when it does not. */
export function differences({ want }: { readonly want: Wanted }, answer: ParsedAnswer): readonly string[] {
  const found: string[] = [];
  const verdict = answer.violations.length > 0 ? 'violated' : answer.undecided.length > 0 ? 'undecided' : 'passed';
  if (verdict !== want.verdict) found.push(`it is ${verdict}, wanted is ${want.verdict}`);
  // A case calls it `msg`, as the rule does; what a violation does not name is not shown.
  const violations = answer.violations.map(({ message, ...rest }): JsonObject => {
    const named = Object.entries({ msg: message, ...rest }).filter(([, value]) => value !== '');
    return Object.fromEntries(named);
  });
  if (want.violations !== undefined) found.push(...violationDifferences(want.violations, violations));
  else if (found.length > 0) found.push(...violations.map((violation) => `+ violation ${inline(violation)}`));
  const reasons = answer.undecided.map(({ message }) => message);
  if (want.undecided !== undefined) found.push(...reasonDifferences(want.undecided, reasons));
  else if (found.length > 0) found.push(...reasons.map((reason) => `+ undecided ${JSON.stringify(reason)}`));
  return found;
}

function violationDifferences(wanted: readonly JsonObject[], actual: readonly JsonObject[]): readonly string[] {
  const { missing, unexpected } = matched(wanted, actual, (part, whole) => sameFields(part, whole) === Object.keys(part).length);
  const left = new Set(unexpected);
  const found: string[] = [];
  for (const part of missing) {
    const [nearest] = [...left].sort((a, b) => sameFields(part, b) - sameFields(part, a));
    if (nearest === undefined) {
      found.push(`- violation ${inline(part)}`);
      continue;
    }
    left.delete(nearest);
    found.push('a violation differs (- wanted, + got):');
    for (const [name, value] of Object.entries(part)) {
      if (nearest[name] === value) found.push(`    ${name}: ${shown(value)}`);
      else found.push(`  - ${name}: ${shown(value)}`, `  + ${name}: ${shown(nearest[name])}`);
    }
    // Otherwise nothing would tell which one it is.
    if (!('msg' in part)) found.push(`    msg: ${shown(nearest.msg)}`);
  }
  return [...found, ...[...left].map((violation) => `+ violation ${inline(violation)}`)];
}

function reasonDifferences(wanted: readonly string[], actual: readonly string[]): readonly string[] {
  const { missing, unexpected } = matched(wanted, actual, (part, whole) => whole.includes(part));
  return [
    ...missing.map((part) => `- undecided ${JSON.stringify(part)}`),
    ...unexpected.map((reason) => `+ undecided ${JSON.stringify(reason)}`),
  ];
}

function sameFields(part: JsonObject, whole: JsonObject): number {
  return Object.entries(part).filter(([name, value]) => whole[name] === value).length;
}

interface Matched<Item> {
  readonly missing: readonly Item[];
  readonly unexpected: readonly Item[];
}

/** Pairs as many as can be paired, each with one other: what is wanted twice must be there twice (augmenting paths). */
function matched<Item>(wanted: readonly Item[], actual: readonly Item[], fits: (wanted: Item, actual: Item) => boolean): Matched<Item> {
  const takenBy = new Map<number, number>();
  const place = (index: number, tried: Set<number>): boolean => {
    const item = wanted[index];
    for (const [other, candidate] of actual.entries()) {
      if (item === undefined || tried.has(other) || !fits(item, candidate)) continue;
      tried.add(other);
      const owner = takenBy.get(other);
      if (owner === undefined || place(owner, tried)) {
        takenBy.set(other, index);
        return true;
      }
    }
    return false;
  };
  const missing = wanted.filter((_item, index) => !place(index, new Set()));
  return { missing, unexpected: actual.filter((_item, index) => !takenBy.has(index)) };
}

function inline(violation: JsonObject): string {
  return `{${Object.entries(violation)
    .map(([name, value]) => `${name}: ${JSON.stringify(value)}`)
    .join(', ')}}`;
}

function shown(value: unknown): string {
  if (value === undefined) return '(none)';
  const text = String(value);
  // Where plain text would mislead: ends of lines, spaces at the ends.
  return text.trim() === text && JSON.stringify(text).length === text.length + 2 ? text : JSON.stringify(text);
}
