// The identity of a rule: what its verdict depends on besides the input document. Pure.
import { createHash } from 'node:crypto';
import type { JsonObject } from '../facts/json.ts';

/**
 * Returns the SHA-256, in lower-case hex, of all that the answers of a rule depend on besides the document. The order of keys in
 * `parameters` does not count.
 */
export function ruleId(rule: {
  readonly rego: string;
  readonly lib: string;
  readonly parameters: JsonObject;
  readonly parametersSchema: JsonObject;
  readonly watches?: readonly string[];
}): string {
  const watches = rule.watches === undefined ? [] : [rule.watches];
  const text = JSON.stringify([rule.rego, rule.lib, rule.parameters, rule.parametersSchema, ...watches], sortKeys);
  return createHash('sha256').update(text).digest('hex');
}

function sortKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
