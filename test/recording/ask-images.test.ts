// Asking Xray and registries about a whole cluster once: what follows from an answer is asked too, and what was recorded gives the same images.
import test from 'ava';
import { imageStates } from '../../src/evaluation/image-state.ts';
import type { Recording } from '../../src/facts/recording.ts';
import { gatherWorkload } from '../../src/facts/workload.ts';
import { type AskImagesOptions, askImages } from '../../src/recording/ask-images.ts';
import { parseDocuments } from '../../src/recording/documents.ts';
import { readSnapshot } from '../../src/recording/read-snapshot.ts';
import { clusterWith, recordingOf } from '../../src/recording/recorded.ts';
import { snapshotText } from '../../src/recording/snapshot-text.ts';
import { content, issue, now } from '../builders/fact.ts';
import { MemoryRegistry } from '../builders/memory-registry.ts';
import { memoryScans } from '../builders/memory-scans.ts';
import { container, digestOf, namespace, node, pod } from '../builders/objects.ts';

const image = 'reg.io/shop/api:1';
const objects = [namespace(), node(), pod({ nodeName: 'node-1', containers: [container({ image })] })];

/** Xray knows the amd64 manifest of an index only. */
function setUp(given: Partial<AskImagesOptions> = {}) {
  const registry = new MemoryRegistry();
  registry.setIndex(digestOf(image), { 'linux/amd64': digestOf('amd64'), 'linux/arm64': digestOf('arm64') });
  const scans = memoryScans();
  scans.set(digestOf(image), { kind: 'unscanned' });
  scans.set(digestOf('amd64'), { kind: 'scanned', content: content({ issues: [issue()] }) });
  const signal = new AbortController().signal;
  const ask = () =>
    askImages({ cluster: clusterWith(objects), facts: new Map(), scans, registry, now, signal, progress: () => undefined, ...given });
  return { registry, scans, ask };
}

/** State and digest of each image. */
function imagesIn(recording: Recording): unknown {
  const workload = gatherWorkload(recording.cluster, 'uid-api-1', recording);
  return workload && imageStates(workload, recording.factOf).map(({ state, image: { digest } }) => [state, digest]);
}

test('the manifest of an index is asked about in turn, and a snapshot holds what led to it', async (t) => {
  const { registry, scans, ask } = setUp();
  const { asked, identities } = await ask();
  t.deepEqual(scans.questions, [[digestOf(image)], [digestOf('amd64')]]);
  t.deepEqual(registry.questions, [`reg.io/shop/api ${digestOf(image)}`]);
  const live = { takenAt: now, objects, policies: [], facts: asked, ...(identities === undefined ? {} : { identities }) };
  t.deepEqual(imagesIn(recordingOf(live)), [['scanned', digestOf('amd64')]]);
  const [document] = parseDocuments('snapshot.json', snapshotText(live).text);
  t.deepEqual(document && imagesIn(recordingOf(readSnapshot(document))), [['scanned', digestOf('amd64')]]);
});

test('what is known is not asked again', async (t) => {
  const first = await setUp().ask();
  const { registry, scans, ask } = setUp({ facts: first.asked, identities: first.identities ?? [] });
  t.deepEqual([(await ask()).asked.size, scans.questions, registry.questions], [0, [], []]);
});

test('without a registry it stays open what a digest is of, and nothing is recorded of it', async (t) => {
  const { ask } = setUp({ registry: undefined });
  const { asked, identities } = await ask();
  t.deepEqual([[...asked.keys()], identities], [[digestOf(image)], undefined]);
  t.deepEqual(imagesIn(recordingOf({ takenAt: now, objects, policies: [], facts: asked })), [['unscanned', digestOf(image)]]);
});

test('a registry that is down or throws could not tell, and that is recorded', async (t) => {
  const { registry, ask } = setUp();
  registry.set(digestOf(image), new Error('connect ECONNREFUSED'));
  const { identities } = await ask();
  t.deepEqual(
    identities?.map(({ identity }) => identity),
    [{ kind: 'unknown', reason: 'connect ECONNREFUSED' }],
  );
});

test('nobody waits for a registry once it is over', async (t) => {
  const stopping = new AbortController();
  const { registry, ask } = setUp({ signal: stopping.signal });
  registry.hold();
  const asking = ask();
  stopping.abort(new Error('over'));
  await t.throwsAsync(asking, { message: 'over' });
});
