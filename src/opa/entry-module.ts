// The generated module with one entry point per rule, where each rule meets its own parameters. Pure.
import type { JsonObject } from '../facts/json.ts';

/** One rule of a module. */
export interface Entry {
  readonly ruleId: string;
  /** The package of its text as a reference, such as `data.kubexray.rules.t_1["shop"]`. */
  readonly reference: string;
  readonly parameters: JsonObject;
  readonly definesUndecided: boolean;
}

/** The one entry point of a module without rules: opa builds none without any. */
export const emptyEntryPoint = 'kubexray/run/none';

/** Returns the name of a rule's entry point in a module. */
export function entryPoint(ruleId: string): string {
  return `kubexray/run/r_${ruleId}`;
}

/**
 * Returns the Rego of the entry module. The document is parsed once for all rules, so the parameters of each stand here instead: a
 * literal put in place of `input.parameters`. `seen` proves to the host that the input was read. Only rules that exist are named.
 */
export function entryModule(entries: readonly Entry[]): string {
  return `package kubexray.run\n${entries.length === 0 ? 'none := true\n' : entries.map(entryRules).join('')}`;
}

function entryRules({ ruleId, reference, parameters, definesUndecided }: Entry): string {
  const name = `r_${ruleId}`;
  // JSON is Rego, but for halves of surrogate pairs, which abort the evaluation when they are met.
  const literal = JSON.stringify(parameters, (_key, value: unknown) => (typeof value === 'string' ? value.toWellFormed() : value));
  const set = (of: string): string => `${name}["${of}"] := answer if answer := ${reference}.${of} with input.parameters as ${literal}\n`;
  return `${name}["seen"] := input.now\n${set('violation')}${definesUndecided ? set('undecided') : ''}`;
}
