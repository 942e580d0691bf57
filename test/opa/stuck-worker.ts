// A worker that answers as the real one does, but for a document that asks for it: then it runs what V8 cannot interrupt.
import { BroadcastChannel, parentPort, workerData } from 'node:worker_threads';
import { isJsonObject } from '../../src/facts/json.ts';
import type { EvaluateRequest, WorkerData, WorkerMessage } from '../../src/opa/worker-messages.ts';

const million = '0'.repeat(1_000_000);
// Looking for a text in another one is native, and for such texts takes minutes.
const haystack = million.repeat(4);
const needle = `${'0'.repeat(1000)}1${million}${million}`;

const channel = new BroadcastChannel('stuck');
const port = parentPort;
// `workerData` is what the loader gives, and nobody else starts this file.
const { running } = workerData as WorkerData;
const send = (message: WorkerMessage): void => port?.postMessage(message);

port?.on('message', ({ document, ruleIds }: EvaluateRequest) => {
  const given: unknown = JSON.parse(String(document));
  const isStuck = isJsonObject(given) && given.now === 'stuck';
  const json = JSON.stringify([{ result: { seen: isJsonObject(given) ? given.now : undefined, violation: [] } }]);
  for (const [index, id] of ruleIds.entries()) {
    Atomics.store(running, 0, index);
    if (isStuck && id === 'stuck') {
      channel.postMessage('from here on');
      haystack.split(needle);
    }
    send({ kind: 'answers', answers: [[id, { kind: 'answered', json }]], done: false });
  }
  Atomics.store(running, 0, -1);
  send({ kind: 'answers', answers: [], done: true });
});
send({ kind: 'ready' });
