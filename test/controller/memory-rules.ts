// A compiler and a loader in memory. Their language is JSON that says which images a rule objects to.
import { setImmediate as turn } from 'node:timers/promises';
import { documentText } from '../../src/evaluation/document.ts';
import { ownDocument } from '../../src/evaluation/own-document.ts';
import type { LoadProgram, RuleAnswer, RuleCompiler, RuleModule, RuleProgram, RuleSource } from '../../src/evaluation/program.ts';
import { Failure } from '../../src/failure.ts';
import type { RuleLibrary } from '../../src/policy/library.ts';

/**
 * `issues`, `violations`, `unscanned`, `all`: the images that violate. `none`: passes whatever it is given. `deadline`: never ends. `memory`: takes all
 * there is. `abort`: contradicts itself. `typo`: does not compile. `later`: all images, from five to six in the morning.
 */
export type Objects = 'issues' | 'violations' | 'unscanned' | 'all' | 'none' | 'later' | 'deadline' | 'memory' | 'abort' | 'typo';

/** The text of a rule; a `version` makes it another rule that says the same. */
export function regoOf(objects: Objects, version = 1): string {
  return JSON.stringify({
    objects,
    version,
    ...(objects === 'later' ? { reads: 'input.now' } : {}),
  });
}

export const noLibrary: RuleLibrary = { rules: new Map(), lib: '' };

interface Document {
  readonly now: string;
  readonly images: readonly {
    readonly ref: string;
    readonly state: string;
    readonly issues: readonly { readonly id: string }[];
    readonly violations: readonly { readonly issue: string }[];
  }[];
}

export interface MemoryProgram {
  readonly ruleIds: ReadonlySet<string>;
  isClosed: boolean;
}

export class MemoryRules {
  /** Texts in the order in which they were checked. */
  readonly checks: string[] = [];
  /** How many rules each module had. */
  readonly builds: number[] = [];
  /** Every program that was loaded, in order. */
  readonly programs: MemoryProgram[] = [];
  /** One entry per evaluation: how many rules it asked. */
  readonly evaluations: number[] = [];
  /** Throws what the compiler should fail with. */
  onCheck: (rego: string) => void = () => undefined;
  /** The same for building these together. */
  onBuild: (regos: readonly string[]) => void = () => undefined;
  /** What loading and evaluating wait for. */
  beforeLoad: () => Promise<unknown> = turn;
  beforeEvaluate: () => Promise<unknown> = turn;

  /** What came out of trying the rules of a program, given by id. */
  triedOut: (rules: ReadonlyMap<string, Objects>) => Pick<RuleProgram, 'problems' | 'overdue'> = () => ({
    problems: new Map(),
    overdue: new Set(),
  });

  readonly compiler: RuleCompiler = {
    check: async ({ rego }) => {
      await turn();
      this.checks.push(rego);
      this.onCheck(rego);
      return objectsOf(rego) === 'typo' ? [{ reason: 'ParseError', message: 'unexpected token', line: 3, column: 7 }] : [];
    },
    build: async (rules) => {
      await turn();
      this.builds.push(rules.length);
      this.onBuild(rules.map(({ rego }) => rego));
      return { wasm: new TextEncoder().encode(JSON.stringify(rules)), ruleIds: rules.map(({ id }) => id), problems: new Map() };
    },
  };

  readonly loadProgram: LoadProgram = async (module) => {
    await this.beforeLoad();
    const sources = sourcesOf(module);
    const watches = watchesOf(module);
    const program: MemoryProgram = { ruleIds: new Set(module.ruleIds), isClosed: false };
    this.programs.push(program);
    const evaluate: RuleProgram['evaluate'] = async (given, ids) => {
      this.evaluations.push(ids.length);
      await this.beforeEvaluate();
      const text = documentText(given);
      const document: Document = JSON.parse(text);
      // As the compiled module does it: what is not of the rule's watches is not there.
      const own = (id: string): Document =>
        watches.has(id) ? JSON.parse(ownDocument(text, { parameters: {}, watches: watches.get(id) ?? [] })) : document;
      return new Map(ids.map((id) => [id, program.isClosed ? notLoaded : answerOf(sources.get(id), own(id))]));
    };
    const close = async (): Promise<void> => {
      program.isClosed = true;
    };
    return { ruleIds: program.ruleIds, ...this.triedOut(sources), evaluate, close };
  };
}

/** What a compiler that cannot be run throws. */
export function compilerFailure(): Failure {
  return new Failure('run opa: not found', { retry: 'soon', reason: 'CompilerMissing' });
}

const notLoaded: RuleAnswer = { kind: 'failed', reason: 'NotLoaded', message: 'the rule is not loaded' };

function sourcesOf({ wasm }: RuleModule): ReadonlyMap<string, Objects> {
  const sources: readonly RuleSource[] = JSON.parse(new TextDecoder().decode(wasm));
  return new Map(sources.map(({ id, rego }) => [id, objectsOf(rego)]));
}

/** By rule, of those that may read violations. */
function watchesOf({ wasm }: RuleModule): ReadonlyMap<string, readonly string[]> {
  const sources: readonly RuleSource[] = JSON.parse(new TextDecoder().decode(wasm));
  return new Map(sources.flatMap(({ id, watches }) => (watches === undefined ? [] : [[id, watches]])));
}

function objectsOf(rego: string): Objects {
  const rule: { readonly objects: Objects } = JSON.parse(rego);
  return rule.objects;
}

function answerOf(objects: Objects | undefined, { now, images }: Document): RuleAnswer {
  if (objects === undefined) return notLoaded;
  if (objects === 'deadline') return { kind: 'failed', reason: 'DeadlineExceeded', message: 'the rule took longer than 2 s' };
  if (objects === 'memory') return { kind: 'failed', reason: 'MemoryExceeded', message: 'the rule needs more memory than it may have' };
  if (objects === 'abort') return { kind: 'failed', reason: 'Aborted', message: 'line 5, column 1: var assignment conflict' };
  const bad = images.filter(
    ({ state, issues, violations }) =>
      objects === 'all' ||
      (objects === 'later' && now.slice(11) >= '05' && now.slice(11) < '06') ||
      (objects === 'issues' && issues.length > 0) ||
      (objects === 'violations' && violations.length > 0) ||
      (objects === 'unscanned' && state === 'unscanned'),
  );
  const violation = bad.map(({ ref, issues, violations }) => {
    const issue = objects === 'violations' ? violations[0]?.issue : issues[0]?.id;
    return { msg: issue ?? 'not wanted', image: ref, issue };
  });
  return { kind: 'answered', json: JSON.stringify([{ result: { seen: now, violation, undecided: [] } }]) };
}
