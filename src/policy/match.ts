// Whether a policy is about a workload. Pure; the same answer for controller and command line.
import type { Workload } from '../facts/workload.ts';
import { matchesAny } from './glob.ts';
import type { LabelRequirement, LabelSelector } from './kubexraypolicy.generated.ts';
import type { PolicyMatch } from './policy.ts';

/** Tells whether every given part of the match holds. */
export function matchesWorkload(match: PolicyMatch, workload: Workload): boolean {
  const { namespace, kind } = workload.ref;
  return (
    (match.namespaces === undefined || matchesAny(match.namespaces, namespace)) &&
    !matchesAny(match.excludeNamespaces ?? [], namespace) &&
    matchesLabels(match.namespaceSelector ?? {}, workload.namespaceLabels) &&
    matchesLabels(match.workloadSelector ?? {}, workload.labels) &&
    (match.kinds === undefined || match.kinds.includes(kind)) &&
    (match.images === undefined || workload.images.some((image) => matchesAny(match.images ?? [], image.ref)))
  );
}

function matchesLabels(selector: LabelSelector, labels: Readonly<Record<string, string>>): boolean {
  const { matchLabels = {}, matchExpressions = [] } = selector;
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every((requirement) => holds(requirement, labels))
  );
}

/** As Kubernetes defines it: NotIn also holds where the label is absent. */
function holds({ key, operator, values = [] }: LabelRequirement, labels: Readonly<Record<string, string>>): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
  }
}
