// A worker thread that evaluates: starts it, hands it one document at a time, ends it at the deadline.
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { RuleAnswer } from '../evaluation/program.ts';
import { Failure, messageOf } from '../failure.ts';
import type { EvaluatorOptions } from './evaluator.ts';
import { type EvaluateRequest, noRule, type WorkerData, type WorkerMessage } from './worker-messages.ts';

export interface ThreadInput {
  readonly module: WebAssembly.Module;
  readonly ruleIds: readonly string[];
  readonly options: EvaluatorOptions;
}

/** How a document went. When `ended` is there, so is the thread, and rules may lack answers. */
export interface ThreadResult {
  readonly answers: ReadonlyMap<string, RuleAnswer>;
  readonly ended?: {
    readonly reason: 'DeadlineExceeded' | 'Aborted';
    readonly message: string;
    /** The rule that was running; undefined when none was. */
    readonly ruleId: string | undefined;
  };
}

export interface EvaluationThread {
  /** One call at a time. Never rejects. */
  readonly run: (request: EvaluateRequest, deadlineMs: number) => Promise<ThreadResult>;
  readonly end: () => Promise<void>;
}

/** Not yet begun: the worker has not taken the document. */
const waiting = -2;
// Answers of rules are texts of some megabytes at worst; the memory of the module is not in this.
const maxHeapMb = 256;

/** Starts a thread and waits until it is ready. Throws `Failure` when the module is not usable or the thread does not start. */
export async function startThread({ module, ruleIds, options }: ThreadInput): Promise<EvaluationThread> {
  const running = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)).fill(noRule);
  const workerData: WorkerData = { module, ruleIds, options, running };
  // Built, this file and the worker's end in .js; the compiler rewrites imports, but not a name in a URL.
  const file = new URL(`./worker${extname(import.meta.url)}`, import.meta.url);
  const worker = new Worker(file, { workerData, env: {}, execArgv: [], resourceLimits: { maxOldGenerationSizeMb: maxHeapMb } });
  const exit = exitOf(worker);
  const first = await Promise.race([nextMessage(worker), exit]);
  if (typeof first === 'string') throw unusable(first);
  if (first.kind === 'unusable') {
    await worker.terminate();
    throw unusable(first.message);
  }
  worker.unref();
  return {
    run: async (request, deadlineMs) => {
      // The process must outlast the evaluation, but not for the sake of an idle worker.
      worker.ref();
      try {
        return await runOn({ worker, running, exit }, request, deadlineMs);
      } finally {
        worker.unref();
      }
    },
    end: async () => {
      await worker.terminate();
    },
  };
}

interface Started {
  readonly worker: Worker;
  readonly running: Int32Array;
  /** Resolves to why the worker is no more. */
  readonly exit: Promise<string>;
}

async function runOn({ worker, running, exit }: Started, request: EvaluateRequest, deadlineMs: number): Promise<ThreadResult> {
  const answers = new Map<string, RuleAnswer>();
  const runningRule = (): string | undefined => request.ruleIds[Atomics.load(running, 0)];
  const done = new Promise<'done'>((resolve) => {
    const take = (message: WorkerMessage): void => {
      if (message.kind !== 'answers') return;
      for (const [id, answer] of message.answers) answers.set(id, answer);
      if (!message.done) return;
      worker.off('message', take);
      resolve('done');
    };
    worker.on('message', take);
  });
  const deadline = startDeadline(deadlineMs, () => Atomics.load(running, 0) === noRule);
  Atomics.store(running, 0, waiting);
  worker.postMessage(request);
  const how = await Promise.race([done, deadline.passed, exit]);
  deadline.stop();
  if (how === 'done') return { answers };
  const ruleId = runningRule();
  if (how !== 'deadline') return { answers, ended: { reason: 'Aborted', message: how, ruleId } };
  await worker.terminate();
  return { answers, ended: { reason: 'DeadlineExceeded', message: `the evaluation did not end within ${deadlineMs} ms`, ruleId } };
}

/**
 * A timer that lets the worker off when it is already done and only its message was not read yet, as happens when the main thread
 * was busy past the deadline.
 */
function startDeadline(deadlineMs: number, isDone: () => boolean): { readonly passed: Promise<'deadline'>; readonly stop: () => void } {
  let timer: NodeJS.Timeout | undefined;
  const passed = new Promise<'deadline'>((resolve) => {
    const check = (): void => {
      if (isDone()) timer = setTimeout(check, deadlineMs);
      else resolve('deadline');
    };
    timer = setTimeout(check, deadlineMs);
  });
  return { passed, stop: () => clearTimeout(timer) };
}

function nextMessage(worker: Worker): Promise<WorkerMessage> {
  return new Promise((resolve) => worker.once('message', resolve));
}

function exitOf(worker: Worker): Promise<string> {
  return new Promise((resolve) => {
    let why = 'the worker ended';
    worker.once('error', (error: unknown) => {
      why = `the worker ended: ${messageOf(error)}`;
    });
    worker.once('exit', () => resolve(why));
  });
}

function unusable(message: string): Failure {
  return new Failure(`load the module of all rules: ${message}`, { retry: 'never', reason: 'ModuleUnusable' });
}
