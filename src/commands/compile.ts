// Compiles the rules of policies that stand in files, as the controller does it for those of the cluster. Runs `opa`, starts a worker.
import type { ActivePolicy } from '../actions/judge.ts';
import type { Log } from '../controller/log.ts';
import { RuleBook } from '../controller/rule-book.ts';
import type { DocumentText } from '../evaluation/document.ts';
import type { RuleAnswer, RuleCompiler, RuleProblem } from '../evaluation/program.ts';
import { ruleSource } from '../evaluation/rule-source.ts';
import type { Clock } from '../facts/clock.ts';
import { Failure } from '../failure.ts';
import { createRuleCompiler } from '../opa/compiler.ts';
import { findOpa } from '../opa/find-opa.ts';
import { readRuleLibrary } from '../opa/library.ts';
import { createLoadProgram } from '../opa/load.ts';
import { progressOn } from '../opa/progress.ts';
import type { RuleLibrary } from '../policy/library.ts';
import type { Policy } from '../policy/policy.ts';
import { libraryDirectory, usage } from './settings.ts';
import { endDespiteStuckThreads } from './stuck-threads.ts';

/** What every verb that compiles needs. */
export interface CompileTools {
  /** Path of the binary. */
  readonly opa: string;
  readonly library: RuleLibrary;
}

export interface CompileOptions extends CompileTools {
  /** Their names must differ. */
  readonly policies: readonly Policy[];
}

/** A rule of a policy that is not in force, with one thing that is wrong with it. */
export interface CompileProblem {
  readonly policy: string;
  readonly rule: string;
  readonly problem: RuleProblem;
}

export interface CompiledPolicies {
  /** All policies, sorted by name, with the rules that can be evaluated; those that cannot say why. */
  readonly active: readonly ActivePolicy[];
  /** In the order of the policies and rules given. */
  readonly problems: readonly CompileProblem[];
  /** Evaluates rules on a document (JSON text) as the controller does: never rejects for what a rule does. */
  readonly evaluate: (document: DocumentText, ruleIds: readonly string[]) => Promise<ReadonlyMap<string, RuleAnswer>>;
  /** Ends the worker; without it the process does not end. */
  readonly close: () => Promise<void>;
}

/**
 * Finds the compiler, which is built once on a machine that has none, and reads the library rules of this package. Throws `Failure`
 * that says what to do.
 */
export async function findCompileTools(from: {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stderr: { readonly isTTY?: boolean; readonly write: (text: string) => unknown };
}): Promise<CompileTools> {
  const [opa, library] = await Promise.all([
    findOpa({ env: from.env, progress: progressOn(from.stderr) }),
    readRuleLibrary(libraryDirectory),
  ]);
  return { opa, library };
}

/**
 * Checks, builds, loads and tries out the rules of the policies, by the controller's own rule book. What is wrong with rules is in
 * `problems`; throws `Failure` when the compiler could not tell.
 */
export async function compilePolicies({ opa, library, policies }: CompileOptions): Promise<CompiledPolicies> {
  const twice = policies.find(({ name }, index) => policies.findIndex((other) => other.name === name) < index);
  if (twice !== undefined) throw usage(`compile policies: two of them are named ${twice.name}`);
  const compiler = checkingAhead(createRuleCompiler({ opa, lib: library.lib }), { library, policies });
  const book = new RuleBook({
    library,
    compiler,
    loadProgram: createLoadProgram({ onAbandoned: endDespiteStuckThreads() }),
    clock,
    log,
    onChange: () => undefined,
  });
  for (const policy of policies) book.set(policy);
  await book.settled();
  try {
    const problems = policies.flatMap((policy) => problemsOf(policy, book));
    return { active: book.policies(), problems, evaluate: (document, ids) => book.evaluate(document, ids), close: () => book.close() };
  } catch (thrown) {
    await book.close();
    throw thrown;
  }
}

function problemsOf(policy: Policy, book: RuleBook): readonly CompileProblem[] {
  return book.compileState(policy).rules.flatMap(({ name, problems }) =>
    problems.map((problem) => {
      // Not a fault of the rule: nobody knows whether it has one.
      if (problem.reason === 'CompilerUnavailable')
        throw new Failure(`check rule ${name} of policy ${policy.name}: ${problem.message}`, {
          ...{ retry: 'never', reason: problem.reason },
        });
      return { policy: policy.name, rule: name, problem };
    }),
  );
}

/** The book checks one rule after the other, to be fair to all policies; here all are known beforehand, and opa may run beside itself. */
function checkingAhead(compiler: RuleCompiler, { library, policies }: Pick<CompileOptions, 'library' | 'policies'>): RuleCompiler {
  const checks = new Map<string, Promise<readonly RuleProblem[]>>();
  for (const { rule, watches } of policies.flatMap((policy) => policy.rules.map((rule) => ({ rule, watches: policy.watches })))) {
    const found = ruleSource(rule, watches, library);
    if ('problems' in found || checks.has(found.source.id)) continue;
    const checking = compiler.check(found.source);
    // Whoever asks for it is told; nobody asks when the book gives up before.
    checking.catch(() => undefined);
    checks.set(found.source.id, checking);
  }
  return { build: compiler.build, check: (source) => checks.get(source.id) ?? compiler.check(source) };
}

// A command does not wait and try again: it says what was in the way.
const clock: Clock = { now: () => new Date(), setTimer: () => () => undefined };
const log: Log = { error: () => undefined, info: () => undefined, debug: () => undefined };
