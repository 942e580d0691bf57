// From raw JSON of the API server to the projected objects of the facts. Pure and total: no input makes it throw.
import { isJsonObject, type JsonObject } from '../facts/json.ts';
import type { LabelRequirement, LabelSelector } from '../facts/labels.ts';
import type {
  ClusterObject,
  ContainerType,
  ControllerObject,
  NamespaceObject,
  NodeObject,
  PodContainer,
  PodObject,
  RevisionObject,
  WorkloadKind,
} from '../facts/objects.ts';
import type { Interner } from './interner.ts';
import { numberOf, objectOf, objectsOf, textOf, valueAt } from './json-reading.ts';
import { projectIdentity } from './project-identity.ts';
import { declaredContainers, projectTemplate, projectTemplateContainers } from './project-template.ts';
import { resources } from './resources.ts';

/** Returns the projected object of a kind; undefined when its metadata are not those of a stored object. */
export function projectObject(kind: ClusterObject['kind'], raw: unknown, intern: Interner): ClusterObject | undefined {
  switch (kind) {
    case 'Pod':
      return projectPod(raw, intern);
    case 'ControllerRevision':
      return projectRevision(raw, intern);
    case 'Namespace':
      return projectNamespace(raw, intern);
    case 'Node':
      return projectNode(raw, intern);
    default:
      return projectController(kind, raw, intern);
  }
}

function projectPod(raw: unknown, intern: Interner): PodObject | undefined {
  const identity = projectIdentity(raw, resources.Pod.apiVersion, intern);
  if (identity === undefined) return undefined;
  const isOwned = identity.owners.some((owner) => owner.controller);
  return {
    ...identity,
    kind: 'Pod',
    annotations: isOwned ? {} : identity.annotations,
    phase: intern(textOf(valueAt(raw, 'status', 'phase'))),
    nodeName: intern(textOf(valueAt(raw, 'spec', 'nodeName'))),
    containers: podContainers(raw, intern),
  };
}

const containerLists = [
  { type: 'container', declared: 'containers', observed: 'containerStatuses' },
  { type: 'init', declared: 'initContainers', observed: 'initContainerStatuses' },
  { type: 'ephemeral', declared: 'ephemeralContainers', observed: 'ephemeralContainerStatuses' },
] as const satisfies readonly { type: ContainerType; declared: string; observed: string }[];

function podContainers(raw: unknown, intern: Interner): readonly PodContainer[] {
  const spec = objectOf(valueAt(raw, 'spec'));
  const status = objectOf(valueAt(raw, 'status'));
  return containerLists.flatMap(({ type, declared, observed }) => {
    const statuses = new Map(objectsOf(status[observed]).map((container) => [container.name, container]));
    return declaredContainers(spec[declared], type, intern).map((container) => {
      const observedAs = objectOf(statuses.get(container.name));
      const statusImage = textOf(observedAs.image);
      return {
        ...container,
        imageID: intern(textOf(observedAs.imageID)),
        ...(statusImage === '' || statusImage === container.image ? {} : { statusImage: intern(statusImage) }),
      };
    });
  });
}

function projectController(kind: WorkloadKind, raw: unknown, intern: Interner): ControllerObject | undefined {
  const identity = projectIdentity(raw, resources[kind].apiVersion, intern);
  if (identity === undefined) return undefined;
  const spec = objectOf(valueAt(raw, 'spec'));
  const status = objectOf(valueAt(raw, 'status'));
  const template = kind === 'CronJob' ? valueAt(spec, 'jobTemplate', 'spec', 'template') : spec.template;
  return {
    ...identity,
    kind,
    replicas: hasReplicas(kind) ? numberOf(spec.replicas, 1) : 0,
    ...selectorOf(spec.selector, intern),
    template: projectTemplate(template, intern),
    status: {
      observedGeneration: numberOf(status.observedGeneration, 0),
      replicas: numberOf(status.replicas, 0),
      updateRevision: kind === 'StatefulSet' ? intern(textOf(status.updateRevision)) : '',
    },
    rolloutStalled: isRolloutStalled(kind, { spec, status, isObserved: numberOf(status.observedGeneration, 0) >= identity.generation }),
    deletesVolumesWhenScaled: kind === 'StatefulSet' && deletesVolumes(spec, 'whenScaled'),
    deletesVolumesWhenDeleted: kind === 'StatefulSet' && deletesVolumes(spec, 'whenDeleted'),
  };
}

function selectorOf(selector: unknown, intern: Interner): { readonly selector?: LabelSelector } {
  if (!isJsonObject(selector)) return {};
  const texts = Object.entries(objectOf(selector.matchLabels)).map(([key, value]) => [intern(key), intern(textOf(value))]);
  const requirements = objectsOf(selector.matchExpressions).flatMap(({ key, operator, values }): LabelRequirement[] => {
    if (operator !== 'In' && operator !== 'NotIn' && operator !== 'Exists' && operator !== 'DoesNotExist') return [];
    return [{ key: intern(textOf(key)), operator, values: Array.isArray(values) ? values.map((value) => intern(textOf(value))) : [] }];
  });
  return { selector: { matchLabels: Object.fromEntries(texts), ...(requirements.length === 0 ? {} : { matchExpressions: requirements }) } };
}

function hasReplicas(kind: WorkloadKind): boolean {
  return kind === 'Deployment' || kind === 'StatefulSet' || kind === 'ReplicaSet';
}

/** `isObserved`: the status speaks of this spec; that of an older one says nothing of the rollout that has just begun. */
function isRolloutStalled(
  kind: WorkloadKind,
  { spec, status, isObserved }: { spec: JsonObject; status: JsonObject; isObserved: boolean },
): boolean {
  switch (kind) {
    case 'Deployment':
      return (
        spec.paused === true ||
        (isObserved && objectsOf(status.conditions).some((condition) => condition.type === 'Progressing' && condition.status === 'False'))
      );
    case 'StatefulSet': {
      const partition = valueAt(spec, 'updateStrategy', 'rollingUpdate', 'partition');
      return valueAt(spec, 'updateStrategy', 'type') === 'OnDelete' || numberOf(partition, 0) > 0;
    }
    case 'DaemonSet':
      return valueAt(spec, 'updateStrategy', 'type') === 'OnDelete';
    default:
      return false;
  }
}

function deletesVolumes(spec: JsonObject, when: 'whenScaled' | 'whenDeleted'): boolean {
  const hasVolumes = objectsOf(spec.volumeClaimTemplates).length > 0;
  return hasVolumes && valueAt(spec, 'persistentVolumeClaimRetentionPolicy', when) === 'Delete';
}

function projectRevision(raw: unknown, intern: Interner): RevisionObject | undefined {
  const identity = projectIdentity(raw, resources.ControllerRevision.apiVersion, intern);
  if (identity === undefined) return undefined;
  return {
    ...identity,
    kind: 'ControllerRevision',
    revision: numberOf(valueAt(raw, 'revision'), 0),
    containers: projectTemplateContainers(valueAt(raw, 'data', 'spec', 'template'), intern),
  };
}

function projectNamespace(raw: unknown, intern: Interner): NamespaceObject | undefined {
  const identity = projectIdentity(raw, resources.Namespace.apiVersion, intern);
  return identity === undefined ? undefined : { ...identity, kind: 'Namespace' };
}

/** Nothing but what its images must be built for: the rest changes with every heartbeat, and lists every image that the node holds. */
function projectNode(raw: unknown, intern: Interner): NodeObject | undefined {
  const identity = projectIdentity({ metadata: { ...objectOf(valueAt(raw, 'metadata')), labels: {}, annotations: {} } }, 'v1', intern);
  if (identity === undefined) return undefined;
  const info = objectOf(valueAt(raw, 'status', 'nodeInfo'));
  return {
    ...identity,
    resourceVersion: '',
    kind: 'Node',
    os: intern(textOf(info.operatingSystem)),
    architecture: intern(textOf(info.architecture)),
  };
}
