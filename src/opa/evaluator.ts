// Evaluates rules on documents, one after another, and replaces its instance whenever that is spent. Runs in the worker.
import type { DocumentText } from '../evaluation/document.ts';
import type { RuleAnswer } from '../evaluation/program.ts';
import { wellFormedJson } from '../facts/well-formed-json.ts';
import { messageOf } from '../failure.ts';
import { withAuthorsPlace } from './author-place.ts';
import { entryPoint } from './entry-module.ts';
import { hostBuiltins } from './host-builtins.ts';
import { createInstance, type LoadedDocument, type RuleInstance } from './instance.ts';
import { LimitExceeded } from './module-text.ts';

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
  readonly evaluate: (document: DocumentText, ruleIds: readonly string[], observer: Observer) => void;
}

export interface Observer {
  readonly before: (index: number) => void;
  readonly after: (ruleId: string, answer: RuleAnswer) => void;
}

/** Makes an evaluator of a module. Throws when the module cannot be used or lacks the entry point of a rule. */
export function createEvaluator(module: WebAssembly.Module, ruleIds: readonly string[], options: EvaluatorOptions): Evaluator {
  const make = (): RuleInstance => createInstance(module, { builtins: hostBuiltins, maxMemoryPages: options.maxMemoryPages });
  const maxBytes = options.maxMemoryPages * 64 * 1024;
  let instance: RuleInstance | undefined = make();
  const missing = ruleIds.filter((id) => !instance?.entryPoints.has(entryPoint(id)));
  if (missing.length > 0) throw new Error(`the module has no entry point for ${missing.join(', ')}`);
  let loaded: LoadedDocument | undefined;
  let unfit: DocumentText | undefined;
  const answerOf = (id: string, document: DocumentText): RuleAnswer => {
    if (document === unfit) return documentTooLarge;
    try {
      instance ??= make();
      const entryPointId = instance.entryPoints.get(entryPoint(id));
      if (entryPointId === undefined) return { kind: 'failed', reason: 'NotLoaded', message: 'the rule is not in the module' };
      loaded ??= instance.load(document);
      return { kind: 'answered', json: instance.evaluate(loaded, entryPointId) };
    } catch (thrown) {
      const failed = failedAnswer(thrown);
      const before = loaded;
      instance = undefined;
      loaded = undefined;
      if (failed.reason !== 'MemoryExceeded' || thrown instanceof LimitExceeded) return failed;
      if (before === undefined) unfit = document;
      // Where there is no room for the document, or little beside it, no rule is to blame.
      return before === undefined || before.heapAddress > maxBytes / 2 ? documentTooLarge : failed;
    }
  };
  return {
    evaluate: (document, asked, { before, after }) => {
      const wellFormed = wellFormedDocument(document);
      loaded = undefined;
      unfit = undefined;
      for (const [index, id] of asked.entries()) {
        before(index);
        after(id, answerOf(id, wellFormed));
      }
      if (instance !== undefined && instance.memoryBytes() > options.keptMemoryBytes) instance = undefined;
    },
  };
}

const documentTooLarge: RuleAnswer = {
  ...{ kind: 'failed', reason: 'DocumentTooLarge', message: 'the input document leaves too little memory to the rules' },
};

const maxMessageLength = 64 * 1024;

function failedAnswer(thrown: unknown): Extract<RuleAnswer, { kind: 'failed' }> {
  if (thrown instanceof LimitExceeded) return { kind: 'failed', reason: 'MemoryExceeded', message: thrown.message };
  // A builtin may quote what it was given.
  const message = messageOf(thrown).slice(0, maxMessageLength);
  // The text with which the module's own allocator gives up.
  if (message.includes('opa_malloc'))
    return { kind: 'failed', reason: 'MemoryExceeded', message: 'the rule needs more memory than it may have' };
  return { kind: 'failed', reason: 'Aborted', message: withAuthorsPlace(message) };
}

/** Bytes were made well-formed when they were made. */
function wellFormedDocument(document: DocumentText): DocumentText {
  if (typeof document === 'string') return wellFormedJson(document);
  return document.map((piece) => (typeof piece === 'string' ? wellFormedJson(piece) : piece));
}
