// Entry of the worker thread: evaluates documents until it is ended.
import { parentPort, workerData } from 'node:worker_threads';
import type { RuleAnswer } from '../evaluation/program.ts';
import { messageOf } from '../failure.ts';
import { createEvaluator, type Evaluator } from './evaluator.ts';
import { type EvaluateRequest, noRule, type WorkerData, type WorkerMessage } from './worker-messages.ts';

// Answers wait this long for those of further rules; what was sent is not lost when a later rule has to be ended.
const flushAfterMs = 100;
// And no longer than this, so that large ones do not fill the heap.
const flushAfterLength = 8 * 1024 * 1024;
// What 256 rules may answer in any case without it being more than what all may answer together: who is short is not harmed by who is not.
const shortAnswerLength = 256 * 1024;

const tooMuch: RuleAnswer = {
  ...{ kind: 'failed', reason: 'MemoryExceeded', message: 'the answers of all rules on this document are longer than 64 MiB' },
};

function start(port: NonNullable<typeof parentPort>, data: WorkerData): void {
  const send = (message: WorkerMessage): void => port.postMessage(message);
  let evaluator: Evaluator;
  try {
    evaluator = createEvaluator(data.module, data.ruleIds, data.options);
  } catch (thrown) {
    send({ kind: 'unusable', message: messageOf(thrown) });
    return;
  }
  port.on('message', (request: EvaluateRequest) => {
    let answers: (readonly [string, RuleAnswer])[] = [];
    let waitingLength = 0;
    let totalLength = 0;
    let flushedAt = performance.now();
    evaluator.evaluate(request.document, request.ruleIds, {
      before: (index) => Atomics.store(data.running, 0, index),
      after: (id, answer) => {
        const length = answer.kind === 'answered' ? answer.json.length : answer.message.length;
        const isTooMuch = length > shortAnswerLength && totalLength + length > request.maxTotalLength;
        answers.push([id, isTooMuch ? tooMuch : answer]);
        if (!isTooMuch) {
          totalLength += length;
          waitingLength += length;
        }
        if (waitingLength < flushAfterLength && performance.now() - flushedAt < flushAfterMs) return;
        send({ kind: 'answers', answers, done: false });
        answers = [];
        waitingLength = 0;
        flushedAt = performance.now();
      },
    });
    Atomics.store(data.running, 0, noRule);
    send({ kind: 'answers', answers, done: true });
  });
  send({ kind: 'ready' });
}

// `workerData` is what load.ts gives, and nobody else starts this file.
if (parentPort !== null) start(parentPort, workerData as WorkerData);
