// From a rule of a policy to what the compiler takes: the library rule or the inline text, with its parameters. Pure.

import { isDeepStrictEqual } from 'node:util';
import { compareTexts } from '../facts/compare-texts.ts';
import type { JsonObject } from '../facts/json.ts';
import { suggestion } from '../policy/closest-word.ts';
import type { LibraryRule, ReadsViolations, RuleLibrary } from '../policy/library.ts';
import { checkParameters, inferSchema } from '../policy/parameters.ts';
import type { PolicyRule } from '../policy/policy.ts';
import type { RuleProblem, RuleSource } from './program.ts';
import { ruleId } from './rule-id.ts';

const maxParameterDepth = 32;

export type FoundSource =
  /** `needsWatches`: while one of these is not known the rule can tell nothing. An inline rule needs all that its policy names. */
  { readonly source: RuleSource; readonly needsWatches: readonly string[] } | { readonly problems: readonly RuleProblem[] };

/**
 * Returns the source of a rule of a policy with these watches, or why there is none: no such library rule, or parameters that do not fit
 * its schema, or that ask for violations where the policy names no watch.
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
    return { source: withId(inline, library), needsWatches: sorted };
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
  const { rego, parametersSchema } = found;
  const { parameters } = checked;
  if (!mayReadViolations(found, parameters)) return { source: withId({ rego, parameters, parametersSchema }, library), needsWatches: [] };
  if (found.readsViolations !== undefined && sorted.length === 0) return { problems: [noWatches(found.readsViolations)] };
  return { source: withId({ rego, parameters, parametersSchema, watches: sorted }, library), needsWatches: sorted };
}

/** What a rule says of itself is believed: only library rules say anything. */
function mayReadViolations({ readsViolations = true }: LibraryRule, parameters: JsonObject): boolean {
  if (typeof readsViolations === 'boolean') return readsViolations;
  return Object.entries(readsViolations).every(([name, value]) => isDeepStrictEqual(parameters[name], value));
}

/** Without watches there are no violations to find: such a rule would pass everything. */
function noWatches(readsViolations: ReadsViolations): RuleProblem {
  const [name] = typeof readsViolations === 'boolean' ? [] : Object.keys(readsViolations);
  const path = name === undefined ? 'use' : `parameters.${name}`;
  return { reason: 'NoWatches', message: `${path}: facts.watches of the policy names no watch of Xray`, path };
}

/** Everything that walks parameters does so by recursion, here and in the compiler. */
function isDeeperThan(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return depth === 0 || Object.values(value).some((member) => isDeeperThan(member, depth - 1));
}

function withId(rule: Omit<RuleSource, 'id'>, { lib }: RuleLibrary): RuleSource {
  return { ...rule, id: ruleId({ ...rule, lib }) };
}
