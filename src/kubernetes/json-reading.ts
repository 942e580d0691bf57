// Total readers of JSON that nothing has checked: each returns the value when it has the right type, else an empty one.
import { isJsonObject, type JsonObject } from '../facts/json.ts';

const nothing: JsonObject = {};

/** Returns the text, or an empty one. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Returns the number when it is finite, or the fallback. */
export function numberOf(value: unknown, fallback: number): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : fallback;
}

/** Returns the object, or an empty one. */
export function objectOf(value: unknown): JsonObject {
  return isJsonObject(value) ? value : nothing;
}

/** Returns the members of a list that are objects. Go writes an empty list as null at times. */
export function objectsOf(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

/** Returns the value at a path of member names; undefined where the path ends early. */
export function valueAt(value: unknown, ...path: readonly string[]): unknown {
  let current = value;
  for (const name of path) {
    if (!isJsonObject(current)) return undefined;
    current = current[name];
  }
  return current;
}
