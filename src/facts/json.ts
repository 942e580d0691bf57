// JSON as a type, and the few questions asked of values that nothing has checked yet.

/** A JSON object whose members nothing has checked. */
export type JsonObject = { readonly [key: string]: unknown };

/** Tells whether a value is an object, not an array and not null. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
