// A recording with everything that is in it, to be written or filled up; and which digests its workloads use. Pure.
import { identifyRemembered, withOwnMemory } from '../actions/memory.ts';
import { Cluster } from '../facts/cluster.ts';
import type { Fact } from '../facts/fact.ts';
import { type Identity, type ImageNeeds, type ImageQuestion, type KnownImages, questionKey } from '../facts/identity.ts';
import type { JsonObject } from '../facts/json.ts';
import type { ClusterObject } from '../facts/objects.ts';
import type { Recording } from '../facts/recording.ts';
import type { WatchFact } from '../facts/watch-fact.ts';
import { allNeeds, gatherWorkload } from '../facts/workload.ts';
import { unrecordedWatch } from './recorded-watches.ts';

/** What a recording is made of. */
export interface RecordedContent {
  readonly takenAt: Date;
  readonly objects: readonly ClusterObject[];
  readonly policies: readonly JsonObject[];
  /** By digest. */
  readonly facts: ReadonlyMap<string, Fact>;
  /** What registries said; absent when none was asked. */
  readonly identities?: readonly RecordedIdentity[];
  /** By name, what is known of watches of Xray; absent when none was asked for. */
  readonly watches?: ReadonlyMap<string, WatchFact>;
  /** Keys of annotations that a snapshot was written without, sorted; absent when there are none. */
  readonly droppedAnnotations?: readonly string[];
}

/** A question to a registry, and its answer. */
export interface RecordedIdentity extends Omit<ImageQuestion, 'since'> {
  readonly identity: Identity;
}

/** A recording that can be listed, with what a reader should be told about how it came about. */
export interface FullRecording extends Recording {
  readonly objects: readonly ClusterObject[];
  readonly facts: ReadonlyMap<string, Fact>;
  readonly identities?: readonly RecordedIdentity[];
  readonly watches?: ReadonlyMap<string, WatchFact>;
  /** One sentence each, without a full stop; for standard error. */
  readonly notes: readonly string[];
}

/** Returns the recording of a content. */
export function recordingOf(content: RecordedContent, notes: readonly string[] = []): FullRecording {
  const { takenAt, objects, policies, facts, identities, watches } = content;
  const byQuestion = new Map(identities?.map((one) => [questionKey(one), one.identity]));
  return {
    takenAt,
    objects,
    policies,
    facts,
    notes,
    cluster: clusterWith(objects),
    ...(identities === undefined ? {} : { identities }),
    ...(watches === undefined ? {} : { watches }),
    factOf: (digest) => facts.get(digest) ?? unrecorded(digest),
    identityOf: (question) => byQuestion.get(questionKey(question)),
    watchOf: (watch) => watches?.get(watch) ?? unrecordedWatch(watch),
  };
}

/** Returns a cluster in which these objects have arrived. */
export function clusterWith(objects: readonly ClusterObject[]): Cluster {
  const cluster = new Cluster();
  for (const object of objects) cluster.apply(object);
  return cluster;
}

/** Returns what must be known of all images that workloads run, or ran before they were scaled to zero; sorted, each once. */
export function needsInUse(cluster: Cluster, known?: KnownImages): ImageNeeds {
  const workloads = [...cluster.workloadKeys()].flatMap((key) => gatherWorkload(cluster, key, known) ?? []);
  return allNeeds(workloads.map((workload) => withOwnMemory(workload, identifyRemembered(cluster, known)).needs));
}

/** Returns the digests that runtimes report of all these images; sorted, each once. */
export function digestsInUse(cluster: Cluster): readonly string[] {
  return needsInUse(cluster).digests;
}

function unrecorded(digest: string): Fact {
  return { state: 'unavailable', digest, reason: 'nothing was recorded about this image' };
}
