// The evaluator of `@open-policy-agent/opa-wasm` as it is shipped, beside ours, on the same module.
import { loadPolicy } from '@open-policy-agent/opa-wasm';
import type { JsonObject } from '../../src/facts/json.ts';
import { entryPoint } from '../../src/opa/entry-module.ts';
import { parseDurationNs, parseTimeNs } from '../../src/opa/rego-time.ts';

/** Returns a function that has each rule evaluated on a document, as its users call it: with an object, once per entry point. */
export async function stockEvaluator(wasm: Uint8Array, ruleIds: readonly string[]): Promise<(document: JsonObject) => readonly unknown[]> {
  // What it lacks and the library rules need. As numbers: near enough for a comparison of times.
  const builtins = {
    'time.parse_rfc3339_ns': (text: string) => Number(parseTimeNs(text)),
    'time.parse_duration_ns': (text: string) => Number(parseDurationNs(text)),
  };
  const policy = await loadPolicy(wasm.slice().buffer, undefined, builtins);
  policy.setData({});
  return (document) => ruleIds.map((id) => policy.evaluate(document, entryPoint(id)));
}
