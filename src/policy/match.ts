// Whether a policy is about a workload, and if not, why. Pure; the same answer for controller and command line.
import { matchesLabels } from '../facts/labels.ts';
import type { Workload } from '../facts/workload.ts';
import { matchesAny } from './glob.ts';
import type { PolicyMatch } from './policy.ts';

/** The first part of a match that does not hold, in the order of `kubectl explain`. */
export interface Mismatch {
  readonly part: keyof PolicyMatch;
  /** What the workload has there, such as `shop`; what is wanted stands in the policy. */
  readonly message: string;
}

/** Tells whether every given part of the match holds. */
export function matchesWorkload(match: PolicyMatch, workload: Workload): boolean {
  return firstMismatch(match, workload) === undefined;
}

/** Returns the first part that does not hold, in words; undefined exactly when the policy is about the workload. */
export function whyNotMatching(match: PolicyMatch, workload: Workload): Mismatch | undefined {
  const part = firstMismatch(match, workload);
  return part === undefined ? undefined : { part, message: messageOf(part, match, workload) };
}

/** Asked for every policy and workload at each pass, so it says no more than which part. */
function firstMismatch(match: PolicyMatch, workload: Workload): keyof PolicyMatch | undefined {
  const { namespace, kind } = workload.ref;
  if (match.namespaces !== undefined && !matchesAny(match.namespaces, namespace)) return 'namespaces';
  if (matchesAny(match.excludeNamespaces ?? [], namespace)) return 'excludeNamespaces';
  if (!matchesLabels(match.namespaceSelector ?? {}, workload.namespaceLabels)) return 'namespaceSelector';
  if (!matchesLabels(match.workloadSelector ?? {}, workload.labels)) return 'workloadSelector';
  if (match.kinds !== undefined && !match.kinds.includes(kind)) return 'kinds';
  const { images } = match;
  if (images !== undefined && !workload.images.some((image) => matchesAny(images, image.ref))) return 'images';
  return undefined;
}

function messageOf(part: keyof PolicyMatch, match: PolicyMatch, { ref, labels, namespaceLabels, images }: Workload): string {
  switch (part) {
    case 'namespaces':
      return `the namespace ${ref.namespace} matches none of ${listed(match.namespaces)}`;
    case 'excludeNamespaces':
      return `the namespace ${ref.namespace} is excluded by ${listed(match.excludeNamespaces?.filter((one) => matchesAny([one], ref.namespace)))}`;
    case 'namespaceSelector':
      return `the labels of the namespace ${ref.namespace} do not fit: ${labelList(namespaceLabels)}`;
    case 'workloadSelector':
      return `the labels of the workload do not fit: ${labelList(labels)}`;
    case 'kinds':
      return `the kind ${ref.kind} is none of ${listed(match.kinds)}`;
    case 'images':
      return `no image matches one of ${listed(match.images)}: ${images.length === 0 ? 'it has none' : images.map((image) => image.ref).join(', ')}`;
  }
}

function listed(texts: readonly string[] = []): string {
  return texts.length === 0 ? 'an empty list' : texts.join(', ');
}

function labelList(labels: Readonly<Record<string, string>>): string {
  const entries = Object.entries(labels).sort();
  return entries.length === 0 ? 'there are none' : entries.map(([key, value]) => `${key}=${value}`).join(', ');
}
