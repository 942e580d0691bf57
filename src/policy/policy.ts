// A KubeXrayPolicy as the stages read it: defaults filled in, durations in milliseconds.
import type { JsonObject } from '../facts/json.ts';
import type { KubeXrayPolicyStatus, LabelSelector } from './kubexraypolicy.generated.ts';

export type Mode = 'DryRun' | 'Enforce';
export type Action = 'Ignore' | 'ScaleDown' | 'Delete';

/** Actions in force: every key has a value. */
export interface Actions {
  readonly deployments: Action;
  readonly statefulSets: Action;
  readonly default: Action;
}

export interface PolicyRule {
  readonly name: string;
  /** Exactly one of the two is given. */
  readonly source: { readonly kind: 'library'; readonly name: string } | { readonly kind: 'inline'; readonly rego: string };
  /** As written; defaults of a library rule are filled in when it is compiled. */
  readonly parameters: JsonObject;
  readonly actions: Actions;
}

/** All given parts must hold; absent ones hold always. */
export interface PolicyMatch {
  readonly namespaces?: readonly string[];
  readonly excludeNamespaces?: readonly string[];
  readonly namespaceSelector?: LabelSelector;
  readonly workloadSelector?: LabelSelector;
  readonly kinds?: readonly string[];
  readonly images?: readonly string[];
}

/** What is excused until a moment. */
export interface PolicyException {
  readonly name: string;
  readonly reason: string;
  /** From this moment on it excuses nothing. */
  readonly until: Date;
  /** All parts that have an entry must hold; an empty one is as if it were absent. At least one has an entry. */
  readonly match: { readonly namespaces?: readonly string[]; readonly workloads?: readonly string[]; readonly images?: readonly string[] };
  /** Absent: every rule. */
  readonly rules?: readonly string[];
  /** At most one of the two is there; with neither everything that the rules say is excused. */
  readonly cves?: readonly string[];
  readonly licenses?: readonly string[];
}

export interface Policy {
  readonly name: string;
  readonly uid: string;
  readonly generation: number;
  readonly mode: Mode;
  readonly match: PolicyMatch;
  readonly maxAgeMs: number;
  /** Of Xray, each once; their violations are for rules of this policy. */
  readonly watches: readonly string[];
  readonly rules: readonly PolicyRule[];
  readonly exceptions: readonly PolicyException[];
  /** As last seen; undefined before the first write and when it is not of the known shape. */
  readonly status: KubeXrayPolicyStatus | undefined;
}

/** Something wrong with a policy, at a path such as `spec.rules[0].actions.deployments`. */
export interface PolicyProblem {
  readonly path: string;
  readonly message: string;
  /** What to do about it, where the message does not say. */
  readonly hint?: string;
  /** It is about the name of the field, not about what stands there. */
  readonly isName?: true;
}
