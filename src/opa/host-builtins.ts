// The builtins that the host supplies to a module, and what to write instead of those that nobody supplies. Pure.
import { alternativeTo } from './builtins/alternatives.ts';
import { digestBuiltins } from './builtins/digests.ts';
import { rangeStep } from './builtins/range-step.ts';
import { readValue } from './builtins/read-value.ts';
import { regexBuiltins } from './builtins/regex/regex.ts';
import type { RegoFunction } from './builtins/rego-value.ts';
import { semverBuiltins } from './builtins/semver.ts';
import { sprintf } from './builtins/sprintf.ts';
import { stringBuiltins } from './builtins/strings.ts';
import { isSubset } from './builtins/subset.ts';
import { timeBuiltins } from './builtins/time.ts';
import { unitBuiltins } from './builtins/units.ts';
import { writeValue } from './builtins/write-value.ts';

/**
 * Takes the arguments as `opa_value_dump` writes them (JSON, and Rego's notation for sets) and returns the result as JSON text, or
 * undefined: that is also what OPA makes of an error in a builtin. Throws for what cannot be answered here at all.
 */
export type HostBuiltin = (...dumps: readonly string[]) => string | undefined;

const functions: Readonly<Record<string, RegoFunction>> = {
  ...timeBuiltins,
  ...semverBuiltins,
  ...stringBuiltins,
  ...unitBuiltins,
  ...digestBuiltins,
  ...regexBuiltins,
  sprintf,
  'object.subset': isSubset,
  'numbers.range_step': rangeStep,
};

/** By name, as a module asks for them. */
export const hostBuiltins: ReadonlyMap<string, HostBuiltin> = new Map(
  Object.entries(functions).map(([name, answer]) => [name, hostBuiltin(answer)]),
);

function hostBuiltin(answer: RegoFunction): HostBuiltin {
  return (...dumps) => {
    const result = answer(...dumps.map(readValue));
    return result === undefined ? undefined : writeValue(result);
  };
}

/** Returns the sentence that stands in the problem of a rule which calls a builtin that there is not. */
export function refusedBuiltin(name: string): string {
  const alternative = alternativeTo(name);
  return `the builtin ${name} is not available to rules${alternative === undefined ? '' : `: ${alternative}`}`;
}
