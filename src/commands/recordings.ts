// Builds a recording for the verbs that need one: from a live cluster and Xray, or from files. Does network I/O and reads files.
import { readdir, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { Clock } from '../facts/clock.ts';
import { compareTexts } from '../facts/compare-texts.ts';
import type { Fact } from '../facts/fact.ts';
import type { JsonObject } from '../facts/json.ts';
import type { ImageRegistry } from '../facts/registry.ts';
import type { ScanSource } from '../facts/scan.ts';
import type { WatchFact } from '../facts/watch-fact.ts';
import type { WatchSource } from '../facts/watch-source.ts';
import type { KubernetesClient } from '../kubernetes/client.ts';
import { type DeclaredCluster, readManifests } from '../kubernetes/manifests.ts';
import { readCluster } from '../kubernetes/read-cluster.ts';
import { parsePolicy } from '../policy/parse.ts';
import { askImages } from '../recording/ask-images.ts';
import { askWatches } from '../recording/ask-watches.ts';
import { askMissingWatches, joinableWatches } from '../recording/complete-watches.ts';
import { type FileDocument, readDocuments, unreadable } from '../recording/documents.ts';
import { factsAbout, isFactsFile, noImageFacts, readImageFacts, watchesAbout, withKnownDigests } from '../recording/facts-file.ts';
import { isSnapshot, readSnapshot } from '../recording/read-snapshot.ts';
import { clusterWith, digestsInUse, type FullRecording, type RecordedContent, recordingOf } from '../recording/recorded.ts';
import { unusedReferences } from '../recording/unused-references.ts';
import { whyUnreadable } from './read-failure.ts';

/** How long reading a cluster may take unless somebody says otherwise: a cluster of ten thousand pods takes a few seconds. */
export const clusterTimeoutMs = 60_000;

export interface RecordClusterOptions {
  readonly client: KubernetesClient;
  /** Absent: nothing is recorded about images. */
  readonly scans?: ScanSource;
  /** Asked about the watches that the policies name; absent: nothing is recorded about them. */
  readonly violations?: WatchSource;
  /** Asked which manifest a digest stands for that Xray does not know; absent: that is left open. */
  readonly registry?: ImageRegistry;
  readonly clock: Pick<Clock, 'now'>;
  /** For reading the cluster; Xray's answers have limits of their own. `clusterTimeoutMs` unless given. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Called with one line, which the next one replaces, about what is being done. */
  readonly progress?: (text: string) => void;
}

/**
 * Reads the cluster and asks Xray about every image that it runs; changes nothing. Facts carry the time of the recording. Throws `Failure`
 * when a kind may not be read or cannot be in time, naming it; Xray's failures are facts that are `unavailable`.
 */
export async function recordCluster(options: RecordClusterOptions): Promise<FullRecording> {
  const {
    client,
    scans,
    violations,
    registry,
    clock,
    timeoutMs = clusterTimeoutMs,
    signal = new AbortController().signal,
    progress = () => {},
  } = options;
  const { objects, policies, knowsPolicies } = await readCluster({ client, timeoutMs, progress });
  const takenAt = clock.now();
  const cluster = clusterWith(objects);
  const named = watchesOf(policies);
  const watches =
    violations === undefined || named.size === 0
      ? undefined
      : await askWatches({ violations, watches: named, now: takenAt, askedAt: takenAt, signal, progress });
  const { asked: facts, identities } = await askImages({ cluster, facts: new Map(), scans, registry, now: takenAt, signal, progress });
  const notes = knowsPolicies ? [] : ['the cluster does not know the resource KubeXrayPolicy, so it has no policies'];
  return recordingOf(
    {
      takenAt,
      objects,
      policies,
      facts,
      ...(identities === undefined ? {} : { identities }),
      ...(watches === undefined ? {} : { watches }),
    },
    notes,
  );
}

/** The watches that policies name; those of a policy that cannot be read are not known. */
function watchesOf(policies: readonly JsonObject[]): ReadonlySet<string> {
  const parsed = policies.map((object) => parsePolicy(object));
  return new Set(parsed.flatMap((result) => ('policy' in result ? result.policy.watches : [])));
}

export interface ReadRecordingOptions {
  /** A snapshot, a file of manifests, or a folder of them. */
  readonly resources: string;
  /** A snapshot or a list of images; it says more than what a snapshot in `resources` says of the same image. */
  readonly facts?: string;
  /** Asked about the images that no file says anything about. */
  readonly scans?: ScanSource;
  /** Asked about the watches that policies name, where no file says anything about them. */
  readonly violations?: WatchSource;
  /** Watches that policies beside the recording name. */
  readonly watches?: readonly string[];
  /** As for `recordCluster`. */
  readonly registry?: ImageRegistry;
  /** When manifests are taken to be deployed; a snapshot brings its own time. */
  readonly now: Date;
  readonly signal?: AbortSignal;
  readonly progress?: (text: string) => void;
}

/** A recording with what is assumed in it and what was asked for it. */
export interface ReadRecording extends FullRecording {
  /** Absent when it was recorded in a cluster. */
  readonly declared?: Pick<DeclaredCluster, 'namespaceNote' | 'places' | 'assumed'>;
  /** Digests that were made up for references that stand without one in the file of facts. */
  readonly assumedDigests: ReadonlySet<string>;
  /** Digests of which the file of facts does not say when Xray was asked. */
  readonly undatedDigests: ReadonlySet<string>;
  /** Watches of which it does not say so either. */
  readonly undatedWatches: ReadonlySet<string>;
  /** What came of asking Xray, by digest. */
  readonly asked: ReadonlyMap<string, Fact>;
  /** What came of asking Xray for violations, by watch. */
  readonly askedWatches: ReadonlyMap<string, WatchFact>;
}

/** Reads a recording from files. Throws `Failure` naming the file, and the place in it, that cannot be used. */
export async function readRecording(options: ReadRecordingOptions): Promise<ReadRecording> {
  const { content, notes, declared } = await readResources(options.resources, options.now);
  return { ...(await completedRecording(content, options, notes)), ...(declared === undefined ? {} : { declared }) };
}

/** Returns a recording with what the file of facts and Xray say beside it. Throws `Failure` like `readRecording`. */
export async function completedRecording(
  content: RecordedContent,
  options: Partial<Omit<ReadRecordingOptions, 'resources'>>,
  notes: readonly string[],
): Promise<ReadRecording> {
  const { facts: factsFile, scans, registry, signal = new AbortController().signal, progress = () => {} } = options;
  const document = factsFile === undefined ? undefined : await onlyDocument(factsFile);
  const imageFacts = document === undefined ? noImageFacts : readImageFacts(document, content.takenAt);
  const isWritten = document !== undefined && !isSnapshot(document);
  const objects = withKnownDigests(content.objects, imageFacts);
  const inUse = digestsInUse(clusterWith(objects));
  const given = factsAbout(objects, imageFacts);
  const facts = new Map([...content.facts, ...given]);
  const before = content.identities === undefined ? {} : { identities: content.identities };
  // As old as the rest of the recording, so that an answer of today does not look like one from its future.
  const ports = { scans, registry, now: content.takenAt, signal, progress };
  const recorded = new Map([...(content.watches ?? []), ...watchesAbout(objects, imageFacts, content.takenAt)]);
  const askedWatches = await askMissingWatches({
    ...{ violations: options.violations, recorded, isAllRecorded: inUse.every((digest) => facts.has(digest)) },
    ...{ now: content.takenAt, askedAt: options.now ?? content.takenAt, signal, progress },
    named: new Set([...watchesOf(content.policies), ...(options.watches ?? [])]),
  });
  const { asked: answers, identities } = await askImages({ cluster: clusterWith(objects), facts, ...before, ...ports });
  for (const [digest, fact] of answers) facts.set(digest, fact);
  const watches = joinableWatches({ recorded, asked: askedWatches, facts, askedFacts: answers });
  return {
    ...recordingOf(
      { ...content, objects, facts, ...(identities === undefined ? {} : { identities }), ...(watches.size === 0 ? {} : { watches }) },
      [...notes, ...(isWritten ? unusedNotes(unusedReferences(objects, imageFacts, inUse)) : [])],
    ),
    assumedDigests: new Set([...imageFacts.byReference.keys()].flatMap((key) => imageFacts.digestOf.get(key) ?? [])),
    undatedDigests: new Set(
      isWritten ? [...given.values()].filter((fact) => isUndated(fact, content.takenAt)).map(({ digest }) => digest) : [],
    ),
    undatedWatches: imageFacts.named,
    asked: answers,
    askedWatches,
  };
}

/** What has no time is given that of the recording. */
function isUndated(fact: Fact, takenAt: Date): boolean {
  return fact.state !== 'unavailable' && fact.checkedAt.getTime() === takenAt.getTime();
}

const unusedNamedAtMost = 3;

function unusedNotes(references: readonly string[]): readonly string[] {
  if (references.length === 0) return [];
  const more = references.length > unusedNamedAtMost ? `, and ${references.length - unusedNamedAtMost} more` : '';
  return [`no workload runs ${references.slice(0, unusedNamedAtMost).join(', ')}${more}, which the facts are about`];
}

interface Resources {
  readonly content: RecordedContent;
  readonly notes: readonly string[];
  /** Absent for a snapshot. */
  readonly declared?: DeclaredCluster;
}

async function readResources(path: string, now: Date): Promise<Resources> {
  const files = await manifestFiles(path);
  const documents = (await Promise.all(files.map(readDocuments))).flat();
  const [first] = documents;
  if (first !== undefined && documents.length === 1 && isSnapshot(first)) {
    const content = readSnapshot(first);
    return { content, notes: notesOnAnnotations(content) };
  }
  if (first !== undefined && documents.length === 1 && isFactsFile(first))
    throw unreadable(path, 'is no snapshot and no manifest, but a file of facts: give it with --facts');
  const snapshot = documents.find(isSnapshot);
  if (snapshot !== undefined) throw unreadable(snapshot.file, 'a snapshot is a whole cluster, and is given alone');
  const declared = readManifests(
    documents.map((document) => ({ value: document.value, place: document.placeOf([]) })),
    now,
  );
  const { objects, policies, notes } = declared;
  return { content: { takenAt: now, objects, policies, facts: new Map() }, notes, declared };
}

/** Rules that read annotations decide on a snapshot as if there were none, and nobody would know why. */
function notesOnAnnotations({ droppedAnnotations = [] }: RecordedContent): readonly string[] {
  if (droppedAnnotations.length === 0) return [];
  const more = droppedAnnotations.length > namedAtMost ? `, and ${droppedAnnotations.length - namedAtMost} more` : '';
  const keys = `${droppedAnnotations.slice(0, namedAtMost).join(', ')}${more}`;
  return [`annotations were left out when this snapshot was taken (${keys}): rules that read them see none`];
}

const namedAtMost = 10;

async function onlyDocument(file: string): Promise<FileDocument> {
  const isFolder = await stat(file).then(
    (info) => info.isDirectory(),
    (thrown: unknown) => {
      throw unreadable(file, whyUnreadable(thrown), thrown);
    },
  );
  if (isFolder) throw unreadable(file, 'it is a folder, and a file is wanted');
  const [document, ...others] = await readDocuments(file);
  if (document === undefined) throw unreadable(file, 'it is empty');
  if (others.length > 0) throw unreadable(file, 'it has several documents; facts are one');
  return document;
}

/** A folder stands for its manifests, those of its folders included, in the order of their names. */
async function manifestFiles(path: string): Promise<readonly string[]> {
  const info = await stat(path).catch((thrown: unknown) => {
    throw unreadable(path, whyUnreadable(thrown), thrown);
  });
  if (!info.isDirectory()) return [path];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => !entry.isDirectory() && /\.(ya?ml|json)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    // What is hidden is another program's own.
    .filter(
      (file) =>
        !relative(path, file)
          .split(sep)
          .some((part) => part.startsWith('.')),
    );
  if (files.length === 0) throw unreadable(path, 'there is no .yaml, .yml or .json file in it');
  return files.sort(compareTexts);
}
