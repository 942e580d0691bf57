// Evaluates rules on documents, one after another, and replaces its instance whenever that is spent. Runs in the worker.
import type { RuleAnswer } from '../evaluation/program.ts';
import { messageOf } from '../failure.ts';
import { entryPoint } from './entry-module.ts';
import { hostBuiltins } from './host-builtins.ts';
import { createInstance, type LoadedDocument, type RuleInstance } from './instance.ts';

export interface EvaluatorOptions {
  /** Pages of 64 KiB: what stops a rule that only ever takes more memory. */
  readonly maxMemoryPages: number;
  /** An instance that has grown beyond this is replaced after the document. */
  readonly keptMemoryBytes: number;
}

export interface Evaluator {
  /**
   * Evaluates the rules in turn; `before` is called with the position of each that begins, `after` with its answer. The document is
   * parsed once, and again on the new instance when a rule was aborted.
   */
  readonly evaluate: (document: string, ruleIds: readonly string[], observer: Observer) => void;
}

export interface Observer {
  readonly before: (index: number) => void;
  readonly after: (ruleId: string, answer: RuleAnswer) => void;
}

/** Makes an evaluator of a module. Throws when the module cannot be used or lacks the entry point of a rule. */
export function createEvaluator(module: WebAssembly.Module, ruleIds: readonly string[], options: EvaluatorOptions): Evaluator {
  const make = (): RuleInstance => createInstance(module, { builtins: hostBuiltins, maxMemoryPages: options.maxMemoryPages });
  let instance: RuleInstance | undefined = make();
  const missing = ruleIds.filter((id) => !instance?.entryPoints.has(entryPoint(id)));
  if (missing.length > 0) throw new Error(`the module has no entry point for ${missing.join(', ')}`);
  return {
    evaluate: (document, asked, { before, after }) => {
      const wellFormed = withoutLoneSurrogates(document);
      let loaded: LoadedDocument | undefined;
      for (const [index, id] of asked.entries()) {
        before(index);
        try {
          instance ??= make();
          const entryPointId = instance.entryPoints.get(entryPoint(id));
          if (entryPointId === undefined) {
            after(id, { kind: 'failed', reason: 'NotLoaded', message: 'the rule is not in the module' });
            continue;
          }
          loaded ??= instance.load(wellFormed);
          after(id, boundedAnswer(instance.evaluate(loaded, entryPointId)));
        } catch (thrown) {
          instance = undefined;
          loaded = undefined;
          after(id, failedAnswer(thrown));
        }
      }
      if (instance !== undefined && instance.memoryBytes() > options.keptMemoryBytes) instance = undefined;
    },
  };
}

// Ten thousand findings of a large image take 3 MB; what is longer nobody reads, and each workload would hold it.
const maxAnswerLength = 8 * 1024 * 1024;

function boundedAnswer(json: string): RuleAnswer {
  if (json.length <= maxAnswerLength) return { kind: 'answered', json };
  return { kind: 'failed', reason: 'MemoryExceeded', message: 'the answer of the rule is longer than 8 MiB' };
}

function failedAnswer(thrown: unknown): RuleAnswer {
  const message = messageOf(thrown);
  // The text with which the module's own allocator gives up.
  if (message.includes('opa_malloc'))
    return { kind: 'failed', reason: 'MemoryExceeded', message: 'the rule needs more memory than it may have' };
  return { kind: 'failed', reason: 'Aborted', message: readable(message) };
}

/** The module names the file of a rule, which is ours; line and column are the author's. */
function readable(message: string): string {
  return message.replace(/^t_[0-9a-f]+\.rego:(\d+):(\d+): /, 'line $1, column $2: ');
}

/**
 * JSON.stringify writes half a surrogate pair as an escape, over which the module's parser aborts. Each is replaced by U+FFFD; pairs,
 * and backslashes that are escaped themselves, stay.
 */
function withoutLoneSurrogates(json: string): string {
  const escapes = /\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[dD][89a-fA-F][0-9a-fA-F]{2}/g;
  // Almost no document has any, and the search for a plain text is much faster.
  if (!json.includes('\\ud') && !json.includes('\\uD')) return json.toWellFormed();
  return json.toWellFormed().replace(escapes, (found) => (found.length === 6 ? '\\ufffd' : found));
}
