// Writes an answer of a builtin as JSON text for `opa_json_parse`. Pure.
import { BoundedText } from './bounds.ts';
import { entriesOf, isArray, NumberText, RegoSet, type RegoValue } from './rego-value.ts';

/** Returns the JSON text. Throws for what JSON cannot say (no builtin here answers with a set) and for an answer beyond 4 Mi characters. */
export function writeValue(value: RegoValue): string {
  const json = new BoundedText();
  write(value, json);
  return json.text();
}

function write(value: RegoValue, json: BoundedText): void {
  const entries = entriesOf(value);
  if (isArray(value)) {
    json.add('[');
    for (const [index, element] of value.entries()) {
      if (index > 0) json.add(',');
      write(element, json);
    }
    json.add(']');
  } else if (entries !== undefined) {
    json.add('{');
    for (const [index, [key, element]] of entries.entries()) {
      json.add(`${index > 0 ? ',' : ''}${jsonKey(key)}:`);
      write(element, json);
    }
    json.add('}');
  } else json.add(scalarText(value));
}

function scalarText(value: RegoValue): string {
  // The module aborts on an escaped lone surrogate.
  if (typeof value === 'string') return JSON.stringify(value.toWellFormed());
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof NumberText) return value.text;
  if (value instanceof RegoSet) throw new Error('write the answer of a builtin: a set');
  return JSON.stringify(value);
}

function jsonKey(key: RegoValue): string {
  if (typeof key !== 'string') throw new Error('write the answer of a builtin: a key that is not a string');
  return scalarText(key);
}
