// What is wrong with a manifest that the API server would refuse or read otherwise than its author meant, one sentence each. Pure.
import { isJsonObject, type JsonObject } from '../facts/json.ts';
import { workloadKinds } from '../facts/objects.ts';
import { closestWord } from '../policy/closest-word.ts';
import { objectOf, textOf, valueAt } from './json-reading.ts';
import { isResourceKind, resources } from './resources.ts';

const readKinds: readonly string[] = [...workloadKinds, 'Pod', 'Namespace'];
const groupsRead: ReadonlySet<string> = new Set(['', 'apps', 'batch', 'extensions', 'kubexray.io']);

/** Returns why a manifest that is passed over may have been meant otherwise; undefined when it is a kind that is not read. */
export function kindProblem(kind: string, apiVersion: string): string | undefined {
  if (readKinds.includes(kind) && isResourceKind(kind))
    return `a ${kind} is read in apiVersion ${resources[kind].apiVersion}, so this one in ${apiVersion} is passed over`;
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
  // In a group of somebody else a kind may be called as it likes.
  const meant = groupsRead.has(group) ? closestWord(kind, [...readKinds, 'KubeXrayPolicy']) : undefined;
  return meant === undefined ? undefined : `unknown kind ${kind} is passed over: did you mean ${meant}?`;
}

/** Returns what is wrong with a manifest of a kind that is read. */
export function manifestProblems(kind: string, manifest: JsonObject): readonly string[] {
  const labels = labelsProblem(manifest, ['metadata', 'labels']);
  if (kind === 'Namespace' || kind === 'ControllerRevision') return labels;
  if (kind === 'Pod') return [...labels, ...podProblems(manifest, ['spec'])];
  const template = kind === 'CronJob' ? ['spec', 'jobTemplate', 'spec', 'template'] : ['spec', 'template'];
  return [
    ...labels,
    ...labelsProblem(manifest, [...template, 'metadata', 'labels']),
    ...replicasProblem(kind, manifest),
    ...podProblems(manifest, [...template, 'spec']),
  ];
}

function labelsProblem(manifest: JsonObject, path: readonly string[]): readonly string[] {
  const labels = valueAt(manifest, ...path);
  if (labels === undefined || labels === null) return [];
  if (!isJsonObject(labels)) return [`${path.join('.')} is ${typeName(labels)}, wanted is an object`];
  return Object.entries(labels).flatMap(([key, value]) =>
    typeof value === 'string' ? [] : [`${path.join('.')} ${key} is ${typeName(value)}, wanted is a text: put it in quotes`],
  );
}

function replicasProblem(kind: string, manifest: JsonObject): readonly string[] {
  const replicas = valueAt(manifest, 'spec', 'replicas');
  if (replicas === undefined || replicas === null || !['Deployment', 'StatefulSet', 'ReplicaSet'].includes(kind)) return [];
  if (typeof replicas === 'number' && Number.isInteger(replicas) && replicas >= 0) return [];
  const found = typeof replicas === 'number' ? `${replicas}` : `${typeName(replicas)} (${JSON.stringify(replicas).slice(0, 40)})`;
  return [`spec.replicas is ${found}, wanted is a whole number`];
}

function podProblems(manifest: JsonObject, path: readonly string[]): readonly string[] {
  const spec = valueAt(manifest, ...path);
  const containers = valueAt(spec, 'containers');
  const at = [...path, 'containers'].join('.');
  if (containers === undefined || containers === null || (Array.isArray(containers) && containers.length === 0))
    return [`it has no containers in ${at}, so nothing of it can be judged`];
  return ['containers', 'initContainers'].flatMap((list) => containersProblems(objectOf(spec)[list], [...path, list].join('.')));
}

function containersProblems(list: unknown, at: string): readonly string[] {
  if (list === undefined || list === null) return [];
  if (!Array.isArray(list)) return [`${at} is ${typeName(list)}, wanted is a list`];
  return list.flatMap((container: unknown, index): string[] => {
    const place = `${at}[${index}]`;
    if (!isJsonObject(container)) return [`${place} is ${typeName(container)}, wanted is an object`];
    const name = textOf(container.name);
    if (name === '') return [`${place} has no name, so it is left out`];
    const { image } = container;
    if (image === undefined || image === null || image === '') return [`container ${name} has no image`];
    if (typeof image !== 'string') return [`the image of container ${name} is ${typeName(image)}, wanted is a text`];
    return isReference(image) ? [] : [`the image of container ${name} is no reference: ${image.slice(0, 100)}`];
  });
}

const component = '[a-z0-9]+(?:(?:\\.|__?|-+)[a-z0-9]+)*';
// https://pkg.go.dev/github.com/distribution/reference
const reference = new RegExp(
  `^(?:(?:[A-Za-z0-9][A-Za-z0-9.-]*|\\[[0-9a-fA-F:]+\\])(?::\\d+)?/)?${component}(?:/${component})*(?::\\w[\\w.-]{0,127})?(?:@[A-Za-z][\\w+.-]*:[0-9a-fA-F]{32,})?$`,
);

/** Names have 255 characters at most; with tag and digest no reference is longer than this. */
const maxReferenceLength = 600;

function isReference(image: string): boolean {
  return image.length <= maxReferenceLength && reference.test(image);
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'string' ? 'a text' : typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
