// A worker thread that evaluates: starts it, hands it one document at a time, ends it at the deadline.
import { getCompileCacheDir } from 'node:module';
import { dirname, extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { RuleAnswer } from '../evaluation/program.ts';
import { Failure, messageOf } from '../failure.ts';
import type { EvaluatorOptions } from './evaluator.ts';
import { type EvaluateRequest, noRule, type WorkerData, type WorkerMessage } from './worker-messages.ts';

export interface ThreadInput {
  readonly module: WebAssembly.Module;
  readonly ruleIds: readonly string[];
  readonly options: EvaluatorOptions;
  /** Of JavaScript; the memory of the module is not in it. */
  readonly maxHeapMb: number;
  /**
   * Called when a thread did not end within a second of being told to, as V8 cannot interrupt every native function. It takes a core
   * until it ends by itself, which may be never; what is given resolves when it does. Nobody waits for it, but Node would: until then the
   * process does not end by `process.exit`, only by a signal.
   */
  readonly onAbandoned: (ended: Promise<void>) => void;
  /** Entry of the thread. Default: the worker beside this file. */
  readonly workerFile?: URL | undefined;
}

/** How a document went. When `ended` is there, the thread takes no other, and rules may lack answers. */
export interface ThreadResult {
  readonly answers: ReadonlyMap<string, RuleAnswer>;
  readonly ended?: {
    readonly reason: 'DeadlineExceeded' | 'MemoryExceeded' | 'WorkerEnded';
    readonly message: string;
    /** The rule that was running; undefined when none was. */
    readonly ruleId: string | undefined;
  };
}

export interface EvaluationThread {
  /** One call at a time. The deadline is that of each rule. Never rejects. */
  readonly run: (request: EvaluateRequest, deadlineMs: number) => Promise<ThreadResult>;
  /** Takes a second at most; what runs is answered as ended. Calling twice is safe. */
  readonly end: () => Promise<void>;
}

// A rule is ended after one to one and a quarter deadlines.
const looksPerDeadline = 4;
// Ending takes some milliseconds, where it can be done at all.
const endWithinMs = 1000;
/** Not yet begun: the worker has not taken the document. */
const waiting = -2;

/** Starts a thread and waits until it is ready. Throws `Failure` when the module is not usable or the thread does not start. */
export async function startThread(input: ThreadInput): Promise<EvaluationThread> {
  const { module, ruleIds, options, maxHeapMb } = input;
  const running = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)).fill(noRule);
  const workerData: WorkerData = { module, ruleIds, options, running };
  // Built, this file and the worker's end in .js; the compiler rewrites imports, but not a name in a URL.
  const file = input.workerFile ?? new URL(`./worker${extname(import.meta.url)}`, import.meta.url);
  const worker = new Worker(file, { workerData, env: environment(), execArgv: [], resourceLimits: { maxOldGenerationSizeMb: maxHeapMb } });
  const listener = listen(worker);
  let ending: Promise<void> | undefined;
  const end = (): Promise<void> => {
    ending ??= endWorker(worker, listener, input.onAbandoned);
    return ending;
  };
  const first = await new Promise<WorkerEvent>((resolve) => listener.to(resolve));
  if (first.kind !== 'ready') {
    await end();
    const why = first.kind === 'unusable' || first.kind === 'gone' ? first.message : 'the worker answered before it was asked';
    throw new Failure(`load the module of all rules: ${why}`, { retry: 'never', reason: 'ModuleUnusable' });
  }
  worker.unref();
  return {
    run: async (request, deadlineMs) => {
      // The process must outlast the evaluation, but not for the sake of an idle worker.
      worker.ref();
      const result = await runOn({ worker, running, listener }, request, deadlineMs);
      // Before the next thread starts, so that there are not two heaps at a time.
      if (result.ended !== undefined) await end();
      worker.unref();
      return result;
    },
    end,
  };
}

/** Nothing of ours but where Node keeps compiled code, if it does: starting a thread is mostly reading code. */
function environment(): Readonly<Record<string, string>> {
  // A folder of this version of Node, within the one that was given.
  const folder = getCompileCacheDir();
  return folder === undefined ? {} : { NODE_COMPILE_CACHE: dirname(folder) };
}

/** Resolves when the worker has ended, or is left to itself because it does not. */
async function endWorker(worker: Worker, listener: Listener, onAbandoned: ThreadInput['onAbandoned']): Promise<void> {
  const ended = worker.terminate().then(() => undefined);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(resolve, endWithinMs, 'late');
  });
  const how = await Promise.race([ended, late]);
  clearTimeout(timer);
  if (how !== 'late') return;
  listener.leave();
  // terminate() has made the process wait for it.
  worker.unref();
  onAbandoned(ended);
}

interface Gone {
  readonly kind: 'gone';
  readonly reason: 'MemoryExceeded' | 'WorkerEnded';
  readonly message: string;
}

type WorkerEvent = WorkerMessage | Gone;

interface Listener {
  /** Whoever came last hears what the worker says from now on; at once, when the worker is gone. */
  readonly to: (hear: (event: WorkerEvent) => void) => void;
  /** The worker counts as gone, whatever it still says. */
  readonly leave: () => void;
}

/** Listens once for all: promises that wait for an exit which does not come would pile up with every document. */
function listen(worker: Worker): Listener {
  let hear: (event: WorkerEvent) => void = () => {};
  let gone: Gone | undefined;
  let why: Gone = { kind: 'gone', reason: 'WorkerEnded', message: 'the worker ended' };
  const go = (event: Gone): void => {
    if (gone !== undefined) return;
    gone = event;
    hear(event);
  };
  worker.on('message', (message: WorkerMessage) => {
    if (gone === undefined) hear(message);
  });
  worker.once('error', (error: unknown) => {
    // A builtin that makes something huge of little fills the heap of the worker, not the memory of the module.
    const isFull = error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
    why = isFull
      ? { kind: 'gone', reason: 'MemoryExceeded', message: 'the rule needs more memory than it may have' }
      : { ...why, message: `the worker ended: ${messageOf(error)}` };
  });
  worker.once('exit', () => go(why));
  return {
    to: (next) => {
      hear = next;
      if (gone !== undefined) hear(gone);
    },
    leave: () => go({ kind: 'gone', reason: 'WorkerEnded', message: 'the worker could not be ended, and was left to itself' }),
  };
}

interface Started {
  readonly worker: Worker;
  readonly running: Int32Array;
  readonly listener: Listener;
}

async function runOn({ worker, running, listener }: Started, request: EvaluateRequest, deadlineMs: number): Promise<ThreadResult> {
  const answers = new Map<string, RuleAnswer>();
  Atomics.store(running, 0, waiting);
  const how = await new Promise<'done' | 'deadline' | Gone>((resolve) => {
    let seen = waiting;
    let looks = 0;
    // One rule after another, each gets its time: the one that runs when the document's would be over need not be the one that took it.
    const look = (): void => {
      const runs = Atomics.load(running, 0);
      looks = runs === seen ? looks + 1 : 0;
      seen = runs;
      // Busy for long itself, the main thread may be due here before it reads that the worker is done.
      if (looks < looksPerDeadline || runs === noRule) timer = setTimeout(look, deadlineMs / looksPerDeadline);
      else resolve('deadline');
    };
    let timer = setTimeout(look, deadlineMs / looksPerDeadline);
    const finish = (end: 'done' | Gone): void => {
      clearTimeout(timer);
      resolve(end);
    };
    listener.to((event) => {
      if (event.kind === 'gone') finish(event);
      if (event.kind !== 'answers') return;
      for (const [id, answer] of event.answers) answers.set(id, answer);
      if (event.done) finish('done');
    });
    worker.postMessage(request);
  });
  if (how === 'done') return { answers };
  const ruleId = request.ruleIds[Atomics.load(running, 0)];
  if (how !== 'deadline') return { answers, ended: { reason: how.reason, message: how.message, ruleId } };
  return { answers, ended: { reason: 'DeadlineExceeded', message: `the evaluation did not end within ${deadlineMs} ms`, ruleId } };
}
