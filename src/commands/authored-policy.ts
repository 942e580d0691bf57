// One policy in a file: as the stages read it, with the places of what is wrong with it. Pure.
import type { RuleProblem } from '../evaluation/program.ts';
import { isJsonObject } from '../facts/json.ts';
import { parsePolicy } from '../policy/parse.ts';
import type { Policy, PolicyProblem, PolicyRule } from '../policy/policy.ts';
import type { Place } from './place.ts';
import { offsetInRego } from './rego-place.ts';
import type { SourceFile, SourceProblem } from './source-file.ts';
import type { YamlDocument } from './yaml-source.ts';

/** Where an object stands: in a document of a file, at a path that is empty but for the items of a List. */
export interface ObjectPlace {
  readonly source: SourceFile;
  readonly document: YamlDocument;
  readonly path: string;
}

export interface AuthoredPolicy {
  /** Empty when it has none. */
  readonly name: string;
  readonly source: SourceFile;
  /** Where the name stands. */
  readonly nameAt: Place;
  /** Absent when the API server would refuse it; `problems` then say why. */
  readonly policy?: Policy;
  readonly problems: readonly SourceProblem[];
  /** All rules that can be read, also of a policy that cannot. */
  readonly rules: readonly PolicyRule[];
  /** Returns where the end of the exception of this index stands. */
  readonly exceptionAt: (index: number) => Place;
  /** Returns where a problem of one of these rules stands, which has this index among `rules`. */
  readonly placeOf: (problem: RuleProblem, ruleIndex: number) => Place;
}

/** Tells whether an object means to be a policy, of whatever version. */
export function isPolicyObject(object: unknown): boolean {
  return isJsonObject(object) && object.kind === 'KubeXrayPolicy';
}

/** Reads a policy. Never throws. */
export function readPolicy(object: unknown, place: ObjectPlace): AuthoredPolicy {
  const { source, document } = place;
  const parsed = parsePolicy(object);
  const metadata = isJsonObject(object) && isJsonObject(object.metadata) ? object.metadata : {};
  const problems = 'problems' in parsed ? parsed.problems.map((problem) => sourceProblem(problem, place)) : [];
  const readable: readonly ReadableRule[] =
    'policy' in parsed ? parsed.policy.rules.map((rule, index) => ({ rule, index })) : readableRules(object);
  return {
    name: typeof metadata.name === 'string' ? metadata.name : '',
    source,
    nameAt: document.placeOf(below(place.path, 'metadata.name')),
    ...('policy' in parsed ? { policy: parsed.policy } : {}),
    problems,
    rules: readable.map(({ rule }) => rule),
    exceptionAt: (index) => document.placeOf(below(place.path, `spec.exceptions[${index}].until`)),
    placeOf: (problem, ruleIndex) => {
      const path = below(place.path, `spec.rules[${readable[ruleIndex]?.index ?? 0}]`);
      return placeOfRuleProblem(problem, { document, path, rego: regoOf(readable[ruleIndex]?.rule) });
    },
  };
}

interface ReadableRule {
  readonly rule: PolicyRule;
  /** Its index in the policy. */
  readonly index: number;
}

/** A misspelt action is no reason to keep quiet about the rules: each that stands alone is read as if it were in a policy of its own. */
function readableRules(object: unknown): readonly ReadableRule[] {
  const spec = isJsonObject(object) && isJsonObject(object.spec) ? object.spec : {};
  return (Array.isArray(spec.rules) ? spec.rules : []).flatMap((rule: unknown, index) => {
    const { name, use, rego, parameters } = isJsonObject(rule) ? rule : {};
    const alone = parsePolicy({
      ...{ apiVersion: 'kubexray.io/v1alpha1', kind: 'KubeXrayPolicy', metadata: { name: 'alone' } },
      spec: { rules: [{ name, use, rego, parameters }] },
    });
    return 'policy' in alone ? alone.policy.rules.map((one) => ({ rule: one, index })) : [];
  });
}

function sourceProblem({ path, message, hint, isName }: PolicyProblem, { source, document, path: root }: ObjectPlace): SourceProblem {
  const place = document.placeOf(below(root, path), isName === true ? 'name' : 'value');
  return { source, reason: 'InvalidField', message: `${path} ${message}`, ...(hint === undefined ? {} : { hint }), ...place };
}

function regoOf(rule: PolicyRule | undefined): string {
  return rule?.source.kind === 'inline' ? rule.source.rego : '';
}

interface RulePlace {
  readonly document: YamlDocument;
  /** Of the rule's entry. */
  readonly path: string;
  readonly rego: string;
}

function placeOfRuleProblem(problem: RuleProblem, rule: RulePlace): Place {
  const { path, isName } = problem;
  if (path !== undefined) return rule.document.placeOf(below(rule.path, path), isName === true ? 'name' : 'value');
  const regoPath = below(rule.path, 'rego');
  const offset = offsetInRego(rule.rego, problem);
  const inText = offset === undefined ? undefined : rule.document.placeInText(regoPath, offset);
  // Of the whole text, or of a library rule, whose text is not here.
  return inText ?? rule.document.placeOf(rule.rego === '' ? below(rule.path, 'use') : regoPath, 'name');
}

function below(root: string, path: string): string {
  if (root === '' || path === '') return root + path;
  return path.startsWith('[') ? root + path : `${root}.${path}`;
}
