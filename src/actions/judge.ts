// What every rule of every policy that is about a workload says, and what it would have done. Pure.
import type { ImageState } from '../evaluation/image-state.ts';
import type { RuleAnswer } from '../evaluation/program.ts';
import { type Verdict, verdictOf } from '../evaluation/verdict.ts';
import { whyWatchUnknown } from '../evaluation/watch-state.ts';
import type { WatchFact } from '../facts/watch-fact.ts';
import type { Workload } from '../facts/workload.ts';
import { isWaived } from '../policy/exceptions.ts';
import { matchesWorkload } from '../policy/match.ts';
import type { Action, Actions, Policy } from '../policy/policy.ts';
import { type HeldReason, heldReason } from './guard.ts';

/** A rule of a policy with what it was compiled to. */
export interface ActiveRule {
  readonly name: string;
  readonly actions: Actions;
  /** The rule in the program; absent while it is not compiled or when it cannot be. */
  readonly id?: string;
  /** Why there is no id; empty otherwise. */
  readonly problem: string;
  /** Its answer may change by waiting alone. */
  readonly readsTime: boolean;
  /** The watches whose violations it may read; absent or empty: none. */
  readonly watches?: readonly string[];
}

export interface ActivePolicy {
  readonly policy: Policy;
  readonly rules: readonly ActiveRule[];
}

/** One rule on one workload. */
export interface Judgement {
  readonly policy: Policy;
  readonly rule: string;
  readonly verdict: Verdict;
  readonly action: Action;
  /** Why the action may not be taken, where the rule is violated and asks for one. */
  readonly held: HeldReason | undefined;
  /** Of the watches whose violations the rule may read. */
  readonly watches: readonly WatchFact[];
  /** The rule is being compiled. */
  readonly isPending: boolean;
  /** All that the rule could say of the workload is excepted now, whether or not it can tell. */
  readonly isWaived: boolean;
}

export interface JudgeInput {
  readonly workload: Workload;
  readonly facts: readonly ImageState[];
  readonly answers: ReadonlyMap<string, RuleAnswer>;
  /** The moment of the document that the answers are about. */
  readonly documentNow: Date;
  readonly policies: readonly ActivePolicy[];
  readonly protectedNamespaces: readonly string[];
  /** What is known of a watch of Xray. Absent: nothing of any. */
  readonly watchOf?: (watch: string) => WatchFact;
  readonly now: Date;
}

/** Returns a judgement for each rule of each policy that matches the workload, in the order of the policies. */
export function judgeWorkload(input: JudgeInput): readonly Judgement[] {
  const matching = input.policies.filter(({ policy }) => matchesWorkload(policy.match, input.workload));
  return matching.flatMap(({ policy, rules }) => rules.map((rule) => judgeRule(input, policy, rule)));
}

function judgeRule(input: JudgeInput, policy: Policy, rule: ActiveRule): Judgement {
  const { workload, protectedNamespaces, facts: images, documentNow, now } = input;
  const excepting = { exceptions: policy.exceptions, rule: rule.name, workload: workload.ref, now };
  const { watchOf = unknownWatch } = input;
  const { watches: names = [] } = rule;
  const watches = new Map(names.map((name) => [name, watchOf(name)]));
  const unknown = [...watches].flatMap(([name, watch]) => whyWatchUnknown(name, watch, { now, maxAgeMs: policy.maxAgeMs }) ?? []);
  // Whatever such a rule says may rest on violations that are not known.
  const verdict: Verdict =
    unknown.length > 0
      ? { kind: 'undecided', undecided: unknown, excepted: [] }
      : verdictOf({ answer: answerOf(input, rule), images, documentNow, maxAgeMs: policy.maxAgeMs, watches: names, ...excepting });
  const action = actionFor(rule.actions, workload.ref.kind);
  const asks = verdict.kind === 'violated' && action !== 'Ignore';
  const held = asks ? heldReason({ workload, action, violations: verdict.violations, protectedNamespaces }) : undefined;
  const isPending = rule.id === undefined && rule.problem === '';
  return { policy, rule: rule.name, verdict, action, held, watches: [...watches.values()], isPending, isWaived: isWaived(excepting) };
}

function unknownWatch(): WatchFact {
  return { state: 'unavailable', reason: 'Xray was not asked for its violations' };
}

function answerOf({ answers }: JudgeInput, rule: ActiveRule): RuleAnswer {
  const answer = rule.id === undefined ? undefined : answers.get(rule.id);
  if (answer !== undefined) return answer;
  const waiting = rule.id === undefined ? 'the rule is not compiled yet' : 'no image of the workload is known that could be judged';
  return { kind: 'failed', reason: 'NotLoaded', message: rule.problem === '' ? waiting : rule.problem };
}

function actionFor(actions: Actions, kind: string): Action {
  switch (kind) {
    case 'Deployment':
      return actions.deployments;
    case 'StatefulSet':
      return actions.statefulSets;
    default:
      return actions.default;
  }
}

/** Identifies a rule of a policy in the record of an action. */
export function ruleKey({ policy, rule }: { readonly policy: { readonly name: string }; readonly rule: string }): string {
  return `${policy.name}/${rule}`;
}

/** Tells whether the rule may ask for an action as soon as it is compiled. */
export function mayAskSoon({ policy, action, isPending, isWaived: isExcused }: Judgement): boolean {
  return isPending && policy.mode === 'Enforce' && action !== 'Ignore' && !isExcused;
}

/** Tells whether the judgement asks for an action now, and may have it. */
export function wantsAction({ policy, verdict, action, held }: Judgement): boolean {
  return policy.mode === 'Enforce' && verdict.kind === 'violated' && action !== 'Ignore' && held === undefined;
}
