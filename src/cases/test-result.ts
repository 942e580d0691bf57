// What running the cases and tests of rules found. Data, and the few questions asked of it. Pure.
import type { FileProblem, Place } from './rule-case.ts';

/** One case, or one test of a `*_test.rego`. */
export interface TestResult extends Place {
  readonly kind: 'case' | 'test';
  readonly name: string;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  /** Why it failed, line by line; with what a test printed. */
  readonly details: readonly string[];
  readonly timeMs: number;
}

/** Lines from the first to the last, both included. */
export interface LineRange {
  readonly start: number;
  readonly end: number;
}

/** How many of the lines of `rule.rego` that can be evaluated were, by all cases and tests that passed. */
export interface Coverage {
  /** 0 to 100. */
  readonly percent: number;
  readonly notCovered: readonly LineRange[];
}

/** All about one folder. */
export interface RuleResult {
  /** The name of the folder. */
  readonly name: string;
  readonly directory: string;
  /** What keeps the rule from being proven: it does not compile, a case is none, a threshold is not reached. */
  readonly problems: readonly FileProblem[];
  readonly results: readonly TestResult[];
  /** What may be a mistake; absent when there is nothing. */
  readonly warnings?: readonly FileProblem[];
  /** Absent when it could not be measured. */
  readonly coverage?: Coverage;
}

/** Tells whether everything about a rule is as wanted. */
export function hasPassed({ problems, results }: RuleResult): boolean {
  return problems.length === 0 && results.every(({ outcome }) => outcome !== 'failed');
}

/** Returns how many results ended so. */
export function countOf(results: readonly TestResult[], outcome: TestResult['outcome']): number {
  return results.filter((result) => result.outcome === outcome).length;
}
