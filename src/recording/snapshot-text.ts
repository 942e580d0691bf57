// Writes a recording as the text of a snapshot: one line an object, in an order that stays, without what changes for no reason. Pure.
import { compareTexts } from '../facts/compare-texts.ts';
import type { Fact } from '../facts/fact.ts';
import { isJsonObject, type JsonObject } from '../facts/json.ts';
import type { ClusterObject } from '../facts/objects.ts';
import type { WatchFact } from '../facts/watch-fact.ts';
import { matchesAny } from '../policy/glob.ts';
import type { RecordedContent, RecordedIdentity } from './recorded.ts';
import { violationsByDigest } from './recorded-watches.ts';

export interface SnapshotText {
  readonly text: string;
  /** Keys of annotations that were left out, sorted, but for those that Kubernetes itself writes everywhere. The text has the first hundred. */
  readonly droppedAnnotations: readonly string[];
}

/** Annotations may hold anything, secrets too; these are our own. */
const ownAnnotations = 'kubexray.io/*';
/** Kubernetes' own bookkeeping is on every Deployment: that it is left out is not worth a word. */
const bookkeeping = ['deployment.kubernetes.io/*', 'deprecated.daemonset.template.generation'];

/** A cluster whose every object has a key of its own must not fill the file with them. */
const recordedAtMost = 100;

/**
 * Returns the snapshot, which ends with a line feed. Of annotations, those stay whose key matches one of the patterns, and our own. What
 * is empty, zero or false is left out, and a time of a fact that is the time of the snapshot.
 */
export function snapshotText(content: RecordedContent, annotations: readonly string[] = []): SnapshotText {
  const kept = [ownAnnotations, ...annotations];
  const { takenAt, objects, policies, facts, identities, watches } = content;
  const keys = new Set(objects.flatMap((object) => Object.keys(object.annotations)));
  const left = [...keys].filter((key) => !matchesAny([...kept, ...bookkeeping], key));
  const dropped = [...new Set([...left, ...(content.droppedAnnotations ?? [])])].sort(compareTexts);
  const lists = [
    listText(
      'objects',
      objects.toSorted(compareObjects).map((object) => JSON.stringify(objectEntry(object, kept))),
    ),
    listText(
      'policies',
      policies
        .map((policy) => policyEntry(policy, kept))
        .toSorted(compareNames)
        .map((policy) => JSON.stringify(policy)),
    ),
    listText(
      'facts',
      [...facts.values()].toSorted((a, b) => compareTexts(a.digest, b.digest)).map((fact) => factText(fact, takenAt)),
    ),
    ...(identities === undefined
      ? []
      : [listText('identities', identities.map((one) => JSON.stringify(identityEntry(one))).sort(compareTexts))]),
    ...(watches === undefined ? [] : [listText('watches', watchTexts(watches, content))]),
  ];
  const head = `{\n"apiVersion": "kubexray.io/v1",\n"kind": "Snapshot",\n"takenAt": "${takenAt.toISOString()}",\n"droppedAnnotations": ${JSON.stringify(dropped.slice(0, recordedAtMost))},\n`;
  return { text: `${head}${lists.join(',\n')}\n}\n`, droppedAnnotations: dropped };
}

function listText(name: string, lines: readonly string[]): string {
  return `"${name}": [${lines.length === 0 ? '' : `\n${lines.join(',\n')}\n`}]`;
}

function compareObjects(a: ClusterObject, b: ClusterObject): number {
  const by = (key: 'kind' | 'namespace' | 'name' | 'uid'): number => compareTexts(a[key], b[key]);
  return by('kind') || by('namespace') || by('name') || by('uid');
}

function compareNames(a: PolicyEntry, b: PolicyEntry): number {
  return compareTexts(a.metadata.name, b.metadata.name);
}

function objectEntry(object: ClusterObject, kept: readonly string[]): JsonObject {
  const { kind, namespace, name, uid, apiVersion, createdAt, generation, terminating } = object;
  return lean({
    ...{ kind, namespace, name, uid, apiVersion, createdAt: createdAt.toISOString(), generation, terminating },
    labels: sortedTexts(object.labels),
    annotations: sortedTexts(object.annotations, kept),
    owners: object.owners.map((owner) =>
      lean({ kind: owner.kind, name: owner.name, uid: owner.uid, controller: owner.controller }, { apiVersion: owner.apiVersion }),
    ),
    ...ownFields(object),
  });
}

/** What only this kind has. */
function ownFields(object: ClusterObject): JsonObject {
  switch (object.kind) {
    case 'Namespace':
      return {};
    case 'Node':
      return { os: object.os, architecture: object.architecture };
    case 'Pod':
      return {
        phase: object.phase,
        nodeName: object.nodeName,
        containers: object.containers.map(({ name, type, image, imageID, statusImage }) =>
          lean({ name, type, image, imageID, statusImage }),
        ),
      };
    case 'ControllerRevision':
      return { revision: object.revision, containers: containerEntries(object.containers) };
    default: {
      const { replicas, selector, template, status, rolloutStalled, deletesVolumesWhenScaled, deletesVolumesWhenDeleted } = object;
      return {
        replicas,
        ...(selector === undefined ? {} : { selector }),
        template: { sha256: template.sha256, containers: containerEntries(template.containers) },
        status: lean({ observedGeneration: status.observedGeneration, replicas: status.replicas, updateRevision: status.updateRevision }),
        ...{ rolloutStalled, deletesVolumesWhenScaled, deletesVolumesWhenDeleted },
      };
    }
  }
}

function containerEntries(containers: readonly { name: string; type: string; image: string }[]): readonly JsonObject[] {
  return containers.map(({ name, type, image }) => lean({ name, type, image }));
}

interface PolicyEntry {
  readonly metadata: { readonly name: string } & JsonObject;
}

/** Without the status, which is what came of the policy, and without what others wrote on it. */
function policyEntry(policy: JsonObject, kept: readonly string[]): PolicyEntry & JsonObject {
  const metadata = isJsonObject(policy.metadata) ? policy.metadata : {};
  const { name, uid, generation, creationTimestamp, annotations } = metadata;
  const texts = Object.entries(isJsonObject(annotations) ? annotations : {}).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  const ours = sortedTexts(Object.fromEntries(texts), kept);
  return {
    apiVersion: 'kubexray.io/v1alpha1',
    kind: 'KubeXrayPolicy',
    metadata: { name: String(name), uid, generation, creationTimestamp, ...lean({ annotations: ours }) },
    spec: policy.spec,
  };
}

/** A line for each issue: a vulnerability that comes or goes is one line of a diff. */
function factText(fact: Fact, takenAt: Date): string {
  const { digest, state, reason } = fact;
  if (fact.state === 'unavailable') return JSON.stringify(lean({ digest, state, reason }));
  const checkedAt = isSame(fact.checkedAt, takenAt) ? '' : fact.checkedAt.toISOString();
  const unchangedSince = isSame(fact.unchangedSince, fact.checkedAt) ? '' : fact.unchangedSince.toISOString();
  const head = JSON.stringify(lean({ digest, state, checkedAt, unchangedSince, stale: fact.stale, reason }));
  if (fact.state === 'unscanned') return head;
  const { issues, licenses, operationalRisks } = fact.content;
  const lists = Object.entries({ issues, licenses, operationalRisks }).filter(([, list]) => list.length > 0);
  const texts = lists.map(([name, list]) => `,"${name}":[\n  ${list.map((item) => JSON.stringify(item)).join(',\n  ')}]`);
  return `${head.slice(0, -1)}${texts.join('')}}`;
}

function identityEntry({ registry, repository, reference, identity }: RecordedIdentity): JsonObject {
  const { kind } = identity;
  const own = { registry, repository, reference, kind };
  switch (identity.kind) {
    case 'manifest':
      return lean({ ...own, digest: identity.digest, config: identity.config });
    case 'index': {
      const manifests = identity.manifests.map(({ digest, platform, narrowed }) =>
        lean({ digest, platform: lean({ ...platform }), narrowed }),
      );
      return lean({ ...own, digest: identity.digest, manifests });
    }
    default:
      return lean({ ...own, reason: identity.reason });
  }
}

/** Without where the images lie: what is about which image is told by digest. */
function watchTexts(watches: ReadonlyMap<string, WatchFact>, { takenAt, facts }: RecordedContent): readonly string[] {
  return [...watches]
    .sort(([a], [b]) => compareTexts(a, b))
    .map(([name, watch]) => {
      const { state, reason } = watch;
      if (watch.state === 'unavailable') return JSON.stringify(lean({ name, state, reason }));
      const checkedAt = isSame(watch.checkedAt, takenAt) ? '' : watch.checkedAt.toISOString();
      const head = JSON.stringify(lean({ name, state, checkedAt, stale: watch.stale, reason }));
      const images = violationsByDigest(watch, facts.values()).map(({ digest, violations }) =>
        JSON.stringify({ digest, violations: violations.map(({ watch: _, ...violation }) => violation) }),
      );
      return images.length === 0 ? head : `${head.slice(0, -1)},"images":[\n  ${images.join(',\n  ')}]}`;
    });
}

function isSame(a: Date, b: Date): boolean {
  return a.getTime() === b.getTime();
}

function sortedTexts(texts: Readonly<Record<string, string>>, patterns: readonly string[] = ['*']): JsonObject {
  const entries = Object.entries(texts).filter(([key]) => matchesAny(patterns, key));
  return Object.fromEntries(entries.sort(([a], [b]) => compareTexts(a, b)));
}

/** Leaves out what is empty, zero or false; `always` stays whatever it is. */
function lean(fields: JsonObject, always: JsonObject = {}): JsonObject {
  return { ...Object.fromEntries(Object.entries(fields).filter(([name, value]) => name === 'selector' || !isNothing(value))), ...always };
}

function isNothing(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (isJsonObject(value)) return Object.keys(value).length === 0;
  return value === '' || value === 0 || value === false || value === undefined;
}
