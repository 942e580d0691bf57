// Which ownerReferences are to be believed: those that a controller of Kubernetes would have written itself. Pure.
import { matchesLabels } from './labels.ts';
import type { ClusterObject, ControllerObject, OwnerReference } from './objects.ts';

/** Kind of the child → kinds that make such children. Anything else that names one of these as its owner was written by hand. */
const makers: Readonly<Record<string, readonly string[]>> = {
  Pod: ['ReplicaSet', 'StatefulSet', 'DaemonSet', 'Job'],
  ReplicaSet: ['Deployment'],
  Job: ['CronJob'],
  ControllerRevision: ['StatefulSet', 'DaemonSet'],
};
const groups = ['apps/v1', 'batch/v1'];

/** Tells whether a reference names an owner of a kind that is watched and makes such children. */
export function namesMaker(child: ClusterObject, owner: OwnerReference): boolean {
  return groups.includes(owner.apiVersion) && (makers[child.kind]?.includes(owner.kind) ?? false);
}

/**
 * Tells whether the child is one that the owner counts as its own: whoever may create pods can write any ownerReference, and must not
 * bring an action on the workload of another, nor hide behind it. A controller lets go of what its selector does not match.
 */
export function isChildOf(child: ClusterObject, owner: ControllerObject): boolean {
  if (child.namespace !== owner.namespace || !(makers[child.kind]?.includes(owner.kind) ?? false)) return false;
  if (child.kind === 'ControllerRevision' || child.kind === 'Job') return true;
  if (owner.selector !== undefined && !matchesLabels(owner.selector, child.labels)) return false;
  // A StatefulSet's own pods are those of its name and a number.
  return owner.kind !== 'StatefulSet' || (child.name.startsWith(`${owner.name}-`) && /^\d+$/.test(child.name.slice(owner.name.length + 1)));
}
