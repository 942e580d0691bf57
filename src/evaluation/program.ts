// The ports to the Rego compiler and to the evaluator; the only impure names of this stage.

import type { JsonObject } from '../facts/json.ts';
import type { DocumentText } from './document.ts';

/** One rule as it is checked and compiled: the author's text with one set of parameters. */
export interface RuleSource {
  /** Equal for rules whose text, library, parameters and watches are equal: `ruleId(...)`. A lower-case hex word. */
  readonly id: string;
  /** Rego as the author wrote it, package clause included. */
  readonly rego: string;
  /** All parameters, defaults filled in. */
  readonly parameters: JsonObject;
  /** JSON schema of `input.parameters`; `additionalProperties: false`, so that a misspelt name is found. */
  readonly parametersSchema: JsonObject;
  /** Those of its policy, sorted: it finds their violations in the document, and no others. Absent for a rule that reads none. */
  readonly watches?: readonly string[];
}

/** What is wrong with a rule, in the author's own lines and columns (1-based; absent where there is no place). */
export interface RuleProblem {
  /** CamelCase: `ParseError`, `TypeError`, `NoViolation`, `BuiltinRefused`, … */
  readonly reason: string;
  readonly message: string;
  readonly line?: number;
  readonly column?: number;
  /** What to do about it, where the message does not say. */
  readonly hint?: string;
  /** Where in the rule's entry of the policy, such as `use` or `parameters.minSeverity`; absent when it is about the text. */
  readonly path?: string;
  /** It is about the name at `path`, not about what stands there. */
  readonly isName?: true;
}

/** A compiled module of all rules that could be built. */
export interface RuleModule {
  readonly wasm: Uint8Array;
  readonly ruleIds: readonly string[];
  /** Rules that were left out because they do not build, though their check passed. */
  readonly problems: ReadonlyMap<string, readonly RuleProblem[]>;
}

export interface RuleCompiler {
  /** Returns every problem found, sorted by place; empty when the rule can be built. Throws `Failure` when the compiler itself could not be run or ended. */
  readonly check: (rule: RuleSource) => Promise<readonly RuleProblem[]>;
  /** Builds one module with one entry point per rule. Rules of equal id are built once. Throws `Failure` as `check` does. */
  readonly build: (rules: readonly RuleSource[]) => Promise<RuleModule>;
}

/** What became of one rule: the text of its answer (JSON, not yet trusted), or why there is none. */
export type RuleAnswer =
  | { readonly kind: 'answered'; readonly json: string }
  | { readonly kind: 'failed'; readonly reason: FailedReason; readonly message: string };

/**
 * `DeadlineExceeded`, `MemoryExceeded` and `Aborted` are the rule's own doing. `DocumentTooLarge`, `WorkerEnded` and `NotLoaded` are not:
 * no rule is to blame, or none is known to be.
 */
export type FailedReason = 'DeadlineExceeded' | 'MemoryExceeded' | 'Aborted' | 'DocumentTooLarge' | 'WorkerEnded' | 'NotLoaded';

export interface RuleProgram {
  readonly ruleIds: ReadonlySet<string>;
  /** Rules that did not answer as they must when they were tried out on the sample document. They are loaded all the same. */
  readonly problems: ReadonlyMap<string, readonly RuleProblem[]>;
  /** Rules that did not end in time on the sample document, which a busy machine can be the cause of. */
  readonly overdue: ReadonlySet<string>;
  /**
   * Evaluates each rule on an input document, given as JSON text or in pieces. The map has every id asked. Never rejects for
   * what a rule does: a rule that loops is ended at the deadline and named, and the others still answer.
   */
  readonly evaluate: (document: DocumentText, ruleIds: readonly string[]) => Promise<ReadonlyMap<string, RuleAnswer>>;
  /** Ends the worker; later calls answer `NotLoaded`. */
  readonly close: () => Promise<void>;
}

/** Loads a module: checks ABI, builtins and entry points, and evaluates each rule once on a sample document. Throws `Failure` when the module is not usable. */
export type LoadProgram = (module: RuleModule) => Promise<RuleProgram>;
