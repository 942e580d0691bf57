// What the main thread and the worker say to each other.
import type { DocumentText } from '../evaluation/document.ts';
import type { RuleAnswer } from '../evaluation/program.ts';
import type { EvaluatorOptions } from './evaluator.ts';

/** What a worker starts with. */
export interface WorkerData {
  readonly module: WebAssembly.Module;
  readonly ruleIds: readonly string[];
  readonly options: EvaluatorOptions;
  /** One number, shared: the position of the rule that runs, `noRule` between documents. */
  readonly running: Int32Array;
}

/** Nothing runs. */
export const noRule = -1;

/** To the worker. One at a time. */
export interface EvaluateRequest {
  /** Bytes are shared, not copied. */
  readonly document: DocumentText;
  readonly ruleIds: readonly string[];
  /** How long the answers may be together; beyond that only short ones are given. */
  readonly maxTotalLength: number;
}

/** From the worker. `answers` may come several times for one request; the last says `done`. */
export type WorkerMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'unusable'; readonly message: string }
  | { readonly kind: 'answers'; readonly answers: readonly (readonly [string, RuleAnswer])[]; readonly done: boolean };
