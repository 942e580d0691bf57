// Everything that led to the decision about one workload, in a stable form that is printed. Pure.
import type { Decision, RuleDecision } from '../actions/decide.ts';
import type { ReadMemory } from '../actions/memory.ts';
import type { ImageState } from '../evaluation/image-state.ts';
import { compareTexts } from '../facts/compare-texts.ts';
import type { WatchFact } from '../facts/watch-fact.ts';
import type { Workload } from '../facts/workload.ts';
import { type Mismatch, whyNotMatching } from '../policy/match.ts';
import type { Mode, Policy, PolicyProblem } from '../policy/policy.ts';
import { type ExplainedException, explainedExceptions } from './explained-exceptions.ts';
import { type AssumedFacts, type ExplainedImage, explainedImage } from './explained-image.ts';
import { type ExplainedWatch, explainedWatches } from './explained-watches.ts';
import { type Change, type ReportedRule, type ReportedViolation, workloadOutlook } from './forecast-report.ts';
import { heldSentence, wouldAct } from './outcome-words.ts';
import { remediesFor } from './remedies.ts';

export interface ExplainInput {
  readonly workload: Workload;
  readonly memory: ReadMemory;
  readonly facts: readonly ImageState[];
  readonly decision: Decision | undefined;
  readonly now: Date;
  /** All policies that were judged, sorted by name. */
  readonly policies: readonly Policy[];
  readonly unreadable: readonly { readonly name: string; readonly problems: readonly PolicyProblem[] }[];
  /** What is known of a watch of Xray. Absent: nothing of any. */
  readonly watchOf?: (watch: string) => WatchFact;
  /** Absent when everything was seen. */
  readonly assumed?: AssumedFacts & {
    /** Pods and revisions are those that the manifest asks for. */
    readonly pods: boolean;
  };
}

export interface ExplainedRule extends ReportedRule {
  /** Why the action is taken or not; empty when the rule asks for none. */
  readonly why: string;
  /** What would clear it, or let the rule tell. */
  readonly clears: readonly string[];
}

export interface ExplainedPolicy {
  readonly policy: string;
  readonly mode: Mode;
  /** Absent when the policy is about the workload. */
  readonly mismatch?: Mismatch;
  /** Absent when the policy is not about the workload, or names none. */
  readonly watches?: readonly ExplainedWatch[];
  /** Empty when the policy is not about the workload, or the workload is not judged. */
  readonly rules: readonly ExplainedRule[];
  /** Those whose match holds, also when they have ended; empty when the policy is not about the workload. */
  readonly exceptions: readonly ExplainedException[];
}

/** An action of ours that the workload is at zero for. */
export interface ExplainedMemory {
  readonly replicas: number;
  /** Absent when the label alone is left. */
  readonly record?: {
    readonly rules: readonly string[];
    /** RFC 3339. */
    readonly time: string;
    readonly reasserted: number;
    /** It still has the pod template that was scaled down. */
    readonly isSameTemplate: boolean;
  };
}

export interface Explanation {
  /** RFC 3339: the moment that everything is about. */
  readonly takenAt: string;
  readonly workload: {
    readonly apiVersion: string;
    readonly kind: string;
    readonly namespace: string;
    readonly name: string;
    readonly replicas: number;
    readonly pods: number;
    /** There is only a manifest: pods and revisions are as it asks; absent: no. */
    readonly podsAssumed?: true;
    readonly labels: Readonly<Record<string, string>>;
    readonly namespaceLabels: Readonly<Record<string, string>>;
    readonly ownedBy: readonly { readonly apiVersion: string; readonly kind: string; readonly name: string }[];
  };
  /** Empty when the workload is judged. */
  readonly notJudged: string;
  readonly memory?: ExplainedMemory;
  readonly images: readonly ExplainedImage[];
  /** Sorted by name. */
  readonly policies: readonly ExplainedPolicy[];
  readonly unreadable: readonly { readonly policy: string; readonly problems: readonly PolicyProblem[] }[];
  readonly change: Change;
  /** One sentence that sums up what is done and why. */
  readonly conclusion: string;
}

const nothingAssumed: AssumedFacts = { digests: new Set(), undated: new Set() };

/** Explains the decision about one workload. */
export function explanation(input: ExplainInput): Explanation {
  const { workload, facts, now, decision } = input;
  const { apiVersion, kind, namespace, name } = workload.ref;
  const names = input.policies.map((policy) => policy.name);
  const change: Change = decision === undefined ? { kind: 'none' } : workloadOutlook({ workload, facts, decision, now }, names).change;
  const remembered = explainedMemory(input);
  return {
    takenAt: now.toISOString(),
    workload: {
      ...{ apiVersion, kind, namespace, name },
      replicas: workload.controller?.replicas ?? workload.replicas,
      pods: workload.runningPods,
      ...(input.assumed?.pods === true ? { podsAssumed: true as const } : {}),
      labels: sortedLabels(workload.labels),
      namespaceLabels: sortedLabels(workload.namespaceLabels),
      ownedBy: workload.ownedBy.map((owner) => ({ apiVersion: owner.apiVersion, kind: owner.kind, name: owner.name })),
    },
    notJudged: notJudged(input),
    ...(remembered === undefined ? {} : { memory: remembered }),
    images: facts.map((state) => explainedImage(state, now, input.assumed ?? nothingAssumed)),
    policies: input.policies.map((policy) => explainedPolicy(policy, input)),
    unreadable: input.unreadable.map(({ name: policy, problems }) => ({ policy, problems })),
    change,
    conclusion: conclusionOf(input, change),
  };
}

function sortedLabels(labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(labels).sort(([a], [b]) => compareTexts(a, b)));
}

function notJudged({ workload, decision, policies }: ExplainInput): string {
  if (decision !== undefined) return '';
  if (workload.terminating) return 'it is being deleted';
  if (workload.images.length === 0) return 'no pod of it runs, and it is not at zero because of kubexray';
  return policies.length === 0 ? 'there are no policies' : 'no policy is about it';
}

function explainedMemory({ workload: { controller }, memory: { memory } }: ExplainInput): ExplainedMemory | undefined {
  if (memory === undefined) return undefined;
  const { replicas, record } = memory;
  if (record === undefined) return { replicas };
  const { rules, reasserted, templateSha256 } = record;
  const isSameTemplate = templateSha256 === controller?.template.sha256;
  return { replicas, record: { rules, time: record.time.toISOString(), reasserted, isSameTemplate } };
}

function explainedPolicy(policy: Policy, input: ExplainInput): ExplainedPolicy {
  const { workload, facts, decision, now } = input;
  const mismatch = whyNotMatching(policy.match, workload);
  const own = (decision?.rules ?? []).filter((rule) => rule.policy.name === policy.name);
  const reported =
    decision === undefined ? [] : (workloadOutlook({ workload, facts, decision, now }, [policy.name]).policies[0]?.rules ?? []);
  const rules = own.flatMap((rule, index): ExplainedRule[] => {
    const shown = reported[index];
    return shown === undefined ? [] : [{ ...withoutAssumed(shown, input), why: whyOf(rule, input), clears: clearsOf(rule, input) }];
  });
  const exceptions = mismatch === undefined ? explainedExceptions(policy, input) : [];
  const watches =
    mismatch === undefined
      ? explainedWatches(policy, { watchOf: input.watchOf ?? unasked, undated: input.assumed?.watches ?? new Set(), now })
      : [];
  return {
    ...{ policy: policy.name, mode: policy.mode },
    ...(mismatch === undefined ? {} : { mismatch }),
    ...(watches.length === 0 ? {} : { watches }),
    ...{ rules, exceptions },
  };
}

function unasked(): WatchFact {
  return { state: 'unavailable', reason: 'Xray was not asked for its violations' };
}

/** A digest that was made up is nobody's business. */
function withoutAssumed(rule: ReportedRule, { assumed }: ExplainInput): ReportedRule {
  if (assumed === undefined) return rule;
  const shown = (digest: string): string => (assumed.digests.has(digest) ? '' : digest);
  const withShown = <One extends ReportedViolation>(one: One): One => ({
    ...one,
    images: one.images.map(({ ref, digest }) => ({ ref, digest: shown(digest) })),
  });
  return { ...rule, violations: rule.violations.map(withShown), excepted: rule.excepted.map(withShown) };
}

/** Why the action of a violated rule is or is not taken. */
function whyOf(rule: RuleDecision, { decision, workload }: ExplainInput): string {
  const { observed, action, policy } = rule;
  switch (observed?.outcome) {
    case undefined:
      return '';
    case 'Ignored':
      return `the rule asks for nothing on a ${workload.ref.kind}`;
    case 'WouldAct':
      return `the policy is in DryRun; in Enforce the workload would be ${action === 'Delete' ? 'deleted' : 'scaled to zero'}`;
    case 'Held':
      return heldSentence(observed.reason);
    case 'Requested':
      if (decision?.plan.kind === 'delete' && action !== 'Delete') return 'another rule asks for Delete, which is stronger';
      return decision?.plan.kind === 'none'
        ? 'done, but not all pods are gone'
        : `policy ${policy.name} is in Enforce, and nothing holds the action`;
    case 'Confirmed':
      return rule.keepsAtZero ? whyKept(rule) : 'it was done and seen';
    case 'Reverted':
      return 'somebody scaled it up again; it goes to zero again after 1, 2 and 4 minutes';
    case 'Contested':
      return 'somebody scaled it up again three times; it is left alone until its template or the policy changes';
    case 'Excepted':
      return 'every violation of it is excepted';
    case 'Failed':
      return observed.reason;
  }
}

function clearsOf(rule: RuleDecision, { facts, now, decision, workload }: ExplainInput): readonly string[] {
  const isActed = rule.keepsAtZero || ['Confirmed', 'Reverted', 'Contested', 'Requested'].includes(rule.observed?.outcome ?? '');
  const wouldBe = decision !== undefined && wouldAct(rule, decision.plan) && rule.policy.mode === 'Enforce';
  const byPolicy = `exempt it: write an exception into spec.exceptions of ${rule.policy.name}, add ${workload.ref.namespace} to its spec.match.excludeNamespaces, or set its spec.mode to DryRun`;
  const remedies = remediesFor(rule, { facts, now });
  return [...remedies, ...(isActed || wouldBe ? [remedies.length === 0 ? byPolicy : `or ${byPolicy}`] : [])];
}

function conclusionOf(input: ExplainInput, change: Change): string {
  const { decision, memory, workload } = input;
  if (decision === undefined) return `Nothing is done: ${notJudged(input)}.`;
  const causes = decision.rules.filter((rule) => rule.policy.mode === 'Enforce' && wouldAct(rule, decision.plan)).map(ruleName);
  switch (change.kind) {
    case 'delete':
      return `It would be deleted, for ${causes.join(' and ')}.`;
    case 'scaleDown':
      return `It would be scaled to zero from ${change.from}, for ${causes.join(' and ')}.`;
    case 'restore':
      return `It would be given its ${change.to} replicas back: nothing asks for zero any more.`;
    case 'none':
      break;
  }
  if (memory.memory !== undefined && (workload.controller?.replicas ?? 0) === 0)
    return `It stays at zero${decision.claims.length === 0 ? ' for now' : `, for ${decision.claims.join(' and ')}`}.`;
  const dryRuns = decision.rules.filter((rule) => wouldAct(rule, decision.plan)).map(ruleName);
  if (dryRuns.length > 0) return `Nothing is done: ${dryRuns.join(' and ')} would act, but only in Enforce.`;
  const held = decision.rules.filter(({ observed }) => observed?.outcome === 'Held').map(ruleName);
  if (held.length > 0) return `Nothing is done: the action of ${held.join(' and ')} is held.`;
  const violated = decision.rules.some(({ verdict }) => verdict.kind === 'violated');
  if (violated) return 'Nothing is done: what is violated is only reported.';
  const isUndecided = decision.rules.some(({ verdict }) => verdict.kind === 'undecided');
  if (isUndecided) return 'Nothing is done: no rule is violated, and not all of them can tell.';
  const isExcepted = decision.rules.some(({ verdict }) => verdict.excepted.length > 0);
  return isExcepted ? 'Nothing is done: all that is violated is excepted.' : 'Nothing is done: every rule passed.';
}

function ruleName({ policy, rule }: RuleDecision): string {
  return `${policy.name}/${rule}`;
}

function whyKept({ verdict }: RuleDecision): string {
  if (verdict.kind !== 'passed') return 'it went to zero for this rule, and the finding is not known to be gone';
  const what = verdict.excepted.length > 0 ? 'what stands is excepted' : 'the rule finds nothing now';
  return `${what}; as it went to zero for this rule, two complete answers of Xray, five minutes apart, must agree`;
}
