// What given policies would do to all workloads of a recording: the stable form that is printed. Pure.
import type { Decision, RuleDecision } from '../actions/decide.ts';
import type { Plan } from '../actions/plan.ts';
import type { Undecided } from '../evaluation/answer.ts';
import type { ImageState } from '../evaluation/image-state.ts';
import type { Violation } from '../evaluation/verdict.ts';
import type { Workload } from '../facts/workload.ts';
import { type Excepted, momentText } from '../policy/exceptions.ts';
import type { Action, Mode } from '../policy/policy.ts';
import { outcomeWords, wouldAct } from './outcome-words.ts';
import { workloadReport } from './report.ts';

export interface ReportedWorkload {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** What would be done to a workload for the given policies, in Enforce mode. */
export type Change =
  | { readonly kind: 'none' }
  | { readonly kind: 'scaleDown'; readonly from: number; readonly to: 0 }
  | { readonly kind: 'delete' }
  | { readonly kind: 'restore'; readonly to: number };

export interface ReportedViolation {
  readonly message: string;
  /** References and digests of the images that it is about; none means the workload itself. */
  readonly images: readonly { readonly ref: string; readonly digest: string }[];
  readonly issue: string;
  readonly license: string;
  readonly component: string;
  readonly severity: string;
}

/** A violation that exceptions excuse. */
export interface ReportedExcepted extends ReportedViolation {
  /** `until` is RFC 3339. Several where each covers some of the CVEs. */
  readonly by: readonly { readonly exception: string; readonly reason: string; readonly until: string }[];
}

export interface ReportedRule {
  readonly rule: string;
  /** What is left when the exceptions have been taken off: passed where all that is violated is excepted. */
  readonly verdict: 'passed' | 'violated' | 'undecided';
  readonly action: Action;
  /** As in the status of a policy; empty when the rule is not violated, keeps nothing at zero and is not excepted. */
  readonly outcome: string;
  readonly reason: string;
  /** The outcome in plain words; empty as `outcome` is. */
  readonly words: string;
  /** An action is asked for (in DryRun too) that nothing holds. */
  readonly wouldAct: boolean;
  /** Those that no exception excuses. */
  readonly violations: readonly ReportedViolation[];
  readonly excepted: readonly ReportedExcepted[];
  readonly undecided: readonly Undecided[];
  /** One line per image, as the status of the policy shows them; of the outcome Excepted too. */
  readonly messages: readonly string[];
}

export interface ReportedPolicy {
  readonly policy: string;
  readonly mode: Mode;
  readonly rules: readonly ReportedRule[];
}

export interface WorkloadOutlook {
  readonly workload: ReportedWorkload;
  readonly change: Change;
  readonly policies: readonly ReportedPolicy[];
}

export interface ActionCounts {
  readonly ScaleDown: number;
  readonly Delete: number;
}

export interface ForecastTotals {
  /** Workloads that a given policy is about; each of the others counts workloads too, each once. */
  readonly workloads: number;
  readonly violating: number;
  readonly undecided: number;
  /** An exception excuses at least one violation. */
  readonly excepted: number;
  readonly held: number;
  /** What policies in Enforce ask for and nothing holds, by the strongest action. */
  readonly wouldAct: ActionCounts;
  /** The same of policies in DryRun: what their Enforce would do. */
  readonly wouldActIfEnforced: ActionCounts;
  readonly wouldRestore: number;
}

export interface ForecastReport {
  /** RFC 3339: the moment that everything is about. */
  readonly takenAt: string;
  readonly totals: ForecastTotals;
  /** By namespace, kind and name; policies and their rules in the order given. */
  readonly workloads: readonly WorkloadOutlook[];
}

/** One workload that was judged. */
export interface Judged {
  readonly workload: Workload;
  readonly facts: readonly ImageState[];
  readonly decision: Decision;
  readonly now: Date;
}

/** Returns the report on these policies alone, in their order; workloads that none of them is about are left out. */
export function forecastReport(
  judged: readonly Judged[],
  { policies, takenAt }: { policies: readonly string[]; takenAt: Date },
): ForecastReport {
  const workloads = judged
    .map((one) => workloadOutlook(one, policies))
    .filter(({ policies: about, change }) => about.length > 0 || change.kind !== 'none');
  return { takenAt: takenAt.toISOString(), totals: totalsOf(workloads), workloads };
}

/** Returns what the given policies mean for one workload. */
export function workloadOutlook(judged: Judged, policies: readonly string[]): WorkloadOutlook {
  const { workload, decision } = judged;
  const { apiVersion, kind, namespace, name } = workload.ref;
  const about = policies.flatMap((policy): ReportedPolicy[] => {
    const rules = decision.rules.filter((rule) => rule.policy.name === policy);
    return rules[0] === undefined ? [] : [{ policy, mode: rules[0].policy.mode, rules: rules.map((rule) => reportedRule(rule, judged)) }];
  });
  return { workload: { apiVersion, kind, namespace, name }, change: changeOf(decision.plan, policies), policies: about };
}

/** Marks alone are nobody's business; neither is what other policies do. */
function changeOf(plan: Plan, policies: readonly string[]): Change {
  if (plan.kind === 'none' || plan.kind === 'remember' || plan.kind === 'forget') return { kind: 'none' };
  if (plan.policies.length > 0 && !plan.policies.some(({ name }) => policies.includes(name))) return { kind: 'none' };
  switch (plan.kind) {
    case 'scaleDown':
      return { kind: 'scaleDown', from: plan.replicas, to: 0 };
    case 'restore':
      return { kind: 'restore', to: plan.replicas };
    case 'delete':
      return { kind: 'delete' };
  }
}

function reportedRule(rule: RuleDecision, judged: Judged): ReportedRule {
  const { verdict, action, observed } = rule;
  const { workload, decision } = judged;
  return {
    rule: rule.rule,
    verdict: verdict.kind,
    action,
    outcome: observed?.outcome ?? '',
    reason: observed?.reason ?? '',
    words: outcomeWords(rule, { workload, plan: decision.plan }),
    wouldAct: wouldAct(rule, decision.plan),
    violations: verdict.kind === 'violated' ? verdict.violations.map(reportedViolation) : [],
    excepted: verdict.excepted.map(reportedExcepted),
    undecided: verdict.kind === 'passed' ? [] : verdict.undecided,
    messages: messagesOf(rule, judged),
  };
}

/** The rows of the policy's status, so that both say the same. */
function messagesOf(rule: RuleDecision, { workload, facts, decision, now }: Judged): readonly string[] {
  const report = workloadReport(workload.ref, { decision: { ...decision, rules: [rule] }, facts, now });
  return (report.policies.get(rule.policy.name)?.rows ?? []).map(({ message, outcome, reason }) =>
    outcome === 'Excepted' && rule.observed?.outcome !== 'Excepted' ? `excepted by ${reason}: ${message}` : message,
  );
}

function reportedViolation({ message, images, issue, license, component, severity }: Violation): ReportedViolation {
  return { message, images: images.map(({ image }) => ({ ref: image.ref, digest: image.digest })), issue, license, component, severity };
}

function reportedExcepted({ violation, by }: Excepted<Violation>): ReportedExcepted {
  const named = by.map(({ name, reason, until }) => ({ exception: name, reason, until: momentText(until) }));
  return { ...reportedViolation(violation), by: named };
}

function totalsOf(workloads: readonly WorkloadOutlook[]): ForecastTotals {
  const rulesOf = ({ policies }: WorkloadOutlook): readonly ReportedRule[] => policies.flatMap(({ rules }) => rules);
  const count = (holds: (rule: ReportedRule) => boolean): number => workloads.filter((one) => rulesOf(one).some(holds)).length;
  return {
    workloads: workloads.filter(({ policies }) => policies.length > 0).length,
    violating: count(({ verdict }) => verdict === 'violated'),
    undecided: count(({ undecided }) => undecided.length > 0),
    excepted: count(({ excepted }) => excepted.length > 0),
    held: count(({ outcome }) => outcome === 'Held'),
    wouldAct: actionCounts(workloads, 'Enforce'),
    wouldActIfEnforced: actionCounts(workloads, 'DryRun'),
    wouldRestore: workloads.filter(({ change }) => change.kind === 'restore').length,
  };
}

function actionCounts(workloads: readonly WorkloadOutlook[], mode: Mode): ActionCounts {
  const asked = workloads.map(({ policies }) =>
    policies.filter((policy) => policy.mode === mode).flatMap(({ rules }) => rules.flatMap((rule) => (rule.wouldAct ? [rule.action] : []))),
  );
  const deletes = asked.filter((actions) => actions.includes('Delete')).length;
  return { ScaleDown: asked.filter((actions) => actions.length > 0).length - deletes, Delete: deletes };
}
