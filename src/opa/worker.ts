// Entry of the worker thread: evaluates documents until it is ended.
import { parentPort, workerData } from 'node:worker_threads';
import type { RuleAnswer } from '../evaluation/program.ts';
import { messageOf } from '../failure.ts';
import { createEvaluator, type Evaluator } from './evaluator.ts';
import { type EvaluateRequest, noRule, type WorkerData, type WorkerMessage } from './worker-messages.ts';

// Answers wait this long for those of further rules; what was sent is not lost when a later rule has to be ended.
const flushAfterMs = 100;

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
    let flushedAt = performance.now();
    evaluator.evaluate(request.document, request.ruleIds, {
      before: (index) => Atomics.store(data.running, 0, index),
      after: (id, answer) => {
        answers.push([id, answer]);
        if (performance.now() - flushedAt < flushAfterMs) return;
        send({ kind: 'answers', answers, done: false });
        answers = [];
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
