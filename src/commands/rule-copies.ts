// Copies of a rule's text in the policy beside it, which a cluster runs instead of the rule's file. Pure.
import { isJsonObject } from '../facts/json.ts';
import { isPolicyObject } from './authored-policy.ts';
import type { SourceFile, SourceProblem } from './source-file.ts';
import { parseYaml } from './yaml-source.ts';

/** Returns a warning for each rule of the policies in a file that is of the same package as a rule, and has another text. */
export function outdatedCopies(rego: SourceFile, policy: SourceFile): readonly SourceProblem[] {
  return parseYaml(policy.text, 'kubectl').flatMap(({ value, placeOf }) => {
    const spec = isPolicyObject(value) && isJsonObject(value) && isJsonObject(value.spec) ? value.spec : {};
    return (Array.isArray(spec.rules) ? spec.rules : []).flatMap((rule: unknown, index): readonly SourceProblem[] => {
      const copy = isJsonObject(rule) && typeof rule.rego === 'string' ? rule.rego : undefined;
      if (copy === undefined || packageOf(copy) !== packageOf(rego.text) || comparable(copy) === comparable(rego.text)) return [];
      const message = 'policy.yaml has another text of the rule; copy rule.rego into it';
      return [{ source: policy, severity: 'warning', reason: 'OutdatedCopy', message, ...placeOf(`spec.rules[${index}].rego`, 'name') }];
    });
  });
}

function packageOf(rego: string): string | undefined {
  return /^package[ \t]+(\S+)/m.exec(rego)?.[1];
}

/** White space at the ends of lines is what YAML and editors change. */
function comparable(rego: string): string {
  return rego.trim().replaceAll(/[ \t\r]+$/gm, '');
}
