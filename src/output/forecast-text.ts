// A forecast as people read it: a table by workload, what differs from before, and the counts. Pure.
import type { ForecastChanges } from '../status/forecast-changes.ts';
import type {
  ActionCounts,
  ForecastReport,
  ForecastTotals,
  ReportedRule,
  ReportedWorkload,
  WorkloadOutlook,
} from '../status/forecast-report.ts';
import { textTable } from './text-table.ts';

export interface ForecastTextOptions {
  readonly changes?: ForecastChanges;
  /** Characters in a line. */
  readonly width: number;
  /** How many workloads there are, whether or not a policy is about them. */
  readonly judged: number;
}

/** Returns the text. Rules that passed are in the counts alone. */
export function forecastText(report: ForecastReport, { changes, width, judged }: ForecastTextOptions): string {
  const rows = report.workloads.flatMap(workloadRows);
  const table = textTable({ columns: ['WORKLOAD', 'POLICY/RULE', 'VERDICT', 'ACTION', 'OUTCOME', 'MESSAGE'], rows, width });
  const none = judged === 0 ? 'There are no workloads.\n' : 'No policy given is about any of the workloads.\n';
  const empty = report.totals.workloads === 0 ? none : '';
  return [empty, table, changes === undefined ? '' : changesText(changes, width), totalsText(report.totals)]
    .filter((part) => part !== '')
    .join('\n');
}

/** `Kind/namespace/name`, as `explain` takes it. */
export function workloadName({ kind, namespace, name }: ReportedWorkload): string {
  return `${kind}/${namespace}/${name}`;
}

function workloadRows({ workload, policies, change }: WorkloadOutlook): readonly (readonly string[])[] {
  const rows = policies.flatMap(({ policy, rules }) => rules.flatMap((rule) => ruleRows(policy, rule)));
  if (change.kind === 'restore') rows.push(['', '', '', `would get its ${change.to} replicas back`, 'nothing asks for zero any more']);
  // The name once, before the rows that are about it.
  return rows.map((row, index) => [index === 0 ? workloadName(workload) : '', ...row]);
}

function ruleRows(policy: string, rule: ReportedRule): string[][] {
  const verdict = rule.verdict === 'passed' && rule.excepted.length > 0 ? 'excepted' : rule.verdict;
  // Names and moments of exceptions are too long for a column of their own.
  const isExcepted = rule.outcome === 'Excepted';
  const found = isExcepted ? rule.messages.map((message) => `${rule.words}: ${message}`) : rule.messages;
  const messages = [...found, ...rule.undecided.map(({ message }) => `cannot tell: ${message}`)];
  const isTelling = verdict !== 'passed' || rule.outcome !== '';
  return (messages.length === 0 && isTelling ? [''] : messages).map((message, index) =>
    index === 0
      ? [`${policy}/${rule.rule}`, verdict, rule.verdict === 'passed' ? '' : rule.action, isExcepted ? '' : rule.words, message]
      : ['', '', '', '', message],
  );
}

function changesText({ newlyViolating, cleared, changedAction }: ForecastChanges, width: number): string {
  const rows = [
    ...newlyViolating.map((one) => ['newly violating', workloadName(one.workload), `${one.policy}/${one.rule}`, one.words]),
    ...cleared.map((one) => ['cleared', workloadName(one.workload), `${one.policy}/${one.rule}`, clearedWords(one)]),
    ...changedAction.map((one) => [
      ...['changed action', workloadName(one.workload), `${one.policy}/${one.rule}`],
      `${stateWords(one.before)} → ${stateWords(one.after)}`,
    ]),
  ];
  if (rows.length === 0) return 'Nothing differs from before.\n';
  return textTable({ columns: ['CHANGE', 'WORKLOAD', 'POLICY/RULE', 'NOW'], rows, width });
}

function clearedWords({ verdict, reason }: ForecastChanges['cleared'][number]): string {
  switch (verdict) {
    case 'passed':
      return 'passes';
    case 'excepted':
      return `excepted by ${reason}`;
    case 'undecided':
      return 'cannot tell';
    case 'gone':
      return 'there is no such rule on it any more';
  }
}

function stateWords({ action, outcome, reason }: { readonly action: string; readonly outcome: string; readonly reason: string }): string {
  return [action, outcome, reason].filter((part) => part !== '').join(' ');
}

function totalsText(totals: ForecastTotals): string {
  const { workloads, violating, undecided, excepted, held, wouldAct, wouldActIfEnforced, wouldRestore } = totals;
  const parts = [
    `${workloads} ${workloads === 1 ? 'workload' : 'workloads'} evaluated`,
    `${violating} violating`,
    `${undecided} undecided`,
    ...(excepted === 0 ? [] : [`${excepted} excepted`]),
    `${held} held`,
    `would act on ${actionsText(wouldAct)}`,
    ...(wouldActIfEnforced.ScaleDown + wouldActIfEnforced.Delete === 0
      ? []
      : [`on ${actionsText(wouldActIfEnforced)} if DryRun were Enforce`]),
    ...(wouldRestore === 0 ? [] : [`${wouldRestore} would get replicas back`]),
  ];
  return `${parts.join('; ')}\n`;
}

function actionsText({ ScaleDown, Delete }: ActionCounts): string {
  const count = ScaleDown + Delete;
  return count === 0 ? 'none' : `${count} (${ScaleDown} to zero, ${Delete} deleted)`;
}
