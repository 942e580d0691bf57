// A recording with everything that is in it, to be written or filled up; and which digests its workloads use. Pure.
import { withOwnMemory } from '../actions/memory.ts';
import { Cluster } from '../facts/cluster.ts';
import { compareTexts } from '../facts/compare-texts.ts';
import type { Fact } from '../facts/fact.ts';
import type { JsonObject } from '../facts/json.ts';
import type { ClusterObject } from '../facts/objects.ts';
import type { Recording } from '../facts/recording.ts';
import { digestsOf, gatherWorkload } from '../facts/workload.ts';

/** What a recording is made of. */
export interface RecordedContent {
  readonly takenAt: Date;
  readonly objects: readonly ClusterObject[];
  readonly policies: readonly JsonObject[];
  /** By digest. */
  readonly facts: ReadonlyMap<string, Fact>;
  /** Keys of annotations that a snapshot was written without, sorted; absent when there are none. */
  readonly droppedAnnotations?: readonly string[];
}

/** A recording that can be listed, with what a reader should be told about how it came about. */
export interface FullRecording extends Recording {
  readonly objects: readonly ClusterObject[];
  readonly facts: ReadonlyMap<string, Fact>;
  /** One sentence each, without a full stop; for standard error. */
  readonly notes: readonly string[];
}

/** Returns the recording of a content. */
export function recordingOf(content: RecordedContent, notes: readonly string[] = []): FullRecording {
  const { takenAt, objects, policies, facts } = content;
  return {
    takenAt,
    objects,
    policies,
    facts,
    notes,
    cluster: clusterWith(objects),
    factOf: (digest) => facts.get(digest) ?? unrecorded(digest),
  };
}

/** Returns a cluster in which these objects have arrived. */
export function clusterWith(objects: readonly ClusterObject[]): Cluster {
  const cluster = new Cluster();
  for (const object of objects) cluster.apply(object);
  return cluster;
}

/** Returns the digests of all images that workloads run, or ran before they were scaled to zero; sorted, each once. */
export function digestsInUse(cluster: Cluster): readonly string[] {
  const workloads = [...cluster.workloadKeys()].map((key) => gatherWorkload(cluster, key)).filter((workload) => workload !== undefined);
  return [...new Set(workloads.map(withOwnMemory).flatMap(digestsOf))].sort(compareTexts);
}

function unrecorded(digest: string): Fact {
  return { state: 'unavailable', digest, reason: 'nothing was recorded about this image' };
}
