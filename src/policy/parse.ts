// Turns an unknown object into a policy or into problems with their paths, by the CRD's own schema.
import { Ajv, type ErrorObject } from 'ajv';
import { isJsonObject, type JsonObject } from '../facts/json.ts';
import { closestWord } from './closest-word.ts';
import { parseDurationMs } from './duration.ts';
import type { Actions as ActionsSpec, KubeXrayPolicy, KubeXrayPolicyStatus, Rule } from './kubexraypolicy.generated.ts';
import { kubexraypolicySchema } from './kubexraypolicy-schema.generated.ts';
import { exceptionOf, exceptionProblems } from './parse-exceptions.ts';
import type { Actions, Policy, PolicyMatch, PolicyProblem, PolicyRule } from './policy.ts';

/** Exactly one member is there; `problems` is never empty. */
export type ParsedPolicy = { readonly policy: Policy } | { readonly problems: readonly PolicyProblem[] };

const defaultMaxAge = '24h';
const { spec: specSchema, status: statusSchema } = kubexraypolicySchema.properties;

// x-kubernetes-… and `format` are the API server's; the schema itself was accepted by it.
const ajv = new Ajv({ strict: false, allErrors: true, verbose: true, validateFormats: false });
const isSpec = ajv.compile(Object(closedCopy(specSchema)));
const isStatus = ajv.compile(statusSchema);

/**
 * Parses an object as the API server stores it or as a person wrote it. Unknown fields are problems, as they are for a strict client:
 * what is not understood is not enforced.
 */
export function parsePolicy(object: unknown): ParsedPolicy {
  if (!isJsonObject(object) || !isJsonObject(object.metadata) || typeof object.metadata.name !== 'string') {
    return { problems: [{ path: 'metadata.name', message: 'is missing' }] };
  }
  if (object.kind !== 'KubeXrayPolicy' || object.apiVersion !== 'kubexray.io/v1alpha1') {
    return { problems: [{ path: 'kind', message: 'must be KubeXrayPolicy of kubexray.io/v1alpha1' }] };
  }
  const outer = objectProblems(object, object.metadata);
  if (!isSpec(object.spec)) return { problems: [...outer, ...(isSpec.errors ?? []).map(problemOf)] };
  if (outer.length > 0) return { problems: outer };
  // Guaranteed by the check against the schema that the type is generated from.
  const typed = object as unknown as KubeXrayPolicy;
  const problems = semanticProblems(typed);
  return problems.length > 0 ? { problems } : { policy: policyOf(typed) };
}

/** What the API server checks of every object, whatever its kind. */
function objectProblems(object: JsonObject, metadata: JsonObject): PolicyProblem[] {
  const outer = ['apiVersion', 'kind', 'metadata', 'spec', 'status'];
  const problems = Object.keys(object)
    .filter((name) => !outer.includes(name))
    .map((name) => unknownField('', name, outer));
  for (const name of Object.keys(metadata))
    if (!metadataFields.includes(name)) problems.push(unknownField('metadata', name, metadataFields));
  const { name } = metadata;
  // https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-subdomain-names
  if (typeof name === 'string' && (name.length > 253 || !/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(name)))
    problems.push({ path: 'metadata.name', message: 'must be lower-case letters, digits, - and . with a letter or digit at both ends' });
  for (const field of ['labels', 'annotations'] as const) {
    const texts = metadata[field];
    if (texts === undefined || texts === null) continue;
    if (!isJsonObject(texts)) problems.push({ path: `metadata.${field}`, message: 'must be object' });
    else
      for (const [key, value] of Object.entries(texts))
        if (typeof value !== 'string') problems.push({ path: `metadata.${field}.${key}`, message: 'must be string' });
  }
  return problems;
}

const metadataFields: readonly string[] = [
  ...['name', 'labels', 'annotations', 'generateName', 'namespace', 'selfLink', 'uid', 'resourceVersion', 'generation'],
  ...['creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds', 'ownerReferences', 'finalizers', 'managedFields'],
];

/** What the schema cannot say and the API server checks by CEL. */
function semanticProblems({ spec }: KubeXrayPolicy): PolicyProblem[] {
  const problems: PolicyProblem[] = [...selectorProblems(spec.match ?? {})];
  const names = new Set<string>();
  const maxAgeMs = parseDurationMs(spec.facts?.maxAge ?? defaultMaxAge);
  if (maxAgeMs === undefined || maxAgeMs < 2000) problems.push({ path: 'spec.facts.maxAge', message: 'must be a duration of at least 2s' });
  for (const [index, rule] of spec.rules.entries()) {
    const path = `spec.rules[${index}]`;
    if ((rule.use === undefined) === (rule.rego === undefined)) problems.push({ path, message: 'give exactly one of use and rego' });
    if (names.has(rule.name)) problems.push({ path: `${path}.name`, message: `${rule.name} is the name of an earlier rule` });
    names.add(rule.name);
  }
  return [...problems, ...exceptionProblems(spec.exceptions ?? [], [...names])];
}

function selectorProblems(match: PolicyMatch): PolicyProblem[] {
  return (['namespaceSelector', 'workloadSelector'] as const).flatMap((name) =>
    (match[name]?.matchExpressions ?? []).flatMap(({ operator, values = [] }, index) => {
      const needsValues = operator === 'In' || operator === 'NotIn';
      if (needsValues === values.length > 0) return [];
      const path = `spec.match.${name}.matchExpressions[${index}]`;
      return [{ path, message: 'In and NotIn need values; Exists and DoesNotExist take none' }];
    }),
  );
}

function policyOf({ metadata, spec, status }: KubeXrayPolicy): Policy {
  return {
    name: metadata.name,
    uid: metadata.uid ?? '',
    generation: metadata.generation ?? 0,
    mode: spec.mode ?? 'DryRun',
    match: spec.match ?? {},
    maxAgeMs: parseDurationMs(spec.facts?.maxAge ?? defaultMaxAge) ?? 0,
    watches: [...new Set(spec.facts?.watches)],
    rules: spec.rules.map(ruleOf),
    exceptions: (spec.exceptions ?? []).map(exceptionOf),
    status: statusOf(status),
  };
}

function ruleOf(rule: Rule): PolicyRule {
  return {
    name: rule.name,
    source: rule.use === undefined ? { kind: 'inline', rego: rule.rego ?? '' } : { kind: 'library', name: rule.use },
    parameters: rule.parameters ?? {},
    actions: effectiveActions(rule.actions ?? {}),
  };
}

/** Returns the actions in force: a kind without a key has `default`, which is Ignore if absent. */
function effectiveActions(actions: ActionsSpec): Actions {
  const fallback = actions.default ?? 'Ignore';
  return { deployments: actions.deployments ?? fallback, statefulSets: actions.statefulSets ?? fallback, default: fallback };
}

/** A status of another shape (somebody else wrote it, or an older version) is no status: it is written anew. */
function statusOf(status: unknown): KubeXrayPolicyStatus | undefined {
  // Guaranteed by the check against the schema that the type is generated from.
  return status !== undefined && isStatus(status) ? (status as KubeXrayPolicyStatus) : undefined;
}

function problemOf(error: ErrorObject): PolicyProblem {
  // A JSON pointer, in which ~1 is a slash within a name (labels have some) and ~0 is ~.
  const steps = error.instancePath.replace(/\/(\d+)/g, '[$1]').replaceAll('/', '.');
  const path = `spec${steps.replaceAll('~1', '/').replaceAll('~0', '~')}`;
  switch (error.keyword) {
    case 'additionalProperties':
      return unknownField(
        path,
        String(error.params.additionalProperty),
        Object.keys(isJsonObject(error.parentSchema?.properties) ? error.parentSchema.properties : {}),
      );
    case 'required':
      return { path: `${path}.${String(error.params.missingProperty)}`, message: 'is missing' };
    case 'enum': {
      const allowed = [error.params.allowedValues].flat().map(String);
      return { path, message: `must be one of ${allowed.join(', ')}`, ...meant(String(error.data), allowed) };
    }
    default:
      return { path, message: error.message ?? 'is not valid' };
  }
}

function unknownField(path: string, name: string, known: readonly string[]): PolicyProblem {
  return { path: path === '' ? name : `${path}.${name}`, message: 'is not a known field', ...meant(name, known), isName: true };
}

function meant(word: string, known: readonly string[]): { hint?: string } {
  const closest = closestWord(word, known);
  return closest === undefined ? {} : { hint: `did you mean \`${closest}\`?` };
}

/** Returns the schema with every object closed that the API server would prune. */
function closedCopy(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(closedCopy);
  if (!isJsonObject(node)) return node;
  const copy = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, closedCopy(value)]));
  const isOpen = node['x-kubernetes-preserve-unknown-fields'] === true || node.additionalProperties !== undefined;
  return node.type === 'object' && isJsonObject(node.properties) && !isOpen ? { ...copy, additionalProperties: false } : copy;
}
