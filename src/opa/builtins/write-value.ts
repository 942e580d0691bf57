// Writes an answer of a builtin as JSON text for `opa_json_parse`. Pure.
import { entriesOf, isArray, NumberText, RegoSet, type RegoValue } from './rego-value.ts';

// The memory of an instance is 64 MiB, and an answer is in it as text and as a value of several times that size.
const maxAnswerLength = 4 * 1024 * 1024;

/** Returns the JSON text. Throws for what JSON cannot say (no builtin here answers with a set) and for an answer beyond 4 Mi characters. */
export function writeValue(value: RegoValue): string {
  const text = jsonText(value);
  if (text.length > maxAnswerLength) throw tooLarge();
  return text;
}

/** What a builtin throws when its answer would not fit into the memory of an instance. */
export function tooLarge(): Error {
  return new Error('the answer of a builtin would not fit into memory');
}

/** Throws when so many characters or elements cannot be an answer: to be asked before they are made. */
export function assertFits(length: number): void {
  if (length > maxAnswerLength) throw tooLarge();
}

function jsonText(value: RegoValue): string {
  // The module aborts on an escaped lone surrogate.
  if (typeof value === 'string') return JSON.stringify(value.toWellFormed());
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof NumberText) return value.text;
  if (isArray(value)) return `[${value.map(jsonText).join(',')}]`;
  const entries = entriesOf(value);
  if (entries !== undefined) return `{${entries.map(([key, element]) => `${jsonKey(key)}:${jsonText(element)}`).join(',')}}`;
  if (value instanceof RegoSet) throw new Error('write the answer of a builtin: a set');
  return JSON.stringify(value);
}

function jsonKey(key: RegoValue): string {
  if (typeof key !== 'string') throw new Error('write the answer of a builtin: a key that is not a string');
  return jsonText(key);
}
