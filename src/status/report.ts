// What one workload means for each policy: the rows, counts and gaps that the statuses of policies are made of. Pure.
import type { Decision, RuleDecision } from '../actions/decide.ts';
import type { Observed, Outcome } from '../actions/outcome.ts';
import type { Undecided } from '../evaluation/answer.ts';
import { type ImageState, whyUnchecked, whyUnknown } from '../evaluation/image-state.ts';
import type { Verdict, Violation } from '../evaluation/verdict.ts';
import type { WorkloadRef } from '../facts/cluster.ts';
import { isUnasked } from '../facts/fact.ts';
import { type Excepted, exceptionWords } from '../policy/exceptions.ts';
import type { Action } from '../policy/policy.ts';

/** One finding: a rule, and the image it is about (empty: the workload itself). */
export interface Row {
  readonly rule: string;
  readonly image: string;
  readonly digest: string;
  readonly message: string;
  readonly action: Action;
  readonly outcome: Outcome;
  readonly reason: string;
  readonly actedAt?: Date;
}

export interface PolicyReport {
  readonly generation: number;
  readonly rows: readonly Row[];
  readonly undecided: readonly { readonly rule: string; readonly reasons: readonly Undecided[] }[];
  /** Something of the workload is excepted, be there a row for it or not. */
  readonly hasExcepted: boolean;
  /** Rules that keep the workload at zero though they are not violated now: what was reported of them stays. */
  readonly kept: readonly { readonly rule: string; readonly observed: Observed }[];
  /** Images of which nothing young enough is known, or of which it cannot be told what Xray's answer is about. */
  readonly unknownImages: readonly string[];
  /** Only for the moment: a rule is being compiled, or an image was not asked about yet. */
  readonly isProvisional: boolean;
}

export interface WorkloadReport {
  readonly ref: WorkloadRef;
  /** By name of the policy; only policies that are about the workload. */
  readonly policies: ReadonlyMap<string, PolicyReport>;
  /** The workload was deleted by us and is gone; it counts as acted for a while and as nothing else. */
  readonly isGone: boolean;
}

const messageBytes = 512;
// A status shows the three most frequent of all workloads.
const maxReasons = 20;
const severityOrder = ['critical', 'high', 'medium', 'low', 'information', 'unknown'];

/** Returns the report of a decision. `failure` is given when its plan could not be carried out. */
export function workloadReport(
  ref: WorkloadRef,
  { decision, facts, now, failure }: { decision: Decision; facts: readonly ImageState[]; now: Date; failure?: string },
): WorkloadReport {
  const byPolicy = new Map<string, RuleDecision[]>();
  for (const rule of decision.rules) byPolicy.set(rule.policy.name, [...(byPolicy.get(rule.policy.name) ?? []), rule]);
  const policies = [...byPolicy].map(([name, rules]) => [name, policyReport(rules, { facts, now, failure })] as const);
  return { ref, policies: new Map(policies), isGone: false };
}

function policyReport(
  rules: readonly RuleDecision[],
  context: { facts: readonly ImageState[]; now: Date; failure: string | undefined },
): PolicyReport {
  const { facts, now } = context;
  const policy = rules[0]?.policy;
  const unknown = facts
    // What was asked a moment ago is not old; the report says that it is provisional.
    .filter((state) => state.fact !== undefined && !isUnasked(state.fact))
    .map((state) => whyUnknown(state, { now, maxAgeMs: policy?.maxAgeMs ?? 0 }) ?? whyUnchecked(state));
  return {
    generation: policy?.generation ?? 0,
    rows: rules.flatMap((rule) => rowsOf(rule, context.failure)),
    undecided: rules.flatMap(({ rule, verdict }) =>
      verdict.kind === 'passed' || verdict.undecided.length === 0
        ? []
        : [{ rule, reasons: verdict.undecided.slice(0, maxReasons).map(shortenedReason) }],
    ),
    hasExcepted: rules.some(({ verdict }) => verdict.excepted.length > 0),
    kept: rules.flatMap(({ rule, keepsAtZero, observed }) => (keepsAtZero && observed !== undefined ? [{ rule, observed }] : [])),
    unknownImages: [...new Set(unknown.flatMap((why) => (why === undefined ? [] : [why.message])))],
    isProvisional: rules.some(({ isPending }) => isPending) || facts.some(({ fact }) => fact !== undefined && isUnasked(fact)),
  };
}

/** One row per image, with the worst finding's message; it is `Excepted` where nothing of the image stands. */
function rowsOf({ rule, verdict, action, observed, keepsAtZero }: RuleDecision, failure: string | undefined): Row[] {
  // What was said of a rule that keeps the workload at zero stays, and is not said twice.
  if (observed === undefined || keepsAtZero) return [];
  const became: Observed = failure !== undefined && observed.outcome === 'Requested' ? { outcome: 'Failed', reason: failure } : observed;
  return placesOf(verdict).map(({ image, digest, standing, excepted }) => {
    const words = exceptionWords(excepted);
    if (standing.length === 0)
      return {
        rule,
        image,
        digest,
        message: messageOf(excepted.map(({ violation }) => violation)),
        action,
        outcome: 'Excepted',
        reason: words,
      };
    const also = excepted.length === 0 ? '' : `; ${excepted.length} excepted by ${words}`;
    return { rule, image, digest, message: messageOf(standing, also), action, ...became };
  });
}

interface FindingPlace {
  readonly image: string;
  readonly digest: string;
  readonly standing: Violation[];
  readonly excepted: Excepted<Violation>[];
}

function placesOf(verdict: Verdict): readonly FindingPlace[] {
  const places = new Map<string, FindingPlace>();
  const placesFor = ({ images }: Violation): readonly FindingPlace[] =>
    (images.length === 0 ? [{ ref: '', digest: '' }] : images.map(({ image }) => image)).map(({ ref: whole, digest }) => {
      // References have no bound of their own, and one of a megabyte must not push all other rows out of the status.
      const image = shortened(whole, messageBytes);
      const place = places.get(`${image}\n${digest}`) ?? { image, digest, standing: [], excepted: [] };
      places.set(`${image}\n${digest}`, place);
      return place;
    });
  if (verdict.kind === 'violated')
    for (const violation of verdict.violations) for (const place of placesFor(violation)) place.standing.push(violation);
  for (const one of verdict.excepted) for (const place of placesFor(one.violation)) place.excepted.push(one);
  return [...places.values()];
}

function messageOf(violations: readonly Violation[], also = ''): string {
  const rank = ({ severity }: Violation): number =>
    (severityOrder.indexOf(severity) + severityOrder.length + 1) % (severityOrder.length + 1);
  const worst = [...violations].sort((a, b) => rank(a) - rank(b))[0]?.message ?? '';
  const rest = `${violations.length > 1 ? ` (and ${violations.length - 1} more)` : ''}${also}`;
  return shortened(worst, messageBytes - Buffer.byteLength(rest)) + rest;
}

function shortenedReason({ reason, message }: Undecided): Undecided {
  return { reason, message: shortened(message, messageBytes) };
}

/** Cuts a text to so many bytes of UTF-8, at a character, and says so with an ellipsis. */
export function shortened(text: string, maxBytes: number): string {
  if (Buffer.byteLength(text) <= maxBytes) return text;
  let end = maxBytes - 3;
  const bytes = Buffer.from(text);
  // Bytes 10xxxxxx continue a character.
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return `${bytes.toString('utf8', 0, end)}…`;
}

/** How long a deletion counts. */
const goneForMs = 24 * 3_600_000;

/** Tells whether a row of a workload that is gone still counts. */
export function isRecent({ actedAt }: Row, now: Date): boolean {
  return actedAt !== undefined && now.getTime() - actedAt.getTime() < goneForMs;
}

/** Returns what is left of a report when its workload is gone: what we deleted it for. Undefined when it was not us. */
export function goneReport(report: WorkloadReport): WorkloadReport | undefined {
  const isOurs = ({ outcome }: Row): boolean => outcome === 'Requested' || outcome === 'Confirmed';
  const isDeletion = (row: Row): boolean => row.action === 'Delete' && isOurs(row);
  // One deletion is enough; all that asked for an action is its reason.
  if (![...report.policies.values()].some(({ rows }) => rows.some(isDeletion))) return undefined;
  const policies = [...report.policies]
    .map(
      ([name, policy]) =>
        [
          name,
          {
            ...policy,
            undecided: [],
            hasExcepted: false,
            kept: [],
            unknownImages: [],
            isProvisional: false,
            rows: policy.rows.filter(isOurs).map(confirmed),
          },
        ] as const,
    )
    .filter(([, policy]) => policy.rows.length > 0);
  return policies.length === 0 ? undefined : { ref: report.ref, policies: new Map(policies), isGone: true };
}

function confirmed(row: Row): Row {
  return { ...row, outcome: 'Confirmed', reason: '' };
}
