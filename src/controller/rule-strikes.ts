// Counts how often a rule harmed the evaluation of all others, and says when it has been enough. Pure but for what it counts.
import type { RuleProblem } from '../evaluation/program.ts';

/**
 * A rule that fails in one of these ways this often in a row is set aside until a policy that holds it changes: at its deadline it holds up
 * all others for seconds and costs them the worker, at its memory for some tenths of a second. One that aborts costs a tenth of a
 * millisecond, and is right about the documents over which it does not: it goes on.
 */
const maxStrikes = 3;
const harm: ReadonlyMap<string, string> = new Map([
  ['DeadlineExceeded', 'it did not end within its deadline'],
  ['MemoryExceeded', 'it needed more memory than it may have'],
]);

export class RuleStrikes {
  /** Failures of a rule since its last answer, with the reason of the last one. */
  readonly #strikes = new Map<string, { readonly count: number; readonly reason: string }>();

  /** Counts a failure if it harms others. Returns true when the rule has just become one that is set aside. */
  count(id: string, reason: string): boolean {
    if (!harm.has(reason)) return false;
    const count = (this.#strikes.get(id)?.count ?? 0) + 1;
    this.#strikes.set(id, { count, reason });
    return count === maxStrikes;
  }

  /** The rule has answered, or its author has spoken again. */
  forgive(id: string): void {
    this.#strikes.delete(id);
  }

  /** Forgets all rules but these. */
  keep(ids: ReadonlySet<string>): void {
    for (const id of this.#strikes.keys()) if (!ids.has(id)) this.#strikes.delete(id);
  }

  /** Returns why the rule is set aside; undefined when it is not. */
  problem(id: string): RuleProblem | undefined {
    const strike = this.#strikes.get(id);
    if (strike === undefined || strike.count < maxStrikes) return undefined;
    const { reason } = strike;
    return { reason, message: `set aside, because ${harm.get(reason)} three times; it runs again when its policy changes` };
  }
}
