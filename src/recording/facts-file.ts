// Reads what is known of images from a file: a snapshot, or a list that a person wrote, by digest or by reference. Pure.

import { createHash } from 'node:crypto';
import type { Fact } from '../facts/fact.ts';
import { containerDigest, parseImageReference } from '../facts/image.ts';
import { isJsonObject } from '../facts/json.ts';
import { pathText } from '../facts/json-path.ts';
import type { ClusterObject, PodContainer } from '../facts/objects.ts';
import type { WatchFact } from '../facts/watch-fact.ts';
import type { XrayViolation } from '../facts/watch-source.ts';
import { suggestion } from '../policy/closest-word.ts';
import { type Breach, thoroughCheckerOf } from './checked.ts';
import { type FileDocument, unreadable } from './documents.ts';
import { type FactEntry, factOf, isSnapshot, readSnapshot } from './read-snapshot.ts';
import { recordedWatch } from './recorded-watches.ts';
import { factsFileSchema } from './schemas.ts';

/** What a file says of images. References are keys of `referenceKey`. */
export interface ImageFacts {
  readonly byDigest: ReadonlyMap<string, Fact>;
  /** The digest that a reference stands for where a pod does not say one. */
  readonly digestOf: ReadonlyMap<string, string>;
  /** Facts that were given for a reference without a digest: they are about whatever digest it runs as. */
  readonly byReference: ReadonlyMap<string, Fact>;
  /** Of a list that a person wrote: what watches say, by the digest of the fact. */
  readonly violations: ReadonlyMap<string, readonly XrayViolation[]>;
  /** Of such a list: the watches of which it says everything. */
  readonly named: ReadonlySet<string>;
  /** Of a snapshot: the watches in it. */
  readonly watches: ReadonlyMap<string, WatchFact>;
}

interface ImageEntry extends Omit<FactEntry, 'digest'> {
  readonly ref?: string;
  readonly refs: readonly string[];
  readonly digest?: string;
  readonly violations: readonly XrayViolation[];
}

const checkFile = thoroughCheckerOf(factsFileSchema);
/** More than a person mends at once. */
const toldAtMost = 20;

/** Says nothing about any image. */
export const noImageFacts: ImageFacts = {
  ...{ byDigest: new Map(), digestOf: new Map(), byReference: new Map() },
  ...{ violations: new Map(), named: new Set(), watches: new Map() },
};

/** Tells whether a document is meant to be a file of facts, whether or not it is a good one. */
export function isFactsFile({ value }: FileDocument): boolean {
  return isJsonObject(value) && (value.kind === 'Facts' || (value.kind === undefined && Array.isArray(value.images)));
}

/**
 * Returns the facts of a document; what it leaves out is filled in, and a time is `now`. Throws `Failure` naming file, place and mistake,
 * of up to twenty mistakes.
 */
export function readImageFacts(document: FileDocument, now: Date): ImageFacts {
  if (isSnapshot(document)) {
    const { facts, objects, watches = new Map() } = readSnapshot(document);
    return { ...noImageFacts, byDigest: facts, digestOf: referencesOf(objects), watches };
  }
  refuse(document, checkFile(document.value));
  // The schema guarantees it.
  const { images, watches } = document.value as { readonly images: readonly ImageEntry[]; readonly watches: readonly string[] };
  const { facts, breaches } = factsOfEntries(images, now);
  refuse(document, breaches);
  return { ...facts, named: new Set([...watches, ...facts.named]) };
}

function refuse(document: FileDocument, breaches: readonly Breach[]): void {
  const [first, ...others] = breaches;
  if (first === undefined) return;
  if (others.length === 0) throw unreadable(document.placeOf(first.path), breachText(first));
  const told = breaches.slice(0, toldAtMost).map((breach) => `  ${document.placeOf(breach.path)}: ${breachText(breach)}`);
  const more = breaches.length > toldAtMost ? [`  and ${breaches.length - toldAtMost} more`] : [];
  throw unreadable(document.file, [`it has ${breaches.length} mistakes`, ...told, ...more].join('\n'));
}

function breachText({ path, message, known = [] }: Breach): string {
  const hint = suggestion(String(path.at(-1)), known, 'known are');
  return `${pathText(path) || 'the file of facts'} ${message}${hint === undefined ? '' : `: ${hint}`}`;
}

function factsOfEntries(images: readonly ImageEntry[], now: Date): { readonly facts: ImageFacts; readonly breaches: readonly Breach[] } {
  const byDigest = new Map<string, Fact>();
  const digestOf = new Map<string, string>();
  const byReference = new Map<string, Fact>();
  const violations = new Map<string, readonly XrayViolation[]>();
  const breaches: Breach[] = [];
  for (const [index, entry] of images.entries()) {
    const { refs, digests } = namesOf(entry);
    const message = namingMistake(refs, digests);
    if (message !== undefined) {
      breaches.push({ path: ['images', index], message });
      continue;
    }
    const [known] = digests;
    for (const digest of known === undefined ? refs.map(syntheticDigest) : [known]) {
      if (byDigest.has(digest)) breaches.push({ path: ['images', index], message: 'is about the image of an earlier entry' });
      byDigest.set(digest, factOf({ ...entry, digest, reason: reasonOf(entry) }, now));
      violations.set(digest, entry.violations);
    }
    for (const ref of refs) {
      const digest = known ?? syntheticDigest(ref);
      digestOf.set(referenceKey(ref), digest);
      const fact = byDigest.get(digest);
      if (known === undefined && fact !== undefined) byReference.set(referenceKey(ref), fact);
    }
  }
  const named = new Set(images.flatMap((entry) => entry.violations.map(({ watch }) => watch)));
  return { facts: { ...noImageFacts, byDigest, digestOf, byReference, violations, named }, breaches };
}

function namesOf({ ref, refs, digest }: ImageEntry): { readonly refs: readonly string[]; readonly digests: readonly string[] } {
  const all = [...(ref === undefined ? [] : [ref]), ...refs];
  const pinned = all.map(pinnedDigest).filter((found) => found !== '');
  return { refs: all, digests: [...new Set([...(digest === undefined ? [] : [digest]), ...pinned])] };
}

function namingMistake(refs: readonly string[], digests: readonly string[]): string | undefined {
  if (digests.length > 1) return 'names several digests; give each its own entry';
  return digests.length === 0 && refs.length === 0 ? 'names no image; give ref, refs or digest' : undefined;
}

/** Returns objects whose containers run the digest that their reference stands for, where they did not say one. */
export function withKnownDigests(objects: readonly ClusterObject[], { digestOf }: ImageFacts): readonly ClusterObject[] {
  const complete = (container: PodContainer): PodContainer => {
    const digest = 'digest' in containerDigest(container) ? undefined : digestOf.get(referenceKey(container.image));
    return digest === undefined ? container : { ...container, imageID: `${container.image}@${digest}` };
  };
  return objects.map((object) => (object.kind === 'Pod' ? { ...object, containers: object.containers.map(complete) } : object));
}

/** Returns by digest what the file says of the images of these objects, and all else that it says by digest. */
export function factsAbout(objects: readonly ClusterObject[], { byDigest, byReference }: ImageFacts): ReadonlyMap<string, Fact> {
  const facts = new Map(byDigest);
  for (const { image, digest } of runningImages(objects)) {
    const fact = byReference.get(referenceKey(image));
    // An entry for the very digest says more than one for a name that it runs under.
    if (fact !== undefined && !byDigest.has(digest)) facts.set(digest, { ...fact, digest });
  }
  return facts;
}

/** Returns what the file says of watches, about the images of these objects and all others that it names by digest; checked at `now`. */
export function watchesAbout(
  objects: readonly ClusterObject[],
  { byDigest, byReference, violations, named, watches }: ImageFacts,
  now: Date,
): ReadonlyMap<string, WatchFact> {
  const found = new Map(violations);
  for (const { image, digest } of runningImages(objects)) {
    const fact = byReference.get(referenceKey(image));
    if (fact !== undefined && !byDigest.has(digest)) found.set(digest, violations.get(fact.digest) ?? []);
  }
  const written = [...named].map((watch): readonly [string, WatchFact] => {
    const images = [...found].map(([digest, all]) => ({ digest, violations: all.filter((one) => one.watch === watch).map(inOrder) }));
    return [watch, recordedWatch({ checkedAt: now, stale: false, reason: '', images: images.filter((one) => one.violations.length > 0) })];
  });
  return new Map([...watches, ...written]);
}

/** In the order of members that Xray's answers are given. */
function inOrder({ type, severity, watch, policy, rule, issue }: XrayViolation): XrayViolation {
  return { type, severity, watch, policy, rule, issue };
}

/** Two ways to write one reference have one key: `nginx` and `docker.io/library/nginx:latest`. */
export function referenceKey(ref: string): string {
  const { registry, repository, tag } = parseImageReference(ref);
  return `${registry}/${repository}:${tag}`;
}

function referencesOf(objects: readonly ClusterObject[]): ReadonlyMap<string, string> {
  return new Map(runningImages(objects).map(({ image, digest }) => [referenceKey(image), digest]));
}

function runningImages(objects: readonly ClusterObject[]): readonly { readonly image: string; readonly digest: string }[] {
  const containers = objects.flatMap((object) => (object.kind === 'Pod' ? object.containers : []));
  return containers.flatMap((container) => {
    const found = containerDigest(container);
    return 'digest' in found ? [{ image: container.image, digest: found.digest }] : [];
  });
}

function pinnedDigest(ref: string): string {
  return parseImageReference(ref).digest;
}

/** Stands for the digest that nobody gave: the same for the same reference. */
function syntheticDigest(ref: string): string {
  return `sha256:${createHash('sha256').update(referenceKey(ref)).digest('hex')}`;
}

function reasonOf({ state, reason }: ImageEntry): string {
  return state === 'unavailable' && reason === '' ? 'the file of facts says so' : reason;
}
