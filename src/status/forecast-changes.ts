// What differs between two forecasts of the same recording, by workload and rule. Pure.
import type { Action } from '../policy/policy.ts';
import type { ForecastReport, ReportedRule, ReportedWorkload } from './forecast-report.ts';

/** One rule of one policy on one workload. */
export interface ChangedRule {
  readonly workload: ReportedWorkload;
  readonly policy: string;
  readonly rule: string;
}

export interface ActionState {
  readonly action: Action;
  readonly outcome: string;
  readonly reason: string;
}

export interface ForecastChanges {
  /** Violated now and not before; `words` says what becomes of it. */
  readonly newlyViolating: readonly (ChangedRule & ActionState & { readonly words: string; readonly messages: readonly string[] })[];
  /**
   * Violated before and not now; `verdict` is that of now, `gone` when there is no such rule on the workload any more, `excepted` when
   * all that is violated is. `reason` then says by what, and until when; else it is empty.
   */
  readonly cleared: readonly (ChangedRule & { readonly verdict: ClearedVerdict; readonly reason: string })[];
  /** Violated both times, with another action or another outcome. */
  readonly changedAction: readonly (ChangedRule & { readonly before: ActionState; readonly after: ActionState })[];
}

export type ClearedVerdict = 'passed' | 'excepted' | 'undecided' | 'gone';

interface Placed extends ChangedRule {
  readonly found: ReportedRule;
}

/** Compares; the order is that of the report in which a thing is found. */
export function forecastChanges(before: ForecastReport, after: ForecastReport): ForecastChanges {
  const old = placedRules(before);
  const current = placedRules(after);
  const both = [...current.values()].filter(({ found }) => found.verdict === 'violated');
  const gone = [...old].filter(([key, { found }]) => found.verdict === 'violated' && current.get(key)?.found.verdict !== 'violated');
  return {
    newlyViolating: both
      .filter((one) => old.get(keyOf(one))?.found.verdict !== 'violated')
      .map((one) => ({ ...placeOf(one), ...stateOf(one.found), words: one.found.words, messages: one.found.messages })),
    cleared: gone.map(([key, one]) => ({ ...placeOf(one), ...clearedBy(current.get(key)?.found) })),
    changedAction: both.flatMap((one) => {
      const earlier = old.get(keyOf(one))?.found;
      if (earlier?.verdict !== 'violated' || isSame(earlier, one.found)) return [];
      return [{ ...placeOf(one), before: stateOf(earlier), after: stateOf(one.found) }];
    }),
  };
}

function placedRules({ workloads }: ForecastReport): ReadonlyMap<string, Placed> {
  const placed = workloads.flatMap(({ workload, policies }) =>
    policies.flatMap(({ policy, rules }) => rules.map((found): Placed => ({ workload, policy, rule: found.rule, found }))),
  );
  return new Map(placed.map((one) => [keyOf(one), one]));
}

function keyOf({ workload, policy, rule }: ChangedRule): string {
  return [workload.apiVersion, workload.kind, workload.namespace, workload.name, policy, rule].join('\n');
}

function placeOf({ workload, policy, rule }: Placed): ChangedRule {
  return { workload, policy, rule };
}

function stateOf({ action, outcome, reason }: ReportedRule): ActionState {
  return { action, outcome, reason };
}

function isSame(a: ReportedRule, b: ReportedRule): boolean {
  return a.action === b.action && a.outcome === b.outcome && a.reason === b.reason;
}

function clearedBy(found: ReportedRule | undefined): { readonly verdict: ClearedVerdict; readonly reason: string } {
  if (found === undefined) return { verdict: 'gone', reason: '' };
  if (found.verdict === 'undecided') return { verdict: 'undecided', reason: '' };
  return found.outcome === 'Excepted' ? { verdict: 'excepted', reason: found.reason } : { verdict: 'passed', reason: '' };
}
