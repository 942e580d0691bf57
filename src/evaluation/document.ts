// The input document (kubexray.io/v1) that rules read. Pure; golden files pin it.
import { createHash } from 'node:crypto';
import type { ScanJson } from '../facts/scan-json.ts';
import type { Workload } from '../facts/workload.ts';
import { digestKind, type ImageState } from './image-state.ts';

/** JSON text, or bytes of it in UTF-8 that begin and end between two tokens. */
export type DocumentPiece = string | Uint8Array<SharedArrayBuffer>;

/** A whole JSON document: its text, or pieces that make it up one after another. */
export type DocumentText = string | readonly DocumentPiece[];

export interface InputDocument {
  /** What is known of each image is a piece of bytes, made when the fact changed. `watches` and `parameters` are empty: each rule gets its own when it runs. */
  readonly pieces: readonly DocumentPiece[];
  /** Equal for documents that differ in nothing but `now`. */
  readonly fingerprint: string;
}

const apiVersion = 'kubexray.io/v1';

/** Returns the document about a workload at a moment. The same facts give the same pieces but for `now`. */
export function inputDocument(workload: Workload, images: readonly ImageState[], now: Date): InputDocument {
  const parts: readonly (string | ScanJson)[] = [
    `"workload":${JSON.stringify(workloadPart(workload))},"images":[`,
    ...images.flatMap((state, index) => [index === 0 ? '' : ',', ...imageParts(state)]),
    '],"watches":[],"parameters":{}}',
  ];
  const pieces: DocumentPiece[] = [];
  let text = `{"apiVersion":"${apiVersion}","now":"${now.toISOString()}",`;
  for (const part of parts) {
    if (typeof part === 'string') {
      text += part;
    } else {
      pieces.push(text, part.bytes);
      text = '';
    }
  }
  return { pieces: [...pieces, text], fingerprint: fingerprintOf(parts) };
}

/** Kept for each workload, so it is short whatever they run. */
function fingerprintOf(parts: readonly (string | ScanJson)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(typeof part === 'string' ? part : part.sha256);
  return hash.digest('base64');
}

/** Returns the whole text of a document: for people, files and tests; the evaluator takes the pieces. */
export function documentText(document: DocumentText): string {
  if (typeof document === 'string') return document;
  return document
    .map((piece) => (typeof piece === 'string' ? piece : Buffer.from(piece.buffer, piece.byteOffset, piece.length).toString()))
    .join('');
}

function workloadPart(workload: Workload): object {
  const { apiVersion: version, kind, namespace, name, uid } = workload.ref;
  const { labels, annotations, namespaceLabels, replicas, pods } = workload;
  const ownedBy = workload.ownedBy.map((owner) => ({ apiVersion: owner.apiVersion, kind: owner.kind, name: owner.name, uid: owner.uid }));
  return { apiVersion: version, kind, namespace, name, uid, labels, annotations, namespaceLabels, ownedBy, replicas, pods };
}

function imageParts(state: ImageState): readonly (string | ScanJson)[] {
  const { ref, registry, repository, tag, digest, identity, containers, pods, current, firstSeenAt } = state.image;
  const index = identity?.kind === 'manifest' && identity.index !== '' ? { index: identity.index } : {};
  const own = { ref, registry, repository, tag, digest, digestKind: digestKind(state), ...index, containers, pods, current, firstSeenAt };
  const head = `${JSON.stringify(own).slice(0, -1)},${factText(state)},`;
  const violations = [`"violations":`, state.violationsJson ?? JSON.stringify(state.violations ?? []), '}'];
  return state.fact?.state === 'scanned'
    ? [head, state.fact.json, ',', ...violations]
    : [head, '"issues":[],"licenses":[],"operationalRisks":[],', ...violations];
}

/** What belongs to the digest, but for what was found. */
function factText({ state, fact }: ImageState): string {
  const stale = fact !== undefined && fact.state !== 'unavailable' && fact.stale;
  const head = `"state":"${state}","stale":${stale}`;
  return fact?.state === 'scanned' ? `${head},"scannedAt":"${fact.checkedAt.toISOString()}"` : head;
}
