// Loads a compiled module and evaluates its rules in a worker thread, with a deadline and a memory maximum.
import type { DocumentText } from '../evaluation/document.ts';
import type { LoadProgram, RuleAnswer, RuleProgram } from '../evaluation/program.ts';
import { Failure, messageOf } from '../failure.ts';
import { type EvaluationThread, startThread, type ThreadInput, type ThreadResult } from './evaluation-thread.ts';
import type { EvaluatorOptions } from './evaluator.ts';
import { tryOut } from './try-out.ts';
import type { EvaluateRequest } from './worker-messages.ts';

export interface LoadOptions {
  /** For a document of no size. Default: 2 s. */
  readonly deadlineMs?: number;
  /** Added for each 1024 characters of the document. Default: 1 ms. */
  readonly deadlineMsPerKilobyte?: number;
  /** Pages of 64 KiB. Default: 1024 (64 MiB), twice what the largest real document takes with its answer. */
  readonly maxMemoryPages?: number;
  /** Default: 16 MiB. */
  readonly keptMemoryBytes?: number;
  /** What answers and builtins may take outside the module. Default: 512 MB; the arguments of one builtin take up to a quarter of it. */
  readonly maxHeapMb?: number;
  /** How long the answers of all rules on one document may be together. Default: 64 Mi characters. */
  readonly maxAnswersLength?: number;
  /** A thread could not be ended; see `ThreadInput`. */
  readonly onAbandoned?: ThreadInput['onAbandoned'];
  /** Entry of the thread. Default: that which evaluates. */
  readonly workerFile?: URL;
}

/** Returns the loader. */
export function createLoadProgram(options: LoadOptions = {}): LoadProgram {
  const { deadlineMs = 2000, deadlineMsPerKilobyte = 1, maxHeapMb = 512, maxAnswersLength = 64 * 1024 * 1024 } = options;
  const { maxMemoryPages = 1024, keptMemoryBytes = 16 * 1024 * 1024, onAbandoned = () => {}, workerFile } = options;
  return async (module) => {
    const compiled = await compileModule(module.wasm);
    const { ruleIds } = module;
    const evaluator: EvaluatorOptions = { maxMemoryPages, keptMemoryBytes };
    const start = (): Promise<EvaluationThread> =>
      startThread({ module: compiled, ruleIds, options: evaluator, maxHeapMb, onAbandoned, workerFile });
    const deadline = (document: DocumentText): number => deadlineMs + Math.ceil((lengthOf(document) / 1024) * deadlineMsPerKilobyte);
    const program = createProgram({ ruleIds: new Set(ruleIds), start, deadline, maxAnswersLength, thread: await start() });
    try {
      return { ...program, ...(await tryOut(program.evaluate, ruleIds)) };
    } catch (thrown) {
      await program.close();
      throw thrown;
    }
  };
}

function lengthOf(document: DocumentText): number {
  return typeof document === 'string' ? document.length : document.reduce((sum, piece) => sum + piece.length, 0);
}

/** Compiles off the main thread; the worker and its successors share the code. */
async function compileModule(wasm: Uint8Array): Promise<WebAssembly.Module> {
  try {
    const module = await WebAssembly.compile(wasm);
    const foreign = WebAssembly.Module.imports(module).find(({ module: from, name }) => from !== 'env' || !hostNames.test(name));
    if (foreign !== undefined) throw new Error(`it wants ${foreign.module}.${foreign.name}`);
    return module;
  } catch (thrown) {
    throw new Failure(`compile the module of all rules: ${messageOf(thrown)}`, { retry: 'never', reason: 'ModuleUnusable', cause: thrown });
  }
}

const hostNames = /^(memory|opa_abort|opa_println|opa_builtin[0-4])$/;

interface ProgramParts {
  readonly ruleIds: ReadonlySet<string>;
  readonly start: () => Promise<EvaluationThread>;
  readonly deadline: (document: DocumentText) => number;
  readonly maxAnswersLength: number;
  readonly thread: EvaluationThread;
}

const notLoaded: RuleAnswer = { kind: 'failed', reason: 'NotLoaded', message: 'the rule is not loaded' };

function createProgram({
  ruleIds,
  start,
  deadline,
  maxAnswersLength,
  thread: first,
}: ProgramParts): Omit<RuleProgram, 'problems' | 'overdue'> {
  let thread: EvaluationThread | undefined = first;
  let closed = false;
  let last: Promise<unknown> = Promise.resolve();

  const runOnce = async (request: EvaluateRequest): Promise<ThreadResult> => {
    try {
      thread ??= await start();
    } catch (thrown) {
      return { answers: new Map(), ended: { reason: 'WorkerEnded', message: messageOf(thrown), ruleId: undefined } };
    }
    const result = closed ? { answers: new Map<string, RuleAnswer>() } : await thread.run(request, deadline(request.document));
    if (closed || result.ended !== undefined) {
      const spent = thread;
      thread = undefined;
      await spent.end();
    }
    return result;
  };

  const evaluate = async (document: DocumentText, asked: readonly string[]): Promise<ReadonlyMap<string, RuleAnswer>> => {
    const answers = new Map<string, RuleAnswer>();
    let pending = asked.filter((id) => ruleIds.has(id));
    let maxTotalLength = maxAnswersLength;
    while (pending.length > 0 && !closed) {
      const result = await runOnce({ document, ruleIds: pending, maxTotalLength });
      for (const [id, answer] of result.answers) {
        answers.set(id, answer);
        if (answer.kind === 'answered') maxTotalLength -= answer.json.length;
      }
      if (!closed) for (const [id, answer] of endedAnswers(result, pending)) answers.set(id, answer);
      pending = pending.filter((id) => !answers.has(id));
    }
    return new Map(asked.map((id) => [id, answers.get(id) ?? notLoaded]));
  };

  return {
    ruleIds,
    evaluate: (document, asked) => {
      const answers = last.then(() => evaluate(document, asked));
      last = answers;
      return answers;
    },
    close: async () => {
      closed = true;
      await thread?.end();
      await last;
    },
  };
}

/**
 * Returns the answers of those who cannot be asked again: the rule that ran when the worker had to be ended, or ended by itself, as the
 * others may go on without it; all that are left when none ran.
 */
function endedAnswers({ answers, ended }: ThreadResult, asked: readonly string[]): readonly (readonly [string, RuleAnswer])[] {
  if (ended === undefined) return [];
  const { reason, message, ruleId } = ended;
  const left = asked.filter((id) => !answers.has(id));
  // The worker had not begun with any: none of them is to blame.
  if (ruleId === undefined) return left.map((id) => [id, { kind: 'failed', reason: 'WorkerEnded', message }]);
  // One that answered in the last moment is not among them: then the others are asked again, and there are fewer of them.
  return left.filter((id) => id === ruleId).map((id) => [id, { kind: 'failed', reason, message }]);
}
