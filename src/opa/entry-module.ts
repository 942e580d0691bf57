// The generated module with one entry point per rule, where each rule meets its own parameters. Pure.
import type { JsonObject } from '../facts/json.ts';

/** One rule of a module. */
export interface Entry {
  readonly ruleId: string;
  /** The package of its text as a reference, such as `data.kubexray.rules.t_1["shop"]`. */
  readonly reference: string;
  readonly parameters: JsonObject;
  readonly definesUndecided: boolean;
  /** Absent where the rule reads no violations of watches for certain. */
  readonly watches?: readonly string[] | undefined;
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
  const images = entries.some(({ watches }) => watches !== undefined) ? imagesFunction : '';
  return `package kubexray.run\n${images}${entries.length === 0 ? 'none := true\n' : entries.map(entryRules).join('')}`;
}

/** The images with the violations of some watches only. */
const imagesFunction = `images(watches) := [object.union(object.remove(image, {"violations"}), {"violations": violations}) |
  some image in input.images
  violations := [violation | some violation in image.violations; violation.watch in watches]
]
`;

function entryRules({ ruleId, reference, parameters, definesUndecided, watches }: Entry): string {
  const name = `r_${ruleId}`;
  const own = watches === undefined ? '' : ` with input.watches as ${literal(watches)} with input.images as images(${literal(watches)})`;
  const set = (of: string): string =>
    `${name}["${of}"] := answer if answer := ${reference}.${of} with input.parameters as ${literal(parameters)}${own}\n`;
  return `${name}["seen"] := input.now\n${set('violation')}${definesUndecided ? set('undecided') : ''}`;
}

/** JSON is Rego, but for halves of surrogate pairs, which abort the evaluation when they are met. */
function literal(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => (typeof part === 'string' ? part.toWellFormed() : part));
}
