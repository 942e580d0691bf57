// Evaluates the corpus and sorts what comes of each case into what is allowed and what is not.

import { refusedBuiltins } from '../../docs/pages/refused-builtins.ts';
import { type CaseThread, createCaseThread } from './case-thread.ts';
import { type CompiledCase, compiledCases } from './compiled-case.ts';
import { inOrderOfHashes, opaExceptions } from './exceptions.ts';
import { type CaseResult, judge } from './expectation.ts';

export interface CorpusReport {
  /** How many cases there are of each outcome. */
  readonly counts: ReadonlyMap<string, number>;
  /** One line per case that is neither passed nor on a list, sorted by file. */
  readonly failures: readonly string[];
  /** Builtins that modules are refused for and that are not on the list, each with the number of its cases. */
  readonly unlisted: ReadonlyMap<string, number>;
  /** What the lists name without need; only after a run of all categories. */
  readonly unneeded: readonly string[];
}

export interface CorpusOptions {
  /** The program that compiles the cases. */
  readonly compiler: string;
  /** None: all. */
  readonly categories: readonly string[];
}

// A case takes a few milliseconds, its compilation included; the machine may be busy.
const caseDeadlineMs = 10_000;

/** Runs the cases. One that hangs is named among the failures. */
export async function runCorpus({ compiler, categories }: CorpusOptions): Promise<CorpusReport> {
  const thread = await createCaseThread(caseDeadlineMs);
  const counts = new Map<string, number>();
  const failures: string[] = [];
  const unlisted = new Map<string, number>();
  const needed = new Set<string>();
  try {
    for await (const compiled of compiledCases(compiler, categories)) {
      const { outcome, lists = [], refusedFor = [], failure } = sortOut(compiled, await resultOf(compiled, thread.evaluate));
      count(counts, outcome);
      if (failure !== undefined) failures.push(`${compiled.file}: ${compiled.note}: ${failure}`);
      for (const name of refusedFor) count(unlisted, name);
      for (const name of lists) needed.add(name);
    }
  } finally {
    await thread.close();
  }
  const listed = [...opaExceptions.keys(), ...inOrderOfHashes, ...refusedBuiltins.keys()];
  const unneeded = categories.length > 0 ? [] : listed.filter((name) => !needed.has(name));
  return { counts, failures: failures.sort(), unlisted, unneeded };
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

async function resultOf(compiled: CompiledCase, evaluate: CaseThread['evaluate']): Promise<CaseResult> {
  if (compiled.compileError !== undefined) return { kind: 'failed', message: `it does not compile: ${compiled.compileError}` };
  return judge(compiled, await evaluate({ wasm: compiled.wasm, input: compiled.input, data: compiled.data }));
}

interface SortedOut {
  readonly outcome: string;
  /** The entries of the lists that were needed. */
  readonly lists?: readonly string[];
  /** The builtins that are not on the list. */
  readonly refusedFor?: readonly string[];
  readonly failure?: string;
}

function sortOut({ note }: CompiledCase, result: CaseResult): SortedOut {
  switch (result.kind) {
    case 'passed':
      return { outcome: `passed: ${result.by}` };
    case 'refused': {
      const refusedFor = result.builtins.filter((name) => !refusedBuiltins.has(name));
      return refusedFor.length === 0
        ? { outcome: 'refused at load for a named builtin', lists: result.builtins }
        : { outcome: failed, refusedFor };
    }
    case 'differsInOrder':
      if (inOrderOfHashes.has(note)) return { outcome: 'passed but for the order of a set', lists: [note] };
      return { outcome: failed, failure: `in order only: ${result.message}` };
    case 'failed':
      if (opaExceptions.has(note)) return { outcome: 'exception of OPA’s own', lists: [note] };
      return { outcome: failed, failure: result.message };
  }
}

const failed = 'FAILED';
