// The parts of Kubernetes objects that the stages read: projected at the border, so that nothing else stays in memory.
import type { LabelSelector } from './labels.ts';

/** The kinds whose objects can be a workload, highest owner first wins (see `Cluster.workloadOf`). */
export const workloadKinds = ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'CronJob', 'Job'] as const;
export type WorkloadKind = (typeof workloadKinds)[number];

/** One entry of `metadata.ownerReferences`. */
export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller: boolean;
}

/** What every projected object has. `namespace` is empty for cluster-scoped objects. */
export interface ObjectIdentity {
  readonly apiVersion: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  /** 0 where the kind has no generation (pods, namespaces). */
  readonly generation: number;
  readonly labels: Readonly<Record<string, string>>;
  /** Without `kubectl.kubernetes.io/last-applied-configuration`; empty for pods that have a controller. */
  readonly annotations: Readonly<Record<string, string>>;
  readonly createdAt: Date;
  /** True from the moment metadata.deletionTimestamp is set. */
  readonly terminating: boolean;
  readonly owners: readonly OwnerReference[];
}

export type ContainerType = 'container' | 'init' | 'ephemeral';

/** A container as a pod template declares it; `image` is the reference as written. */
export interface TemplateContainer {
  readonly name: string;
  readonly type: ContainerType;
  readonly image: string;
}

/** A container of a pod; `imageID` is that of its status, empty until the image was pulled. */
export interface PodContainer extends TemplateContainer {
  readonly imageID: string;
  /** How the status names the image, where that is not `image` itself: a runtime fills in the registry, or knows a digest. */
  readonly statusImage?: string;
}

export interface PodObject extends ObjectIdentity {
  readonly kind: 'Pod';
  /** status.phase; empty when absent. */
  readonly phase: string;
  /** Empty until the pod is scheduled. */
  readonly nodeName: string;
  readonly containers: readonly PodContainer[];
}

/** A pod template, with a hash that is equal exactly when two templates are (the label pod-template-hash does not count). */
export interface PodTemplate {
  readonly sha256: string;
  readonly containers: readonly TemplateContainer[];
}

/** Deployment, StatefulSet, DaemonSet, ReplicaSet, CronJob or Job. */
export interface ControllerObject extends ObjectIdentity {
  readonly kind: WorkloadKind;
  /** spec.replicas, 1 when the field is absent; 0 for kinds that have no replicas. */
  readonly replicas: number;
  /** spec.selector; absent for kinds that have none. */
  readonly selector?: LabelSelector;
  readonly template: PodTemplate;
  readonly status: {
    readonly observedGeneration: number;
    /** status.replicas: pods that exist, ready or not. */
    readonly replicas: number;
    /** StatefulSet: status.updateRevision, the name of the newest ControllerRevision; else empty. */
    readonly updateRevision: string;
  };
  /**
   * True when pods of older revisions stay until somebody acts: a paused Deployment or one with Progressing=False,
   * a StatefulSet or DaemonSet with OnDelete, a StatefulSet with a partition above 0.
   */
  readonly rolloutStalled: boolean;
  /** True when a StatefulSet's persistentVolumeClaimRetentionPolicy would delete volumes on scale-down. */
  readonly deletesVolumesWhenScaled: boolean;
  /** True when a StatefulSet's persistentVolumeClaimRetentionPolicy would delete volumes on deletion. */
  readonly deletesVolumesWhenDeleted: boolean;
}

/** A ControllerRevision: which images a revision of a StatefulSet or DaemonSet used. */
export interface RevisionObject extends ObjectIdentity {
  readonly kind: 'ControllerRevision';
  readonly revision: number;
  readonly containers: readonly TemplateContainer[];
}

export interface NamespaceObject extends ObjectIdentity {
  readonly kind: 'Namespace';
}

/** A node, of which nothing matters but what its images must be built for: labels and the like are empty. */
export interface NodeObject extends ObjectIdentity {
  readonly kind: 'Node';
  /** As status.nodeInfo has them, such as `linux` and `arm64`; empty until the kubelet has said so. */
  readonly os: string;
  readonly architecture: string;
}

export type ClusterObject = PodObject | ControllerObject | RevisionObject | NamespaceObject | NodeObject;
