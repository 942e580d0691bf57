// Policies for tests, as the stages read them and as people write them: what a test does not say is filled in.
import type { JsonObject } from '../../src/facts/json.ts';
import type { Actions, Policy, PolicyRule } from '../../src/policy/policy.ts';

/** Ignore for every kind. */
export function actions(given: Partial<Actions> = {}): Actions {
  const fallback = given.default ?? 'Ignore';
  return { deployments: fallback, statefulSets: fallback, default: fallback, ...given };
}

/** The library rule of its name, without parameters. */
export function rule(given: Partial<PolicyRule> = {}): PolicyRule {
  const name = given.name ?? 'security';
  return { name, source: { kind: 'library', name }, parameters: {}, actions: actions(), ...given };
}

/** An enforced policy about every workload, with one rule that only reports. */
export function policy(given: Partial<Policy> = {}): Policy {
  const name = given.name ?? 'production';
  return {
    name,
    uid: `uid-${name}`,
    generation: 1,
    mode: 'Enforce',
    match: {},
    maxAgeMs: 24 * 3_600_000,
    watches: [],
    rules: [rule()],
    exceptions: [],
    status: undefined,
    ...given,
  };
}

/** A KubeXrayPolicy as somebody writes it, with one rule. */
export function policyObject(spec: JsonObject = {}, others: JsonObject = {}): JsonObject {
  return {
    apiVersion: 'kubexray.io/v1alpha1',
    kind: 'KubeXrayPolicy',
    metadata: { name: 'production', uid: 'uid-production', generation: 3 },
    spec: { rules: [{ name: 'no-high', use: 'security' }], ...spec },
    ...others,
  };
}
