// Builds one module of all good rules, and where that cannot be done, of as many policies as fit together. Impure.
import type { RuleCompiler, RuleModule, RuleSource } from '../evaluation/program.ts';
import { isCompilerFailure, type RuleChecks } from './rule-checks.ts';

export interface RulesToBuild {
  /** Rules whose check found nothing. */
  readonly good: readonly RuleSource[];
  /** All rules, policy by policy. */
  readonly policies: readonly (readonly RuleSource[])[];
  /** Ids of those that run already, and so are known to build. */
  readonly running: ReadonlySet<string>;
}

/**
 * Returns the module; undefined when nothing can be added to what runs. Rules that do not build with the others are given up in
 * `checks`. Throws `Failure` when the compiler cannot be used at all.
 */
export async function buildRules(
  { compiler, checks }: { readonly compiler: RuleCompiler; readonly checks: RuleChecks },
  { good, policies, running }: RulesToBuild,
): Promise<RuleModule | undefined> {
  try {
    return await compiler.build(good);
  } catch (thrown) {
    if (isCompilerFailure(thrown)) throw thrown;
  }
  const ids = new Set(good.map(({ id }) => id));
  const kept = new Map(good.filter(({ id }) => running.has(id)).map((source) => [source.id, source]));
  let module: RuleModule | undefined;
  for (const rules of policies) {
    const added = rules.filter(({ id }) => ids.has(id) && !kept.has(id));
    if (added.length === 0) continue;
    try {
      module = await compiler.build([...kept.values(), ...added]);
      for (const source of added) kept.set(source.id, source);
    } catch (thrown) {
      if (isCompilerFailure(thrown)) throw thrown;
      for (const { id } of added) checks.giveUp(id, thrown);
    }
  }
  return module;
}
