// The status of a policy from the reports of all workloads. Pure; equal inputs give an equal status, so nothing moves while nothing changes.
import { isDeepStrictEqual } from 'node:util';
import type { Undecided } from '../evaluation/answer.ts';
import { compareTexts } from '../facts/compare-texts.ts';
import type { KubeXrayPolicyStatus, RuleStatus, Totals, ViolationStatus } from '../policy/kubexraypolicy.generated.ts';
import type { Policy } from '../policy/policy.ts';
import { type CompileState, conditionsOf } from './conditions.ts';
import { isRecent, type PolicyReport, type Row, type WorkloadReport } from './report.ts';

export interface PolicyStatusInput {
  readonly policy: Policy;
  readonly compiled: CompileState;
  /** Uids of the workloads that these rules were not judged on yet: what was said of them stands. */
  readonly awaited: ReadonlySet<string>;
  readonly reports: Iterable<WorkloadReport>;
  /** Why watches that the policy names are not known, in its order. */
  readonly unknownWatches: readonly Undecided[];
  readonly now: Date;
}

interface Entry {
  readonly report: WorkloadReport;
  readonly of: PolicyReport;
}

const maxRows = 100;
const maxRowBytes = 128 * 1024;

/** Returns the status to write, or undefined when what is there already says the same. */
export function nextPolicyStatus(input: PolicyStatusInput): KubeXrayPolicyStatus | undefined {
  const { policy, compiled, awaited, unknownWatches, now } = input;
  const before = policy.status;
  const entries = entriesOf(input);
  const living = entries.filter(({ report }) => !report.isGone);
  const said = before?.violations ?? [];
  const judged = entries.filter(({ report }) => !awaited.has(report.ref.uid)).flatMap((entry) => violationRows(entry, said, now));
  const rows = [...judged, ...said.filter(({ workload }) => awaited.has(workload.uid))].sort(byPlace);
  const shown = withinBounds(rows);
  const unknownImages = [...new Set(living.flatMap(({ of }) => of.unknownImages))].sort();
  const totals = totalsOf(living, rows);
  const status: KubeXrayPolicyStatus = {
    observedGeneration: policy.generation,
    observedMode: policy.mode,
    conditions: conditionsOf({ policy, compiled, isEvaluated: awaited.size === 0, totals, unknownImages, unknownWatches, now }),
    rulesInForce: compiled.isDone ? inForce(compiled) : (before?.rulesInForce ?? `0/${policy.rules.length}`),
    rules: compiled.isDone || before?.rules === undefined ? ruleStatuses(input, living) : before.rules,
    totals,
    violations: shown,
    truncated: rows.length - shown.length,
    lastChangeTime: before?.lastChangeTime ?? now.toISOString(),
  };
  if (before !== undefined && isDeepStrictEqual(plain(status), plain(before))) return undefined;
  return { ...status, lastChangeTime: now.toISOString() };
}

/** Reports that speak of this policy; of workloads deleted by us only while they are recent. */
function entriesOf({ policy, reports, now }: PolicyStatusInput): Entry[] {
  const entries: Entry[] = [];
  for (const report of reports) {
    const of = report.policies.get(policy.name);
    if (of === undefined) continue;
    const rows = report.isGone ? of.rows.filter((row) => isRecent(row, now)) : of.rows;
    if (!report.isGone || rows.length > 0) entries.push({ report, of: { ...of, rows } });
  }
  return entries;
}

function violationRows({ report, of }: Entry, before: readonly ViolationStatus[], now: Date): ViolationStatus[] {
  const own = before.filter(({ workload }) => workload.uid === report.ref.uid);
  const { kind, namespace, name, uid } = report.ref;
  const workload = { kind, namespace, name, uid };
  const current = of.rows.map((row): ViolationStatus => {
    const known = own.find((old) => old.rule === row.rule && (old.digest ?? '') === row.digest && (old.image ?? '') === row.image);
    return { workload, ...rowStatus(row), since: known?.since ?? now.toISOString() };
  });
  // What took a workload to zero stays visible though no pod is left to be judged.
  const kept = of.kept.flatMap(({ rule, observed }) => {
    const rows = own.filter((old) => old.rule === rule);
    const acted = {
      outcome: observed.outcome,
      reason: 'NotCleared',
      ...(observed.actedAt === undefined ? {} : { actedAt: observed.actedAt.toISOString() }),
    };
    const unseen: ViolationStatus = {
      workload,
      rule,
      message: 'held at zero until the rule is seen to pass',
      since: now.toISOString(),
      action: 'ScaleDown',
      outcome: 'Confirmed',
    };
    return (rows.length > 0 ? rows : [unseen]).map((old) => ({ ...old, ...acted }));
  });
  return [...current, ...kept];
}

function rowStatus(row: Row): Omit<ViolationStatus, 'workload' | 'since'> {
  const { rule, image, digest, message, action, outcome, reason, actedAt } = row;
  return {
    rule,
    ...(image === '' ? {} : { image }),
    ...(digest === '' ? {} : { digest }),
    message,
    action,
    outcome,
    ...(reason === '' ? {} : { reason }),
    ...(actedAt === undefined ? {} : { actedAt: actedAt.toISOString() }),
  };
}

function ruleStatuses({ policy, compiled }: PolicyStatusInput, living: readonly Entry[]): RuleStatus[] {
  return policy.rules.map(({ name, actions }) => {
    const undecided = living.flatMap(({ of }) => of.undecided.filter(({ rule }) => rule === name));
    const reasons = frequent(undecided.flatMap((entry) => entry.reasons.map(({ message }) => message)));
    return {
      name,
      sha256: compiled.rules.find((rule) => rule.name === name)?.id ?? '',
      actions: { ...actions },
      violating: living.filter(({ of }) => of.rows.some((row) => row.rule === name && isViolation(row))).length,
      undecided: undecided.length,
      ...(reasons.length === 0 ? {} : { undecidedReasons: reasons }),
    };
  });
}

function inForce({ rules }: CompileState): string {
  return `${rules.filter(({ problems }) => problems.length === 0).length}/${rules.length}`;
}

function frequent(messages: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const message of messages) counts.set(message, (counts.get(message) ?? 0) + 1);
  const sorted = [...counts].sort(([a, countA], [b, countB]) => countB - countA || (a < b ? -1 : 1));
  return sorted.slice(0, 3).map(([message]) => message);
}

function totalsOf(living: readonly Entry[], rows: readonly ViolationStatus[]): Totals {
  const workloads = (matches: (row: ViolationStatus) => boolean): number =>
    new Set(rows.filter(matches).map(({ workload }) => workload.uid)).size;
  return {
    evaluated: living.length,
    violating: living.filter(({ of }) => of.rows.some(isViolation)).length,
    undecided: living.filter(({ of }) => of.undecided.length > 0).length,
    excepted: living.filter(({ of }) => of.hasExcepted).length,
    acted: workloads(({ outcome }) => outcome === 'Confirmed'),
    held: workloads(({ outcome }) => outcome === 'Held'),
    contested: workloads(({ outcome }) => outcome === 'Contested'),
  };
}

/** Tells whether a row counts against its workload. */
function isViolation({ outcome }: { readonly outcome: ViolationStatus['outcome'] }): boolean {
  return outcome !== 'Excepted';
}

/** What is excepted takes the room that violations leave. */
function withinBounds(rows: readonly ViolationStatus[]): ViolationStatus[] {
  const shown = new Set<ViolationStatus>();
  let bytes = 0;
  for (const row of [...rows.filter(isViolation), ...rows.filter((one) => !isViolation(one))]) {
    const rowBytes = Buffer.byteLength(JSON.stringify(row));
    if (shown.size === maxRows) break;
    // One row that is too long must not hide those behind it.
    if (bytes + rowBytes > maxRowBytes) continue;
    bytes += rowBytes;
    shown.add(row);
  }
  return rows.filter((row) => shown.has(row));
}

function byPlace(a: ViolationStatus, b: ViolationStatus): number {
  const key = ({ workload, rule, image, digest }: ViolationStatus): string =>
    [workload.namespace, workload.kind, workload.name, workload.uid, rule, image ?? '', digest ?? ''].join('\n');
  return compareTexts(key(a), key(b));
}

/** As the API server would give it back. */
function plain(status: KubeXrayPolicyStatus): unknown {
  return JSON.parse(JSON.stringify(status));
}
