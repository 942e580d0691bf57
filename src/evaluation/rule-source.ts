// From a rule of a policy to what the compiler takes: the library rule or the inline text, with its parameters. Pure.

import { suggestion } from '../policy/closest-word.ts';
import type { RuleLibrary } from '../policy/library.ts';
import { checkParameters, inferSchema } from '../policy/parameters.ts';
import type { PolicyRule } from '../policy/policy.ts';
import type { RuleProblem, RuleSource } from './program.ts';
import { ruleId } from './rule-id.ts';

const maxParameterDepth = 32;

export type FoundSource = { readonly source: RuleSource } | { readonly problems: readonly RuleProblem[] };

/** Returns the source of a rule, or why there is none: no such library rule, or parameters that do not fit its schema. */
export function ruleSource(rule: PolicyRule, library: RuleLibrary): FoundSource {
  if (isDeeperThan(rule.parameters, maxParameterDepth)) {
    const message = `parameters are nested deeper than ${maxParameterDepth}`;
    return { problems: [{ reason: 'InvalidParameters', message, path: 'parameters' }] };
  }
  if (rule.source.kind === 'inline') {
    return sourceOf({ rego: rule.source.rego, parameters: rule.parameters, parametersSchema: inferSchema(rule.parameters) }, library);
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
  return sourceOf({ rego: found.rego, parameters: checked.parameters, parametersSchema: found.parametersSchema }, library);
}

/** Everything that walks parameters does so by recursion, here and in the compiler. */
function isDeeperThan(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return depth === 0 || Object.values(value).some((member) => isDeeperThan(member, depth - 1));
}

function sourceOf(rule: Omit<RuleSource, 'id'>, { lib }: RuleLibrary): FoundSource {
  return { source: { ...rule, id: ruleId({ ...rule, lib }) } };
}
