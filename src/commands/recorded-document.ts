// The input document of one workload of a snapshot, as the engine would have made it at that moment. Reads files.
import { withOwnMemory } from '../actions/memory.ts';
import { documentText, inputDocument } from '../evaluation/document.ts';
import { imageStates } from '../evaluation/image-state.ts';
import type { Recording } from '../facts/recording.ts';
import { gatherWorkload } from '../facts/workload.ts';
import { Failure } from '../failure.ts';
import { findWorkload, parseWorkloadName } from './find-workload.ts';
import { readRecording } from './recordings.ts';

/** Returns the JSON text of the document of `Kind/namespace/name` in a file. Throws `Failure` when one of the two cannot be had. */
export type RecordedDocument = (file: string, workload: string) => Promise<string>;

/** Returns a reader that reads each file once. */
export function createRecordedDocument(now: Date): RecordedDocument {
  const recordings = new Map<string, Promise<Recording>>();
  return async (file, name) => {
    const reading = recordings.get(file) ?? readRecording({ resources: file, now });
    recordings.set(file, reading);
    return documentIn(await reading, name);
  };
}

function documentIn({ cluster, factOf, takenAt }: Recording, name: string): string {
  const found = gatherWorkload(cluster, findWorkload(cluster, parseWorkloadName(name)));
  // Guaranteed by the key, which is of a workload of this cluster.
  if (found === undefined) throw new Failure(`find ${name}: it is gone`, { retry: 'never', reason: 'NotFound' });
  const workload = withOwnMemory(found);
  return documentText(inputDocument(workload, imageStates(workload, factOf), takenAt).pieces);
}
