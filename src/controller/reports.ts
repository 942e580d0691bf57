// The newest report of each workload, and which workloads a policy's generation still has to be judged on.
import { goneReport, type WorkloadReport } from '../status/report.ts';

export interface ReportsOptions {
  /** Called with the names of the policies whose status may now be another. */
  readonly onChange: (policies: Iterable<string>) => void;
}

export class Reports {
  readonly #options: ReportsOptions;
  readonly #reports = new Map<string, WorkloadReport>();
  /** Policy → keys of workloads that were not judged since its rules last changed. */
  readonly #awaited = new Map<string, Set<string>>();

  constructor(options: ReportsOptions) {
    this.#options = options;
  }

  /** From now on the policy counts as evaluated once each of these workloads has had its pass. */
  await(policy: string, keys: Iterable<string>): void {
    this.#awaited.set(policy, new Set(keys));
    this.#options.onChange([policy]);
  }

  isEvaluated(policy: string): boolean {
    return (this.#awaited.get(policy)?.size ?? 1) === 0;
  }

  set(key: string, report: WorkloadReport): void {
    const before = this.#reports.get(key);
    this.#reports.set(key, report);
    this.#changed(key, [...(before?.policies.keys() ?? []), ...report.policies.keys()]);
  }

  /** The workload was looked at and its report stays as it is. */
  keep(key: string): void {
    this.#changed(key, []);
  }

  /** The workload is there and no policy is about it (any more). */
  remove(key: string): void {
    const before = this.#reports.get(key);
    this.#reports.delete(key);
    this.#changed(key, before?.policies.keys() ?? []);
  }

  /** The workload is gone: what remains of its report are the deletions that we asked for. */
  gone(key: string): void {
    const before = this.#reports.get(key);
    const rest = before === undefined || before.isGone ? before : goneReport(before);
    if (rest === undefined) this.#reports.delete(key);
    else this.#reports.set(key, rest);
    this.#changed(key, before?.policies.keys() ?? []);
  }

  /** Puts in what was known before this process began, unless there is news. */
  recall(key: string, report: WorkloadReport): void {
    if (!this.#reports.has(key)) this.#reports.set(key, report);
  }

  /** Tells whether a report of the policy is about a workload that we deleted. */
  hasGone(policy: string): boolean {
    return [...this.#reports.values()].some((report) => report.isGone && report.policies.has(policy));
  }

  forgetPolicy(policy: string): void {
    this.#awaited.delete(policy);
  }

  all(): Iterable<WorkloadReport> {
    return this.#reports.values();
  }

  #changed(key: string, policies: Iterable<string>): void {
    const changed = new Set(policies);
    for (const [policy, keys] of this.#awaited) if (keys.delete(key) && keys.size === 0) changed.add(policy);
    this.#options.onChange(changed);
  }
}
