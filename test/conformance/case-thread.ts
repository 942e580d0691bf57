// The thread in which cases are evaluated: one after another, and replaced when a case does not come to an end.
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { CaseAnswer, CaseRequest } from './case-message.ts';

export interface CaseThread {
  /** Answers a case; one that takes longer than the deadline has `hung`. Not to be called again before it has answered. */
  readonly evaluate: (request: CaseRequest) => Promise<CaseAnswer>;
  readonly close: () => Promise<void>;
}

/** Starts the thread, and again after a case that hung; what the start takes is not the case's time. */
export async function createCaseThread(deadlineMs: number): Promise<CaseThread> {
  let worker = await startWorker();
  return {
    evaluate: async (request) => {
      const { promise, resolve, reject } = Promise.withResolvers<CaseAnswer>();
      const timer = setTimeout(() => resolve({ kind: 'hung', message: `no answer within ${deadlineMs} ms` }), deadlineMs);
      worker.once('message', resolve);
      worker.once('error', reject);
      worker.postMessage(request, [request.wasm.buffer]);
      const answer = await promise.finally(() => {
        clearTimeout(timer);
        worker.removeAllListeners('message');
        worker.removeAllListeners('error');
      });
      if (answer.kind === 'hung') {
        await worker.terminate();
        worker = await startWorker();
      }
      return answer;
    },
    close: async () => {
      await worker.terminate();
    },
  };
}

/** Its first message says that it is there. */
async function startWorker(): Promise<Worker> {
  const worker = new Worker(new URL('case-worker.ts', import.meta.url));
  await once(worker, 'message');
  return worker;
}
