// Rules whose own answer is no answer, in a forecast: that is a fault of the rule, and not something that Xray could clear. Pure.
import type { ForecastReport } from './forecast-report.ts';

const faults: ReadonlySet<string> = new Set(['MalformedAnswer', 'Aborted', 'MemoryExceeded', 'DeadlineExceeded']);

/** Returns one line for each rule and kind of fault, with the first workload that it was seen on. */
export function ruleFailures({ workloads }: ForecastReport): readonly string[] {
  const found = new Map<string, { text: string; count: number }>();
  for (const { workload, policies } of workloads)
    for (const { policy, rules } of policies)
      for (const { rule, undecided } of rules)
        for (const { reason, message } of undecided.filter((one) => faults.has(one.reason))) {
          const key = `${policy}/${rule} ${reason}`;
          const place = `${workload.kind}/${workload.namespace}/${workload.name}`;
          const before = found.get(key);
          found.set(key, {
            text: before?.text ?? `rule ${policy}/${rule} on ${place}: ${message} (${reason})`,
            count: (before?.count ?? 0) + 1,
          });
        }
  return [...found.values()].map(({ text, count }) => (count === 1 ? text : `${text}, and ${count - 1} more of it`));
}
