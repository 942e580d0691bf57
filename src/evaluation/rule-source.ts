// From a rule of a policy to what the compiler takes: the library rule or the inline text, with its parameters. Pure.

import { isDeepStrictEqual } from 'node:util';
import { compareTexts } from '../facts/compare-texts.ts';
import type { JsonObject } from '../facts/json.ts';
import { suggestion } from '../policy/closest-word.ts';
import type { RuleLibrary } from '../policy/library.ts';
import { checkParameters, inferSchema } from '../policy/parameters.ts';
import type { PolicyRule } from '../policy/policy.ts';
import type { RuleProblem, RuleSource } from './program.ts';
import { readsViolations } from './reads-violations.ts';
import { ruleId } from './rule-id.ts';

const maxParameterDepth = 32;

export type FoundSource =
  /** `needsWatches`: while one of these is not known the rule can tell nothing. */
  { readonly source: RuleSource; readonly needsWatches: readonly string[] } | { readonly problems: readonly RuleProblem[] };

/**
 * Returns the source of a rule of a policy with these watches, or why there is none: no such library rule, or parameters that do not fit
 * its schema.
 */
export function ruleSource(rule: PolicyRule, watches: readonly string[], library: RuleLibrary): FoundSource {
  if (isDeeperThan(rule.parameters, maxParameterDepth)) {
    const message = `parameters are nested deeper than ${maxParameterDepth}`;
    return { problems: [{ reason: 'InvalidParameters', message, path: 'parameters' }] };
  }
  const sorted = watches.toSorted(compareTexts);
  if (rule.source.kind === 'inline') {
    const { rego } = rule.source;
    const inline = { rego, parameters: rule.parameters, parametersSchema: inferSchema(rule.parameters), watches: sorted };
    return { source: withId(inline, library), needsWatches: readsViolations(rego) ? sorted : [] };
  }
  const found = library.rules.get(rule.source.name);
  if (found === undefined) {
    const { name } = rule.source;
    const hint = suggestion(name, [...library.rules.keys()].sort(), 'there are');
    const problem = { reason: 'UnknownLibraryRule', message: `use: there is no library rule ${name}`, path: 'use' };
    return { problems: [{ ...problem, ...(hint === undefined ? {} : { hint }) }] };
  }
  const checked = checkParameters(rule.parameters, found.parametersSchema, { rule: found.name, path: 'parameters' });
  if ('problems' in checked) {
    return {
      problems: checked.problems.map((problem) => ({
        ...problem,
        reason: 'InvalidParameters',
        message: `${problem.path} ${problem.message}`,
      })),
    };
  }
  const { rego, parametersSchema, readsViolationsIf } = found;
  const { parameters } = checked;
  const reads = readsViolationsIf === undefined ? readsViolations(rego) : hasValues(parameters, readsViolationsIf);
  const source = { rego, parameters, parametersSchema, ...(reads || readsViolationsIf === undefined ? { watches: sorted } : {}) };
  return { source: withId(source, library), needsWatches: reads ? sorted : [] };
}

function hasValues(parameters: JsonObject, values: JsonObject): boolean {
  return Object.entries(values).every(([name, value]) => isDeepStrictEqual(parameters[name], value));
}

/** Everything that walks parameters does so by recursion, here and in the compiler. */
function isDeeperThan(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return depth === 0 || Object.values(value).some((member) => isDeeperThan(member, depth - 1));
}

function withId(rule: Omit<RuleSource, 'id'>, { lib }: RuleLibrary): RuleSource {
  return { ...rule, id: ruleId({ ...rule, lib }) };
}
