// The input document (kubexray.io/v1) that rules read. Pure; golden files pin it.
import type { Workload } from '../facts/workload.ts';
import type { ImageState } from './image-state.ts';

export interface InputDocument {
  /** JSON text. `parameters` is empty: each rule gets its own when it runs. */
  readonly text: string;
  /** Equal for documents that differ in nothing but `now`. */
  readonly fingerprint: string;
}

const apiVersion = 'kubexray.io/v1';

/** Returns the document about a workload at a moment. The same facts give the same text but for `now`. */
export function inputDocument(workload: Workload, images: readonly ImageState[], now: Date): InputDocument {
  const body = `"workload":${JSON.stringify(workloadPart(workload))},"images":[${images.map(imageText).join(',')}],"parameters":{}`;
  return { text: `{"apiVersion":"${apiVersion}","now":"${now.toISOString()}",${body}}`, fingerprint: body };
}

function workloadPart(workload: Workload): object {
  const { apiVersion: version, kind, namespace, name, uid } = workload.ref;
  const { labels, annotations, namespaceLabels, replicas, pods } = workload;
  const ownedBy = workload.ownedBy.map((owner) => ({ apiVersion: owner.apiVersion, kind: owner.kind, name: owner.name, uid: owner.uid }));
  return { apiVersion: version, kind, namespace, name, uid, labels, annotations, namespaceLabels, ownedBy, replicas, pods };
}

function imageText(state: ImageState): string {
  const { ref, registry, repository, tag, digest, containers, pods, current, firstSeenAt } = state.image;
  const own = { ref, registry, repository, tag, digest, digestKind: digestKind(state), containers, pods, current, firstSeenAt };
  return `${JSON.stringify(own).slice(0, -1)},${factText(state)}}`;
}

/** What Xray knows is a manifest; whether another digest is one, only the registry could tell. */
function digestKind(state: ImageState): string {
  return state.state === 'scanned' ? 'manifest' : 'unchecked';
}

/** What belongs to the digest; its content was made text when the fact changed. */
function factText({ state, fact }: ImageState): string {
  const stale = fact !== undefined && fact.state !== 'unavailable' && fact.stale;
  const head = `"state":"${state}","stale":${stale}`;
  if (fact?.state !== 'scanned') return `${head},"issues":[],"licenses":[]`;
  return `${head},"scannedAt":"${fact.checkedAt.toISOString()}",${fact.text.slice(1, -1)}`;
}
