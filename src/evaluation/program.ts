// The ports to the Rego compiler and to the evaluator; the only impure names of this stage.

import type { JsonObject } from '../facts/json.ts';

/** One rule as it is checked and compiled: the author's text with one set of parameters. */
export interface RuleSource {
  /** Equal for rules whose text, library and parameters are equal: `ruleId(...)`. A lower-case hex word. */
  readonly id: string;
  /** Rego as the author wrote it, package clause included. */
  readonly rego: string;
  /** All parameters, defaults filled in. */
  readonly parameters: JsonObject;
  /** JSON schema of `input.parameters`; `additionalProperties: false`, so that a misspelt name is found. */
  readonly parametersSchema: JsonObject;
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
  | { readonly kind: 'failed'; readonly reason: 'DeadlineExceeded' | 'MemoryExceeded' | 'Aborted' | 'NotLoaded'; readonly message: string };

export interface RuleProgram {
  readonly ruleIds: ReadonlySet<string>;
  /** Rules that did not answer as they must when they were tried out on the sample document. They are loaded all the same. */
  readonly problems: ReadonlyMap<string, readonly RuleProblem[]>;
  /**
   * Evaluates each rule on the document (JSON text of an input document). The map has every id asked. Never rejects for
   * what a rule does: a rule that loops is ended at the deadline and named, and the others still answer.
   */
  readonly evaluate: (document: string, ruleIds: readonly string[]) => Promise<ReadonlyMap<string, RuleAnswer>>;
  /** Ends the worker; later calls answer `NotLoaded`. */
  readonly close: () => Promise<void>;
}

/** Loads a module: checks ABI, builtins and entry points, and evaluates each rule once on a sample document. Throws `Failure` when the module is not usable. */
export type LoadProgram = (module: RuleModule) => Promise<RuleProgram>;
