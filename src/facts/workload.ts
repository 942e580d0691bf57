// A workload and the images that it runs, put together from what the watches brought.

import type { Cluster, WorkloadRef } from './cluster.ts';
import { compareTexts } from './compare-texts.ts';
import { type IdentifiedImage, type ImageIdentity, type ImageNeeds, identifyImage, type KnownImages, questionKey } from './identity.ts';
import { containerDigest, parseImageReference } from './image.ts';
import type {
  ContainerType,
  ControllerObject,
  OwnerReference,
  PodContainer,
  PodObject,
  RevisionObject,
  TemplateContainer,
} from './objects.ts';

/** One image of a workload: equal reference and equal digest are one entry. An index is as many as platforms of it run. */
export interface WorkloadImage {
  /** As the pod gives it. */
  readonly ref: string;
  readonly registry: string;
  readonly repository: string;
  readonly tag: string;
  /** `sha256:<hex>`, of the platform's manifest as far as that is known; empty when it cannot be told, and then `problem` says why. */
  readonly digest: string;
  readonly problem: string;
  /** Absent where no registry had a say. */
  readonly identity?: ImageIdentity;
  readonly containers: readonly { readonly name: string; readonly type: ContainerType }[];
  /** Counted pods that use it. */
  readonly pods: number;
  /** True when the newest revision uses it. */
  readonly current: boolean;
  /** Oldest creation among the pods and revisions that name it. */
  readonly firstSeenAt: Date;
}

export interface Workload {
  readonly ref: WorkloadRef;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly namespaceLabels: Readonly<Record<string, string>>;
  readonly ownedBy: readonly OwnerReference[];
  /** False while an owner that is named, or the namespace, was not seen: what it is part of is not known, so nothing is decided. */
  readonly ownersKnown: boolean;
  /** The workload's own object when it is of a kind that is watched and has replicas or a template. */
  readonly controller: ControllerObject | undefined;
  /** The object or its namespace is being deleted. */
  readonly terminating: boolean;
  /** Desired replicas; the number of pods where the kind has none. */
  readonly replicas: number;
  /** Counted pods: neither terminating nor ended. For a workload that is at zero by us: as many as it would have. */
  readonly pods: number;
  /** Counted pods that were seen. */
  readonly runningPods: number;
  /** Sorted by reference and digest. */
  readonly images: readonly WorkloadImage[];
  /** What must be known of the images: more than their own digests, where a registry has a say. */
  readonly needs: ImageNeeds;
}

/**
 * Returns the workload with this key, or undefined when the key belongs to no workload (any more). Without `known` its images have the
 * digests that the runtimes report.
 */
export function gatherWorkload(cluster: Cluster, key: string, known?: KnownImages): Workload | undefined {
  const object = cluster.get(key);
  if (object?.kind === 'Namespace' || object?.kind === 'ControllerRevision') return undefined;
  const below = cluster.below(key);
  const member = object ?? below.pods[0];
  if (member === undefined) return undefined;
  const ownership = cluster.ownership(member);
  if (ownership.workload.uid !== key) return undefined;
  const controller = object === undefined || object.kind === 'Pod' ? undefined : object;
  const pods = (object?.kind === 'Pod' ? [object] : below.pods).filter(isCounted);
  const namespace = cluster.namespace(ownership.workload.namespace);
  const running = imagesOf(pods, {
    revisions: { controller, replicaSets: below.controllers, revisions: below.revisions },
    identify: (container, pod) => identifyIn(cluster, { container, pod, known }),
  });
  return {
    ref: ownership.workload,
    labels: object?.labels ?? {},
    annotations: object?.annotations ?? {},
    namespaceLabels: namespace?.labels ?? {},
    ownedBy: ownership.ownedBy,
    ownersKnown: ownership.complete && namespace !== undefined,
    controller,
    terminating: (object?.terminating ?? false) || (namespace?.terminating ?? false),
    replicas:
      controller?.kind === 'Deployment' || controller?.kind === 'StatefulSet' || controller?.kind === 'ReplicaSet'
        ? controller.replicas
        : pods.length,
    pods: pods.length,
    runningPods: pods.length,
    ...running,
  };
}

function identifyIn(
  cluster: Cluster,
  { container, pod, known }: { container: PodContainer; pod: PodObject; known: KnownImages | undefined },
) {
  const { nodeName, createdAt: since } = pod;
  const whyNoPlatform = nodeName === '' ? 'a pod of it is on no node yet' : `the platform of node ${nodeName} is not known`;
  const platform = cluster.platformOf(nodeName);
  return identifyImage(containerDigest(container), { ref: container.image, known, platform, whyNoPlatform, since });
}

interface Revisions {
  readonly controller: ControllerObject | undefined;
  readonly replicaSets: readonly ControllerObject[];
  readonly revisions: readonly RevisionObject[];
}

interface Draft {
  readonly ref: string;
  found: IdentifiedImage;
  readonly containers: Map<string, { name: string; type: ContainerType }>;
  readonly pods: Set<string>;
  current: boolean;
  firstSeenAt: Date;
}

interface ImagesOptions {
  readonly revisions: Revisions;
  readonly identify: (container: PodContainer, pod: PodObject) => IdentifiedImage;
}

function imagesOf(pods: readonly PodObject[], { revisions, identify }: ImagesOptions): Pick<Workload, 'images' | 'needs'> {
  const drafts = new Map<string, Draft>();
  const isCurrent = currentPods(revisions);
  const needs: ImageNeeds[] = [];
  for (const pod of pods) {
    for (const container of pod.containers) {
      const found = identify(container, pod);
      needs.push(found.needs);
      for (const one of found.also === undefined ? [found] : [found, found.also])
        addContainer(drafts, { container, pod, current: isCurrent(pod), found: one });
    }
  }
  const images = [...drafts.values()]
    .map((draft) => ({
      ref: draft.ref,
      ...splitRef(draft.ref),
      digest: draft.found.digest,
      problem: draft.found.problem,
      ...(draft.found.identity === undefined ? {} : { identity: draft.found.identity }),
      containers: [...draft.containers.values()].sort((a, b) => compareTexts(a.name, b.name) || compareTexts(a.type, b.type)),
      pods: draft.pods.size,
      current: draft.current,
      firstSeenAt: earliest([draft.firstSeenAt, ...revisionsNaming(draft.ref, revisions).map((revision) => revision.createdAt)]),
    }))
    .sort((a, b) => compareTexts(a.ref, b.ref) || compareTexts(a.digest, b.digest) || compareTexts(a.problem, b.problem));
  return { images, needs: allNeeds(needs) };
}

/** Returns what any of them needs, each once, in an order that stays; of questions about one tag the one with the latest moment. */
export function allNeeds(needs: readonly ImageNeeds[]): ImageNeeds {
  const questions = new Map<string, ImageNeeds['questions'][number]>();
  for (const question of needs.flatMap((one) => one.questions)) {
    const key = questionKey(question);
    const before = questions.get(key);
    if (before?.since === undefined || (question.since !== undefined && question.since > before.since)) questions.set(key, question);
  }
  const sorted = [...questions].sort(([a], [b]) => compareTexts(a, b)).map(([, question]) => question);
  return { digests: [...new Set(needs.flatMap(({ digests }) => digests))].sort(compareTexts), questions: sorted };
}

interface SeenContainer {
  readonly container: PodContainer;
  readonly pod: PodObject;
  readonly current: boolean;
  readonly found: IdentifiedImage;
}

function addContainer(drafts: Map<string, Draft>, seen: SeenContainer): void {
  const { container, pod, found } = seen;
  // What is being asked about is not one with what cannot be told; of the latter one sentence is enough.
  const id = `${container.image}\n${found.identity?.kind === 'asking' ? 'asking' : found.digest}`;
  const draft: Draft = drafts.get(id) ?? {
    ref: container.image,
    found,
    containers: new Map(),
    pods: new Set(),
    current: false,
    firstSeenAt: pod.createdAt,
  };
  drafts.set(id, draft);
  // What one pod runs is more than what a tag promises to another.
  if (isByTag(draft.found)) draft.found = found;
  draft.containers.set(`${container.type}/${container.name}`, { name: container.name, type: container.type });
  draft.pods.add(pod.uid);
  draft.current ||= seen.current;
  draft.firstSeenAt = earliest([draft.firstSeenAt, pod.createdAt]);
}

/** Tells whether the digest comes from the tag of a pod that waits. */
export function isByTag({ identity }: Pick<WorkloadImage, 'identity'>): boolean {
  return identity?.kind === 'manifest' && identity.byTag === true;
}

/**
 * Tells which pods are of the newest revision. While the workload's controller has not yet seen its newest template no pod is:
 * what runs is then about to be replaced.
 */
function currentPods({ controller, replicaSets, revisions }: Revisions): (pod: PodObject) => boolean {
  const owner = (pod: PodObject): string => pod.owners.find((reference) => reference.controller)?.uid ?? '';
  switch (controller?.kind) {
    case 'Deployment': {
      const newest = new Set(replicaSets.filter((set) => set.template.sha256 === controller.template.sha256).map((set) => set.uid));
      return (pod) => newest.has(owner(pod));
    }
    case 'StatefulSet':
      return (pod) => isObserved(controller) && pod.labels['controller-revision-hash'] === controller.status.updateRevision;
    case 'DaemonSet': {
      const newest = [...revisions].sort((a, b) => b.revision - a.revision)[0];
      const hash = newest?.labels['controller-revision-hash'];
      return (pod) => isObserved(controller) && hash !== undefined && pod.labels['controller-revision-hash'] === hash;
    }
    default:
      return () => true;
  }
}

/** Returns the digests that are known, in the order of the images. */
export function digestsOf(workload: Workload): readonly string[] {
  return workload.images.map(({ digest }) => digest).filter((digest) => digest !== '');
}

/** Tells whether the object's status speaks of its newest spec. */
export function isObserved(controller: ControllerObject): boolean {
  return controller.status.observedGeneration >= controller.generation;
}

function revisionsNaming(ref: string, { controller, replicaSets, revisions }: Revisions): { readonly createdAt: Date }[] {
  const names = (containers: readonly TemplateContainer[]): boolean => containers.some((container) => container.image === ref);
  const sets = controller?.kind === 'ReplicaSet' ? [controller] : replicaSets.filter((below) => below.kind === 'ReplicaSet');
  return [...sets.filter((set) => names(set.template.containers)), ...revisions.filter((revision) => names(revision.containers))];
}

/** Pods that are being deleted or have ended run nothing that an action could stop. */
function isCounted(pod: PodObject): boolean {
  return !pod.terminating && pod.phase !== 'Succeeded' && pod.phase !== 'Failed';
}

function splitRef(ref: string): { registry: string; repository: string; tag: string } {
  const { registry, repository, tag } = parseImageReference(ref);
  return { registry, repository, tag };
}

function earliest(dates: readonly Date[]): Date {
  return new Date(Math.min(...dates.map((date) => date.getTime())));
}
