// Loads a compiled module and evaluates its rules in a worker thread, with a deadline and a memory maximum.
import type { LoadProgram, RuleAnswer, RuleModule, RuleProgram } from '../evaluation/program.ts';
import { isJsonObject } from '../facts/json.ts';
import { Failure, messageOf } from '../failure.ts';
import { type EvaluationThread, startThread, type ThreadResult } from './evaluation-thread.ts';
import type { EvaluatorOptions } from './evaluator.ts';
import { sampleDocument, sampleNow } from './sample-document.ts';

export interface LoadOptions {
  /** For a document of no size. Default: 2 s. */
  readonly deadlineMs?: number;
  /** Added for each 1024 characters of the document. Default: 1 ms. */
  readonly deadlineMsPerKilobyte?: number;
  /** Pages of 64 KiB. Default: 1024 (64 MiB), twice what the largest real document takes with its answer. */
  readonly maxMemoryPages?: number;
  /** Default: 16 MiB. */
  readonly keptMemoryBytes?: number;
}

/** Returns the loader. */
export function createLoadProgram(options: LoadOptions = {}): LoadProgram {
  const { deadlineMs = 2000, deadlineMsPerKilobyte = 1, maxMemoryPages = 1024, keptMemoryBytes = 16 * 1024 * 1024 } = options;
  return async (module) => {
    const compiled = await compileModule(module.wasm);
    const { ruleIds } = module;
    const evaluator: EvaluatorOptions = { maxMemoryPages, keptMemoryBytes };
    const start = (): Promise<EvaluationThread> => startThread({ module: compiled, ruleIds, options: evaluator });
    const deadline = (document: string): number => deadlineMs + Math.ceil((document.length / 1024) * deadlineMsPerKilobyte);
    const program = createProgram({ ruleIds: new Set(ruleIds), start, deadline, thread: await start() });
    await tryOut(program, module);
    return program;
  };
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

/** Warms the code up, whose first run is a hundred times slower. What a rule does is its own matter; that it reads the input is ours. */
async function tryOut(program: RuleProgram, module: RuleModule): Promise<void> {
  const answers = await program.evaluate(sampleDocument, module.ruleIds);
  const deaf = [...answers].find(([, answer]) => answer.kind === 'answered' && seenIn(answer.json) !== sampleNow);
  if (deaf === undefined) return;
  await program.close();
  throw new Failure(`try out the module of all rules: rule ${deaf[0]} does not see its input`, {
    retry: 'never',
    reason: 'ModuleUnusable',
  });
}

/** What is not JSON may be, of an odd number for example; it harms its own rule only. */
function seenIn(json: string): unknown {
  try {
    const rows: unknown = JSON.parse(json);
    const row: unknown = Array.isArray(rows) ? rows[0] : undefined;
    return isJsonObject(row) && isJsonObject(row.result) ? row.result.seen : undefined;
  } catch {
    return sampleNow;
  }
}

interface ProgramParts {
  readonly ruleIds: ReadonlySet<string>;
  readonly start: () => Promise<EvaluationThread>;
  readonly deadline: (document: string) => number;
  readonly thread: EvaluationThread;
}

const notLoaded: RuleAnswer = { kind: 'failed', reason: 'NotLoaded', message: 'the rule is not loaded' };

function createProgram({ ruleIds, start, deadline, thread: first }: ProgramParts): RuleProgram {
  let thread: EvaluationThread | undefined = first;
  let closed = false;
  let last: Promise<unknown> = Promise.resolve();

  const runOnce = async (document: string, asked: readonly string[]): Promise<ThreadResult> => {
    try {
      thread ??= await start();
    } catch (thrown) {
      return { answers: new Map(), ended: { reason: 'Aborted', message: messageOf(thrown), ruleId: undefined } };
    }
    const result = closed ? { answers: new Map<string, RuleAnswer>() } : await thread.run({ document, ruleIds: asked }, deadline(document));
    if (closed || result.ended !== undefined) {
      const spent = thread;
      thread = undefined;
      await spent.end();
    }
    return result;
  };

  const evaluate = async (document: string, asked: readonly string[]): Promise<ReadonlyMap<string, RuleAnswer>> => {
    const answers = new Map<string, RuleAnswer>();
    let pending = asked.filter((id) => ruleIds.has(id));
    while (pending.length > 0 && !closed) {
      const result = await runOnce(document, pending);
      for (const [id, answer] of result.answers) answers.set(id, answer);
      if (!closed) for (const [id, answer] of endedAnswers(result, pending)) answers.set(id, answer);
      pending = pending.filter((id) => !answers.has(id));
    }
    return new Map(asked.map((id) => [id, answers.get(id) ?? notLoaded]));
  };

  return {
    ruleIds,
    problems: new Map(),
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
 * Returns the answers of those who cannot be asked again: at the deadline the rule that ran, as the others may go on without it; all that
 * are left when the worker ended by itself, or when it was not a rule that took the time.
 */
function endedAnswers({ answers, ended }: ThreadResult, asked: readonly string[]): readonly (readonly [string, RuleAnswer])[] {
  if (ended === undefined) return [];
  const { reason, message, ruleId } = ended;
  const left = asked.filter((id) => !answers.has(id));
  const culprits = reason === 'DeadlineExceeded' && ruleId !== undefined ? left.filter((id) => id === ruleId) : left;
  // The worker had not begun with any: none of them is to blame.
  if (reason === 'DeadlineExceeded' && ruleId === undefined) return left.map((id) => [id, { kind: 'failed', reason: 'Aborted', message }]);
  // Answered in the last moment: then the others are asked again, and there are fewer of them.
  return culprits.map((id) => [id, { kind: 'failed', reason, message }]);
}
