// Builds a recording for the verbs that need one: from a live cluster and Xray, or from files. Does network I/O and reads files.
import { readdir, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { Clock } from '../facts/clock.ts';
import { compareTexts } from '../facts/compare-texts.ts';
import type { Fact } from '../facts/fact.ts';
import type { ScanSource } from '../facts/scan.ts';
import { messageOf } from '../failure.ts';
import type { KubernetesClient } from '../kubernetes/client.ts';
import { readManifests } from '../kubernetes/manifests.ts';
import { readCluster } from '../kubernetes/read-cluster.ts';
import { askFacts } from '../recording/ask-facts.ts';
import { type FileDocument, readDocuments, unreadable } from '../recording/documents.ts';
import { factsAbout, noImageFacts, readImageFacts, withKnownDigests } from '../recording/facts-file.ts';
import { isSnapshot, readSnapshot } from '../recording/read-snapshot.ts';
import { clusterWith, digestsInUse, type FullRecording, type RecordedContent, recordingOf } from '../recording/recorded.ts';

export interface RecordClusterOptions {
  readonly client: KubernetesClient;
  /** Absent: nothing is recorded about images. */
  readonly scans?: ScanSource;
  readonly clock: Pick<Clock, 'now'>;
  /** For reading the cluster; Xray's answers have limits of their own. 120 s unless given. */
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
  const { client, scans, clock, timeoutMs = 120_000, signal = new AbortController().signal, progress = () => {} } = options;
  const { objects, policies, knowsPolicies } = await readCluster({ client, timeoutMs, progress });
  const takenAt = clock.now();
  const asked = (done: number, of: number): void => progress(`asking Xray: ${done} of ${of} images`);
  const askAll = (digests: readonly string[], source: ScanSource): Promise<ReadonlyMap<string, Fact>> =>
    askFacts({ scans: source, digests, now: takenAt, signal, progress: asked });
  const facts = scans === undefined ? new Map<string, Fact>() : await askAll(digestsInUse(clusterWith(objects)), scans);
  const notes = knowsPolicies ? [] : ['the cluster does not know the resource KubeXrayPolicy, so it has no policies'];
  return recordingOf({ takenAt, objects, policies, facts }, notes);
}

export interface ReadRecordingOptions {
  /** A snapshot, a file of manifests, or a folder of them. */
  readonly resources: string;
  /** A snapshot or a list of images; it says more than what a snapshot in `resources` says of the same image. */
  readonly facts?: string;
  /** Asked about the images that no file says anything about. */
  readonly scans?: ScanSource;
  /** When manifests are taken to be deployed; a snapshot brings its own time. */
  readonly now: Date;
  readonly signal?: AbortSignal;
  readonly progress?: (text: string) => void;
}

/** Reads a recording from files. Throws `Failure` naming the file, and the place in it, that cannot be used. */
export async function readRecording(options: ReadRecordingOptions): Promise<FullRecording> {
  const { resources, facts: factsFile, scans, now, signal = new AbortController().signal, progress = () => {} } = options;
  const { content, notes } = await readResources(resources, now);
  const imageFacts = factsFile === undefined ? noImageFacts : readImageFacts(await onlyDocument(factsFile), content.takenAt);
  const objects = withKnownDigests(content.objects, imageFacts);
  const facts = new Map([...content.facts, ...factsAbout(objects, imageFacts)]);
  if (scans !== undefined) {
    const digests = digestsInUse(clusterWith(objects)).filter((digest) => !facts.has(digest));
    const asked = (done: number, of: number): void => progress(`asking Xray: ${done} of ${of} images`);
    // As old as the rest of the recording, so that an answer of today does not look like one from its future.
    const answers = await askFacts({ scans, digests, now: content.takenAt, signal, progress: asked });
    for (const [digest, fact] of answers) facts.set(digest, fact);
  }
  return recordingOf({ ...content, objects, facts }, notes);
}

interface Resources {
  readonly content: RecordedContent;
  readonly notes: readonly string[];
}

async function readResources(path: string, now: Date): Promise<Resources> {
  const files = await manifestFiles(path);
  const documents = (await Promise.all(files.map(readDocuments))).flat();
  const [first] = documents;
  if (first !== undefined && documents.length === 1 && isSnapshot(first)) return { content: readSnapshot(first), notes: [] };
  const snapshot = documents.find(isSnapshot);
  if (snapshot !== undefined) throw unreadable(snapshot.file, 'a snapshot is a whole cluster, and is given alone');
  const { objects, policies, notes } = readManifests(
    documents.map((document) => ({ value: document.value, place: document.placeOf([]) })),
    now,
  );
  return { content: { takenAt: now, objects, policies, facts: new Map() }, notes };
}

async function onlyDocument(file: string): Promise<FileDocument> {
  const [document, ...others] = await readDocuments(file);
  if (document === undefined) throw unreadable(file, 'it is empty');
  if (others.length > 0) throw unreadable(file, 'it has several documents; facts are one');
  return document;
}

/** A folder stands for its manifests, those of its folders included, in the order of their names. */
async function manifestFiles(path: string): Promise<readonly string[]> {
  const info = await stat(path).catch((thrown: unknown) => {
    throw unreadable(path, messageOf(thrown), thrown);
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
