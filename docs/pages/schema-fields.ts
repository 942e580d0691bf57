// Reads the fields out of a JSON schema, in words that a table of them needs; pure.
import { isJsonObject, type JsonObject } from '../../src/facts/json.ts';

/** A field of an object. */
export interface SchemaField {
  readonly name: string;
  readonly schema: JsonObject;
  readonly isRequired: boolean;
}

/** Returns the fields of an object in the order of the schema. */
export function fieldsOf(schema: JsonObject): readonly SchemaField[] {
  const required: readonly unknown[] = Array.isArray(schema.required) ? schema.required : [];
  const properties = isJsonObject(schema.properties) ? Object.entries(schema.properties) : [];
  return properties.map(([name, value]) => ({ name, schema: object(value), isRequired: required.includes(name) }));
}

/** Returns the schema of what a field holds when that is an object, or a list of objects; undefined otherwise. */
export function objectIn(schema: JsonObject): { readonly schema: JsonObject; readonly suffix: '' | '[]' } | undefined {
  if (isJsonObject(schema.properties)) return { schema, suffix: '' };
  const items = object(schema.items);
  return isJsonObject(items.properties) ? { schema: items, suffix: '[]' } : undefined;
}

/** Returns what a field holds, in words: `text`, `list of objects`, `number or null`. */
export function typeOf(schema: JsonObject): string {
  if (Array.isArray(schema.anyOf)) return schema.anyOf.map((part: unknown) => typeOf(object(part))).join(' or ');
  switch (schema.type) {
    case 'string':
      return schema.format === 'duration' || isDurationPattern(schema.pattern)
        ? 'duration'
        : schema.format === 'date-time'
          ? 'time'
          : 'text';
    case 'array':
      return schema.items === undefined ? 'list' : `list of ${plural(typeOf(object(schema.items)))}`;
    case 'object':
      return isJsonObject(schema.additionalProperties) ? `map of ${plural(typeOf(schema.additionalProperties))}` : 'object';
    default:
      return typeof schema.type === 'string' ? schema.type : 'anything';
  }
}

/** Returns the words that a field, or an entry of its list, may be; empty when it may be any. */
export function wordsOf(schema: JsonObject): readonly string[] {
  const words = schema.enum ?? object(schema.items).enum;
  return Array.isArray(words) ? words.map(String) : [];
}

/** Returns the description in one line; empty when there is none. */
export function descriptionOf(schema: JsonObject): string {
  return typeof schema.description === 'string' ? schema.description.trim() : '';
}

function isDurationPattern(pattern: unknown): boolean {
  return typeof pattern === 'string' && pattern.includes('(ms|s|m|h)');
}

function plural(type: string): string {
  return type === 'text' || type.includes(' ') ? type.replace(/^text$/, 'texts') : `${type}s`;
}

function object(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}
