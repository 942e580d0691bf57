// Reads manifests, written by hand or exported from a cluster, as the cluster would hold them once they were applied. Pure.
import { compareTexts } from '../facts/compare-texts.ts';
import { isJsonObject, type JsonObject } from '../facts/json.ts';
import { type ClusterObject, workloadKinds } from '../facts/objects.ts';
import { Failure } from '../failure.ts';
import { createInterner } from './interner.ts';
import { objectOf, objectsOf, textOf, valueAt } from './json-reading.ts';
import { kindProblem, manifestProblems } from './manifest-problems.ts';
import { projectObject } from './project.ts';
import { isResourceKind, resources } from './resources.ts';
import { type Declared, rolledOut, selectsItsPods } from './roll-out.ts';

/** One parsed document. */
export interface Manifest {
  /** Where it stands, for messages: `FILE` or `FILE:LINE`. */
  readonly place: string;
  readonly value: unknown;
}

export interface DeclaredCluster {
  readonly objects: readonly ClusterObject[];
  /** As they were written. */
  readonly policies: readonly JsonObject[];
  /** What is wrong, was assumed or passed over, one sentence each. */
  readonly notes: readonly string[];
  /** Which namespaces have no manifest; empty when all have one. It matters where labels of namespaces are read. */
  readonly namespaceNote: string;
  /** By uid of a workload: where its manifest stands. */
  readonly places: ReadonlyMap<string, string>;
  /** Uids of the workloads whose pods and revisions were not given, so they are as the manifest asks. */
  readonly assumed: ReadonlySet<string>;
}

interface Raw {
  readonly place: string;
  readonly raw: JsonObject;
  readonly object: ClusterObject;
  /** It has the uid that a cluster gave it. */
  readonly isExported: boolean;
}

// Whom a pod of a manifest runs on is not known, so no node is read.
type ProjectedKind = Exclude<ClusterObject['kind'], 'Node'>;
const projectedKinds: readonly string[] = [...workloadKinds, 'Pod', 'ControllerRevision', 'Namespace'] satisfies readonly ProjectedKind[];

/**
 * Returns the cluster that the manifests declare. What has no uid gets one from its kind and name, and what has no time of creation is
 * made `now`. Workloads get the pods of their template, unless they were exported together with pods. Throws `Failure` naming the place
 * of a manifest that cannot be read.
 */
export function readManifests(manifests: readonly Manifest[], now: Date): DeclaredCluster {
  const intern = createInterner();
  const found = new Map<string, Raw>();
  const policies: JsonObject[] = [];
  const others = new Map<string, number>();
  const notes: string[] = [];
  for (const { place, value } of manifests.flatMap(flattened)) {
    if (!isJsonObject(value) || typeof value.kind !== 'string' || typeof value.apiVersion !== 'string')
      throw unusable(place, 'it is no manifest: kind or apiVersion is missing');
    if (value.kind === 'KubeXrayPolicy') policies.push(value);
    else if (!isProjected(value.kind, value.apiVersion)) {
      const problem = kindProblem(value.kind, value.apiVersion);
      if (problem === undefined) others.set(value.kind, (others.get(value.kind) ?? 0) + 1);
      else notes.push(`${place}: ${problem}`);
    } else {
      const one = rawOf({ place, kind: value.kind, value, now }, intern);
      if (found.has(one.object.uid)) notes.push(`${named(one.object)} is given more than once; the last one counts`);
      found.set(one.object.uid, one);
      for (const problem of manifestProblems(value.kind, value)) notes.push(`${place}: ${named(one.object)}: ${problem}`);
    }
  }
  const all = [...found.values()];
  const complete = withPods(all, notes);
  const missing = missingNamespaces(complete);
  return {
    objects: [...complete, ...missing.map((name) => madeNamespace(name, now))],
    policies,
    notes: [...notes, ...passedOver(others)],
    namespaceNote: missingNote(missing),
    places: new Map(all.map(({ object, place }) => [object.uid, place])),
    assumed: new Set(all.filter((one) => isAssumed(one, hasExportedPods(all))).map(({ object }) => object.uid)),
  };
}

/** `kubectl get -o yaml` gives a List; the API server's own lists name the kind of their items in their own. */
function flattened({ place, value }: Manifest): readonly Manifest[] {
  if (!isJsonObject(value) || typeof value.kind !== 'string' || !value.kind.endsWith('List') || !Array.isArray(value.items))
    return [{ place, value }];
  const kind = value.kind.slice(0, -'List'.length);
  const own = kind === '' ? {} : { kind, apiVersion: value.apiVersion };
  return value.items.flatMap((item: unknown) => flattened({ place, value: isJsonObject(item) ? { ...own, ...item } : item }));
}

function isProjected(kind: string, apiVersion: string): kind is ProjectedKind {
  return projectedKinds.includes(kind) && isResourceKind(kind) && resources[kind].apiVersion === apiVersion;
}

interface Named {
  readonly place: string;
  readonly kind: ProjectedKind;
  readonly value: JsonObject;
  readonly now: Date;
}

function rawOf({ place, kind, value, now }: Named, intern: (text: string) => string): Raw {
  const metadata = objectOf(value.metadata);
  const name = textOf(metadata.name);
  if (name === '') throw unusable(place, `${kind} has no metadata.name`);
  const namespace = resources[kind].namespaced ? textOf(metadata.namespace) || 'default' : '';
  const uid = textOf(metadata.uid) || `${kind}/${namespace}/${name}`;
  // As the API server does to every namespace.
  const labels = kind === 'Namespace' ? { ...objectOf(metadata.labels), [nameLabel]: name } : metadata.labels;
  const creationTimestamp = metadata.creationTimestamp ?? now.toISOString();
  const raw = { ...value, metadata: { ...metadata, namespace, uid, labels, creationTimestamp } };
  const object = projectObject(kind, raw, intern);
  if (object === undefined) throw unusable(place, `${kind} ${name}: metadata.creationTimestamp is no time`);
  return { place, raw, object, isExported: textOf(metadata.uid) !== '' };
}

const nameLabel = 'kubernetes.io/metadata.name';

/** An export that has pods has all of them: a workload without any has none. */
function hasExportedPods(found: readonly Raw[]): boolean {
  return found.some(({ object, isExported }) => object.kind === 'Pod' && isExported);
}

function isAssumed({ isExported }: Raw, havePods: boolean): boolean {
  return !isExported || !havePods;
}

function withPods(found: readonly Raw[], notes: string[]): readonly ClusterObject[] {
  const objects = found.map(({ object }) => object);
  const havePods = hasExportedPods(found);
  const complete = found.flatMap((one) => {
    const { raw, object } = one;
    if (object.kind === 'Pod' || object.kind === 'Namespace' || object.kind === 'ControllerRevision' || object.kind === 'Node')
      return [object];
    if (!isAssumed(one, havePods)) return [object];
    const declared: Declared = { object, templateLabels: templateLabels(raw), hasEnded: hasEnded(raw) };
    if (!selectsItsPods(declared))
      notes.push(`${named(object)}: its selector does not match the labels of its template, so it has no pods`);
    return rolledOut(declared, objects);
  });
  const uids = new Set(complete.map(({ uid }) => uid));
  const orphans = complete.filter(
    (object) => object.kind === 'Pod' && object.owners.some((owner) => owner.controller && isLost(owner, uids)),
  );
  if (orphans.length > 0)
    notes.push(
      `${count(orphans.length, 'pod')} whose owner is not there (${named(orphans[0])}, for one) cannot be judged: export the owners too`,
    );
  return complete;
}

function isLost(owner: { readonly kind: string; readonly uid: string }, uids: ReadonlySet<string>): boolean {
  return ['ReplicaSet', 'StatefulSet', 'DaemonSet', 'Job'].includes(owner.kind) && !uids.has(owner.uid);
}

function templateLabels(raw: JsonObject): Readonly<Record<string, string>> {
  const spec = objectOf(raw.spec);
  const template = raw.kind === 'CronJob' ? valueAt(spec, 'jobTemplate', 'spec', 'template') : spec.template;
  const entries = Object.entries(objectOf(valueAt(template, 'metadata', 'labels')));
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

function hasEnded(raw: JsonObject): boolean {
  if (raw.kind !== 'Job') return false;
  const conditions = objectsOf(valueAt(raw, 'status', 'conditions'));
  const isOver = conditions.some(({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True');
  return isOver || valueAt(raw, 'spec', 'suspend') === true;
}

function missingNamespaces(objects: readonly ClusterObject[]): readonly string[] {
  const known = new Set(objects.filter(({ kind }) => kind === 'Namespace').map(({ name }) => name));
  return [...new Set(objects.map(({ namespace }) => namespace))].filter((name) => name !== '' && !known.has(name)).sort(compareTexts);
}

function missingNote(missing: readonly string[]): string {
  if (missing.length === 0) return '';
  return `no manifest of ${count(missing.length, 'namespace')} (${missing.join(', ')}): labels are not known, so a namespaceSelector sees none`;
}

function madeNamespace(name: string, now: Date): ClusterObject {
  return {
    ...{ apiVersion: 'v1', kind: 'Namespace', namespace: '', name, uid: `Namespace//${name}`, resourceVersion: '', generation: 0 },
    ...{ labels: { [nameLabel]: name }, annotations: {}, createdAt: now, terminating: false, owners: [] },
  };
}

function passedOver(others: ReadonlyMap<string, number>): readonly string[] {
  if (others.size === 0) return [];
  const kinds = [...others].sort(([a], [b]) => compareTexts(a, b)).map(([kind, number]) => `${number} ${kind}`);
  const total = [...others.values()].reduce((sum, number) => sum + number, 0);
  return [`${count(total, 'manifest')} of other kinds passed over: ${kinds.join(', ')}`];
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

function named(object: ClusterObject | undefined): string {
  return object === undefined ? '' : `${object.kind} ${object.namespace}/${object.name}`;
}

function unusable(place: string, what: string): Failure {
  return new Failure(`read ${place}: ${what}`, { retry: 'never', reason: 'Unreadable' });
}
