// From a rule of a policy to what the compiler takes: the library rule or the inline text, with its parameters. Pure.
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
    return { problems: [{ reason: 'InvalidParameters', message: `parameters are nested deeper than ${maxParameterDepth}` }] };
  }
  if (rule.source.kind === 'inline') {
    return sourceOf({ rego: rule.source.rego, parameters: rule.parameters, parametersSchema: inferSchema(rule.parameters) }, library);
  }
  const found = library.rules.get(rule.source.name);
  if (found === undefined) {
    const known = [...library.rules.keys()].sort().join(', ');
    return {
      problems: [{ reason: 'UnknownLibraryRule', message: `use: there is no library rule ${rule.source.name}; there are ${known}` }],
    };
  }
  const checked = checkParameters(rule.parameters, found.parametersSchema, { rule: found.name, path: 'parameters' });
  if ('problems' in checked) {
    return { problems: checked.problems.map(({ path, message }) => ({ reason: 'InvalidParameters', message: `${path} ${message}` })) };
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
