// Orders values as OPA does, and writes them as it prints them. Pure.
import { BoundedText } from './bounds.ts';
import { quoteGo } from './go-quote.ts';
import { compareNumbers, decimalOf, numberText } from './numbers.ts';
import { entriesOf, isArray, RegoSet, type RegoValue } from './rego-value.ts';

/** Orders two values: null, booleans, numbers, strings (by code points), arrays, objects, sets. Zero: equal, as 1 and 1.0 are. */
export function compareValues(a: RegoValue, b: RegoValue): number {
  const byType = typeRank(a) - typeRank(b);
  if (byType !== 0) return byType;
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b);
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b);
  const [left, right] = [numberText(a), numberText(b)];
  if (left !== undefined && right !== undefined) return compareNumbers(left, right);
  return compareLists(flat(a), flat(b));
}

/** Orders texts by code points, as Go orders their bytes; JavaScript's `<` looks at UTF-16. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  let at = 0;
  while (at < a.length && a.charCodeAt(at) === b.charCodeAt(at)) at++;
  // Between the halves of a character the difference shows in the second.
  if (at > 0 && isHighSurrogate(a.charCodeAt(at - 1))) at--;
  return (a.codePointAt(at) ?? -1) - (b.codePointAt(at) ?? -1);
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00;
}

/** Returns the value as OPA prints it: `{"a": [1, {2, 3}]}`, sets and keys in order. Throws when that is longer than an answer. */
export function regoText(value: RegoValue): string {
  const printed = new BoundedText();
  print(value, printed);
  return printed.text();
}

function print(value: RegoValue, printed: BoundedText): void {
  const entries = entriesOf(value);
  if (isArray(value)) printAll(value, '[]', printed);
  else if (value instanceof RegoSet && value.elements.length === 0) printed.add('set()');
  else if (value instanceof RegoSet) printAll(value.elements.toSorted(compareValues), '{}', printed);
  else if (entries !== undefined) printEntries(entries, printed);
  else printed.add(typeof value === 'string' ? quoteGo(value) : (numberText(value) ?? String(value)));
}

function printAll(elements: readonly RegoValue[], brackets: '[]' | '{}', printed: BoundedText): void {
  printed.add(brackets.charAt(0));
  for (const [index, element] of elements.entries()) {
    if (index > 0) printed.add(', ');
    print(element, printed);
  }
  printed.add(brackets.charAt(1));
}

function printEntries(entries: readonly (readonly [RegoValue, RegoValue])[], printed: BoundedText): void {
  printed.add('{');
  for (const [index, [key, element]] of sortedEntries(entries).entries()) {
    if (index > 0) printed.add(', ');
    print(key, printed);
    printed.add(': ');
    print(element, printed);
  }
  printed.add('}');
}

/** Returns a text that two values share when they are equal to Rego: 1 and 1.0 are, a set and an array are not. */
export function identityText(value: RegoValue): string {
  if (typeof value === 'string') return JSON.stringify(value);
  const number = numberText(value);
  if (number !== undefined) return numberIdentity(number);
  if (isArray(value)) return `[${value.map(identityText).join(',')}]`;
  if (value instanceof RegoSet) return `<${value.elements.map(identityText).sort().join(',')}>`;
  const entries = entriesOf(value);
  if (entries === undefined) return String(value);
  const pairs = entries.map(([key, element]) => `${identityText(key)}:${identityText(element)}`);
  return `{${pairs.sort().join(',')}}`;
}

function numberIdentity(text: string): string {
  const decimal = decimalOf(text);
  return decimal === undefined ? text : `${decimal.negative ? '-' : ''}0.${decimal.digits}e${decimal.exponent}`;
}

function typeRank(value: RegoValue): number {
  if (value === null) return 0;
  if (typeof value === 'boolean') return 1;
  if (numberText(value) !== undefined) return 2;
  if (typeof value === 'string') return 3;
  if (isArray(value)) return 4;
  return value instanceof RegoSet ? 6 : 5;
}

// An object is compared key, value, key, value; a set by its sorted elements.
function flat(value: RegoValue): readonly RegoValue[] {
  if (isArray(value)) return value;
  if (value instanceof RegoSet) return value.elements.toSorted(compareValues);
  return sortedEntries(entriesOf(value) ?? []).flat();
}

function sortedEntries(entries: readonly (readonly [RegoValue, RegoValue])[]): readonly (readonly [RegoValue, RegoValue])[] {
  return entries.toSorted(([a], [b]) => compareValues(a, b));
}

function compareLists(a: readonly RegoValue[], b: readonly RegoValue[]): number {
  for (const [index, element] of a.entries()) {
    const other = b[index];
    if (other === undefined) return 1;
    const order = compareValues(element, other);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}
