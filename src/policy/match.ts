// Whether a policy is about a workload. Pure; the same answer for controller and command line.
import { matchesLabels } from '../facts/labels.ts';
import type { Workload } from '../facts/workload.ts';
import { matchesAny } from './glob.ts';
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
