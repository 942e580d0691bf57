// What controllers would make of a workload that is only declared: its pods, and what stands between, as if its rollout had ended. Pure.
import { matchesLabels } from '../facts/labels.ts';
import type { ClusterObject, ControllerObject, OwnerReference, PodObject, RevisionObject } from '../facts/objects.ts';

/** A workload as a manifest declares it. */
export interface Declared {
  readonly object: ControllerObject;
  readonly templateLabels: Readonly<Record<string, string>>;
  /** A Job that has completed, failed or is suspended: it has no pods. */
  readonly hasEnded: boolean;
}

/** A workload may ask for more pods than memory has room for; more of the same say nothing new. */
const maxPods = 1000;
const revisionLabel = 'controller-revision-hash';

/** Returns the workload as it is once rolled out, and everything below it that `others` do not hold yet. */
export function rolledOut(declared: Declared, others: readonly ClusterObject[]): readonly ClusterObject[] {
  const { object } = declared;
  const children = others.filter(({ owners }) => owners.some((owner) => owner.controller && owner.uid === object.uid));
  switch (object.kind) {
    case 'Deployment':
      return [settled(declared, replicasOf(object)), ...belowDeployment(declared, children)];
    case 'ReplicaSet':
      return [settled(declared, replicasOf(object)), ...podsOf(declared, replicasOf(object))];
    case 'StatefulSet': {
      const revision = object.status.updateRevision || `${object.name}-0`;
      const pods = podsOf(declared, replicasOf(object), { [revisionLabel]: revision });
      return [settled(declared, replicasOf(object), revision), ...pods];
    }
    case 'DaemonSet':
      return belowDaemonSet(declared, children);
    case 'Job':
      return [settled(declared, 0), ...(declared.hasEnded ? [] : podsOf(declared, 1))];
    case 'CronJob':
      return [settled(declared, 0), ...belowCronJob(declared, children)];
  }
}

/** Tells whether pods of the template would belong to the workload; the API server refuses one where they do not. */
export function selectsItsPods({ object, templateLabels }: Declared): boolean {
  return object.selector === undefined || object.kind === 'CronJob' || matchesLabels(object.selector, templateLabels);
}

function replicasOf(object: ControllerObject): number {
  return Math.min(object.replicas, maxPods);
}

function settled({ object }: Declared, replicas: number, updateRevision = ''): ControllerObject {
  return { ...object, status: { observedGeneration: object.generation, replicas, updateRevision } };
}

function belowDeployment(declared: Declared, children: readonly ClusterObject[]): readonly ClusterObject[] {
  const { object } = declared;
  const hasNewest = children.some((child) => child.kind === 'ReplicaSet' && child.template.sha256 === object.template.sha256);
  if (hasNewest) return [];
  const set = childController(declared, { kind: 'ReplicaSet', apiVersion: 'apps/v1', replicas: object.replicas });
  return rolledOut({ ...declared, object: set }, []);
}

function belowCronJob(declared: Declared, children: readonly ClusterObject[]): readonly ClusterObject[] {
  if (children.length > 0) return [];
  const job = childController(declared, { kind: 'Job', apiVersion: 'batch/v1', replicas: 0 });
  return rolledOut({ ...declared, object: job }, []);
}

function belowDaemonSet(declared: Declared, children: readonly ClusterObject[]): readonly ClusterObject[] {
  const revisions = children.filter((child) => child.kind === 'ControllerRevision').sort((a, b) => b.revision - a.revision);
  const hash = revisions[0]?.labels[revisionLabel] ?? '0';
  const made = revisions.length > 0 ? [] : [firstRevision(declared, hash)];
  return [settled(declared, 0), ...made, ...podsOf(declared, 1, { [revisionLabel]: hash })];
}

function firstRevision({ object }: Declared, hash: string): RevisionObject {
  const { containers } = object.template;
  return {
    ...below(object, `${object.name}-${hash}`),
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    labels: { [revisionLabel]: hash },
    uid: `${object.uid}/ControllerRevision`,
    revision: 1,
    containers,
  };
}

function childController(
  { object, templateLabels }: Declared,
  own: Pick<ControllerObject, 'kind' | 'apiVersion' | 'replicas'>,
): ControllerObject {
  return {
    ...object,
    ...below(object, `${object.name}-0`),
    ...{ labels: templateLabels, generation: 1, rolloutStalled: false, uid: `${object.uid}/${own.kind}` },
    ...own,
  };
}

function podsOf({ object, templateLabels }: Declared, count: number, labels: Readonly<Record<string, string>> = {}): readonly PodObject[] {
  return Array.from({ length: count }, (_, index) => ({
    ...below(object, `${object.name}-${index}`),
    ...{ apiVersion: 'v1', kind: 'Pod', phase: 'Running', nodeName: '', labels: { ...templateLabels, ...labels } },
    containers: object.template.containers.map((container) => ({ ...container, imageID: '' })),
  }));
}

/** What an object below an owner has whatever its kind is. */
function below(owner: ControllerObject, name: string) {
  const { apiVersion, kind, uid, namespace, createdAt } = owner;
  const reference: OwnerReference = { apiVersion, kind, name: owner.name, uid, controller: true };
  const empty = { resourceVersion: '', generation: 0, labels: {}, annotations: {}, terminating: false };
  return { ...empty, namespace, name, uid: `${uid}/${name}`, createdAt, owners: [reference] };
}
