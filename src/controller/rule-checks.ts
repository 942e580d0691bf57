// Has every rule checked once, in fair turns: one that the compiler cannot get through costs the others a turn, not their place. Impure.
import type { RuleCompiler, RuleProblem, RuleSource } from '../evaluation/program.ts';
import { Failure, messageOf } from '../failure.ts';

// A loaded machine can make a good rule miss the compiler's time once; a rule that does so three times is built to.
const maxTries = 3;
const compilerReasons = ['CompilerMissing', 'CompilerUnfit'];

/** Tells whether the compiler itself failed, whatever the rule. */
export function isCompilerFailure(thrown: unknown): boolean {
  return thrown instanceof Failure && compilerReasons.includes(thrown.reason);
}

function isFinal(thrown: unknown): boolean {
  return thrown instanceof Failure && thrown.retry === 'never';
}

export class RuleChecks {
  readonly #compiler: RuleCompiler;
  /** By rule; an empty list is a good rule. What the author wrote does not change, so neither does this. */
  readonly #problems = new Map<string, readonly RuleProblem[]>();
  readonly #tries = new Map<string, { readonly count: number; readonly failure: unknown }>();

  constructor(compiler: RuleCompiler) {
    this.#compiler = compiler;
  }

  /** Returns what is wrong with a rule; undefined while that is not known. */
  problems(id: string): readonly RuleProblem[] | undefined {
    return this.#problems.get(id);
  }

  /** Returns why a rule is not known though it was tried, and is worth another try. */
  failure(id: string): unknown {
    return this.#problems.has(id) ? undefined : this.#tries.get(id)?.failure;
  }

  /** Says what came out later, when the rule was built. */
  set(id: string, problems: readonly RuleProblem[]): void {
    this.#problems.set(id, problems);
  }

  /** Says that the compiler cannot get through a rule, alone or with the others, until its author speaks again. */
  giveUp(id: string, thrown: unknown): void {
    const reason = thrown instanceof Failure ? thrown.reason : 'CompilerFailed';
    const message = `the compiler could not get through it: ${messageOf(thrown)}; it is tried again when its policy changes`;
    this.#tries.set(id, { count: maxTries, failure: thrown });
    this.#problems.set(id, [{ reason, message }]);
  }

  /** The author has spoken again: a rule that was given up is tried anew. */
  retry(id: string): void {
    if (this.#tries.delete(id)) this.#problems.delete(id);
  }

  /** Forgets all rules but these. */
  keep(ids: ReadonlySet<string>): void {
    for (const id of this.#problems.keys()) if (!ids.has(id)) this.#problems.delete(id);
    for (const id of this.#tries.keys()) if (!ids.has(id)) this.#tries.delete(id);
  }

  /**
   * Checks the next rule of each policy (given as lists of rules) that is not known and not in `tried`, and adds it there; rules that
   * failed before come when no others are left. Returns how many it checked. Throws `Failure` when the compiler cannot be used at all.
   */
  async turn(policies: readonly (readonly RuleSource[])[], tried: Set<string>): Promise<number> {
    const open = policies.map((rules) => rules.filter(({ id }) => !this.#problems.has(id) && !tried.has(id)));
    const fresh = open.map((rules) => rules.filter(({ id }) => !this.#tries.has(id)));
    const next = (fresh.some((rules) => rules.length > 0) ? fresh : open).flatMap(([first]) => (first === undefined ? [] : [first]));
    const unique = new Map(next.map((source) => [source.id, source]));
    for (const source of unique.values()) {
      tried.add(source.id);
      await this.#check(source);
    }
    return unique.size;
  }

  async #check(source: RuleSource): Promise<void> {
    try {
      this.#problems.set(source.id, await this.#compiler.check(source));
      this.#tries.delete(source.id);
    } catch (thrown) {
      if (isCompilerFailure(thrown)) throw thrown;
      const count = (this.#tries.get(source.id)?.count ?? 0) + 1;
      this.#tries.set(source.id, { count, failure: thrown });
      // What the compiler can never do for this rule needs no second try.
      if (count >= maxTries || isFinal(thrown)) this.giveUp(source.id, thrown);
    }
  }
}
