// Projected Kubernetes objects for tests: what a test does not say is filled in. The uid of an object is `uid-<name>` unless given.
import { createHash } from 'node:crypto';
import type {
  ClusterObject,
  ControllerObject,
  NamespaceObject,
  NodeObject,
  OwnerReference,
  PodContainer,
  PodObject,
  RevisionObject,
  WorkloadKind,
} from '../../src/facts/objects.ts';

const identity = {
  namespace: 'shop',
  resourceVersion: '1',
  generation: 1,
  labels: {},
  annotations: {},
  createdAt: new Date('2026-11-01T00:00:00Z'),
  terminating: false,
  owners: [],
};

/** Returns a digest that is the same for the same word only. */
export function digestOf(word: string): string {
  return `sha256:${createHash('sha256').update(word).digest('hex')}`;
}

/** A container whose image has the digest of its reference. */
export function container(given: Partial<PodContainer> = {}): PodContainer {
  const image = given.image ?? 'registry.example.com/shop/api:1.4';
  const name = image.replace(/[@:][^/]*$/, '');
  return { name: 'api', type: 'container', imageID: `${name}@${digestOf(image)}`, ...given, image };
}

/** A running pod with one container. */
export function pod(given: Partial<PodObject> = {}): PodObject {
  const name = given.name ?? 'api-1';
  const own = {
    apiVersion: 'v1',
    name,
    uid: `uid-${name}`,
    kind: 'Pod',
    phase: 'Running',
    nodeName: '',
    containers: [container()],
  } as const;
  return { ...identity, ...own, generation: 0, ...given };
}

function controller(kind: WorkloadKind, given: Partial<ControllerObject>): ControllerObject {
  const name = given.name ?? 'api';
  return {
    ...identity,
    apiVersion: kind === 'Job' || kind === 'CronJob' ? 'batch/v1' : 'apps/v1',
    name,
    uid: `uid-${name}`,
    kind,
    replicas: kind === 'Deployment' || kind === 'StatefulSet' || kind === 'ReplicaSet' ? 1 : 0,
    template: { sha256: 'template-1', containers: [{ name: 'api', type: 'container', image: 'registry.example.com/shop/api:1.4' }] },
    status: { observedGeneration: 1, replicas: 1, updateRevision: '' },
    rolloutStalled: false,
    deletesVolumesWhenScaled: false,
    deletesVolumesWhenDeleted: false,
    ...given,
  };
}

export function deployment(given: Partial<ControllerObject> = {}): ControllerObject {
  return controller('Deployment', given);
}

export function statefulSet(given: Partial<ControllerObject> = {}): ControllerObject {
  return controller('StatefulSet', given);
}

export function daemonSet(given: Partial<ControllerObject> = {}): ControllerObject {
  return controller('DaemonSet', given);
}

export function replicaSet(given: Partial<ControllerObject> = {}): ControllerObject {
  return controller('ReplicaSet', given);
}

export function job(given: Partial<ControllerObject> = {}): ControllerObject {
  return controller('Job', given);
}

export function cronJob(given: Partial<ControllerObject> = {}): ControllerObject {
  return controller('CronJob', given);
}

/** A ControllerRevision. */
export function revision(given: Partial<RevisionObject> = {}): RevisionObject {
  const name = given.name ?? 'api-revision-1';
  const own = { apiVersion: 'apps/v1', name, uid: `uid-${name}`, kind: 'ControllerRevision', revision: 1, containers: [] } as const;
  return { ...identity, ...own, generation: 0, ...given };
}

export function namespace(given: Partial<NamespaceObject> = {}): NamespaceObject {
  const name = given.name ?? 'shop';
  return { ...identity, apiVersion: 'v1', name, uid: `uid-namespace-${name}`, kind: 'Namespace', namespace: '', generation: 0, ...given };
}

/** A node of linux/amd64. */
export function node(given: Partial<NodeObject> = {}): NodeObject {
  const name = given.name ?? 'node-1';
  const own = { apiVersion: 'v1', name, uid: `uid-node-${name}`, kind: 'Node', namespace: '', os: 'linux', architecture: 'amd64' } as const;
  return { ...identity, ...own, resourceVersion: '', generation: 0, ...given };
}

/** The ownerReference of a controlling owner. */
export function ownerReference(owner: Pick<ClusterObject, 'apiVersion' | 'kind' | 'name' | 'uid'>): OwnerReference;
/** Of an owner that is not watched: `uid-<name>` unless given. */
export function ownerReference(owner: Partial<OwnerReference>): OwnerReference;
export function ownerReference(owner: Partial<OwnerReference>): OwnerReference {
  const { apiVersion = 'example.com/v1', kind = 'Widget', name = 'widget', controller: isController = true } = owner;
  return { apiVersion, kind, name, uid: owner.uid ?? `uid-${name}`, controller: isController };
}
