// The input document of one workload of a snapshot, as the engine would have made it at that moment. Reads files.
import { identifyRemembered, withOwnMemory } from '../actions/memory.ts';
import { documentText, inputDocument } from '../evaluation/document.ts';
import { imageStates } from '../evaluation/image-state.ts';
import { ownDocument } from '../evaluation/own-document.ts';
import { compareTexts } from '../facts/compare-texts.ts';
import { joinWatches } from '../facts/watch-fact.ts';
import { gatherWorkload } from '../facts/workload.ts';
import { Failure } from '../failure.ts';
import { findWorkload, parseWorkloadName } from './find-workload.ts';
import { type ReadRecording, readRecording } from './recordings.ts';

/** Returns the JSON text of the document of `Kind/namespace/name` in a file. Throws `Failure` when one of the two cannot be had. */
export type RecordedDocument = (file: string, workload: string) => Promise<string>;

/** Returns a reader that reads each file once. */
export function createRecordedDocument(now: Date): RecordedDocument {
  const recordings = new Map<string, Promise<ReadRecording>>();
  return async (file, name) => {
    const reading = recordings.get(file) ?? readRecording({ resources: file, now });
    recordings.set(file, reading);
    return documentIn(await reading, name);
  };
}

/** As a rule of a policy that names every watch of which something is known. */
function documentIn(recording: ReadRecording, name: string): string {
  const { cluster, factOf, takenAt } = recording;
  const found = gatherWorkload(cluster, findWorkload(cluster, parseWorkloadName(name)), recording);
  // Guaranteed by the key, which is of a workload of this cluster.
  if (found === undefined) throw new Failure(`find ${name}: it is gone`, { retry: 'never', reason: 'NotFound' });
  const workload = withOwnMemory(found, identifyRemembered(cluster, recording));
  const known = [...(recording.watches ?? [])].filter(([, { state }]) => state === 'known').sort(([a], [b]) => compareTexts(a, b));
  const watches = known.map(([, fact]) => fact);
  const states = imageStates(workload, factOf, (fact) => joinWatches(fact, watches));
  const document = documentText(inputDocument(workload, states, takenAt).pieces);
  return ownDocument(document, { parameters: {}, watches: known.map(([watch]) => watch) });
}
