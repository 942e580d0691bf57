// Reads members of an answer that nothing has checked yet, and names the place where one has the wrong type.

import { isJsonObject, type JsonObject } from '../facts/json.ts';

/** Thrown inside the parser, and caught by it; the message is `<path> <what is wrong>`. */
export class ShapeProblem extends Error {
  constructor(path: string, problem: string) {
    super(`${path} ${problem}`);
  }
}

/** Returns the object, or throws `ShapeProblem`. */
export function objectAt(value: unknown, path: string): JsonObject {
  if (!isJsonObject(value)) throw new ShapeProblem(path, 'is not an object');
  return value;
}

/** Returns the list; null and absent are empty, as Go servers write a list that was never filled. */
export function listAt(value: unknown, path: string): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new ShapeProblem(path, 'is not a list');
  return value;
}

/** Returns the text with lone surrogates replaced (they cannot be written as UTF-8); null and absent are empty. */
export function textAt(value: unknown, path: string): string {
  if (value === undefined || value === null) return '';
  if (typeof value !== 'string') throw new ShapeProblem(path, 'is not a text');
  return value.toWellFormed();
}

/** As `textAt`, for what must not be empty. */
export function nameAt(value: unknown, path: string): string {
  const text = textAt(value, path);
  if (text === '') throw new ShapeProblem(path, 'is absent or empty');
  return text;
}

/** Returns the flag; null and absent are false. */
export function flagAt(value: unknown, path: string): boolean {
  if (value === undefined || value === null) return false;
  if (typeof value !== 'boolean') throw new ShapeProblem(path, 'is not true or false');
  return value;
}

const timePattern = /^\d{4}-(\d\d)-(\d\d)T([01]\d|2[0-3])(:[0-5]\d){2}(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/i;

/**
 * Returns an RFC 3339 time in UTC, to the millisecond. Empty for null, absent, a text that is no time, and the zero time
 * (year 1) that Go servers write for one that was never set.
 */
export function timeAt(value: unknown, path: string): string {
  const text = textAt(value, path);
  const match = timePattern.exec(text);
  if (match === null) return '';
  // Most are as we write them, of a day that every month has.
  if (text.length === 24 && text[10] === 'T' && text.endsWith('Z') && text > '0002' && Number(match[2]) < 29) return text;
  // JavaScript would turn 31 April into 1 May.
  const day = new Date(`${text.slice(0, 10)}T00:00:00Z`);
  if (Number.isNaN(day.getTime()) || day.getUTCDate() !== Number(match[2])) return '';
  const time = new Date(text.toUpperCase());
  const year = time.getUTCFullYear();
  return year > 1 && year < 10_000 ? time.toISOString() : '';
}

/** Returns the non-empty texts of a list. */
export function textsAt(value: unknown, path: string): readonly string[] {
  return listAt(value, path)
    .map((item, index) => textAt(item, `${path}[${index}]`))
    .filter((text) => text !== '');
}
