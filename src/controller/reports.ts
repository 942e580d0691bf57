// The newest report of each workload, and which workloads a policy's generation still has to be judged on.
import { isDeepStrictEqual } from 'node:util';
import { goneReport, isRecent, type WorkloadReport } from '../status/report.ts';

export interface ReportsOptions {
  /** Called with the names of the policies whose status may now be another. */
  readonly onChange: (policies: Iterable<string>) => void;
}

interface Pass {
  readonly key: string;
  readonly begun: number;
  readonly isJudged?: (policy: string) => boolean;
}

export class Reports {
  readonly #options: ReportsOptions;
  readonly #reports = new Map<string, WorkloadReport>();
  /** Policy → keys of workloads that were not judged since its rules last changed, which was at that time of `#now`. */
  readonly #awaited = new Map<string, { readonly since: number; readonly keys: Set<string> }>();
  #now = 0;

  constructor(options: ReportsOptions) {
    this.#options = options;
  }

  /** From now on the policy counts as evaluated once each of these workloads has had its pass. */
  await(policy: string, keys: Iterable<string>): void {
    this.#now += 1;
    this.#awaited.set(policy, { since: this.#now, keys: new Set(keys) });
    this.#options.onChange([policy]);
  }

  /** Returns what a pass that begins now has to give back: it says nothing about rules that change while it runs. */
  begin(): number {
    return this.#now;
  }

  /** Returns the keys of the workloads that the policy was not judged on since its rules last changed. */
  awaited(policy: string): ReadonlySet<string> {
    return this.#awaited.get(policy)?.keys ?? new Set();
  }

  /** A provisional report leaves its workload among those that are awaited. */
  set(key: string, report: WorkloadReport, begun: number): void {
    const before = this.#reports.get(key);
    this.#reports.set(key, report);
    const isJudged = (policy: string): boolean => report.policies.get(policy)?.isProvisional !== true;
    const names = new Set([...(before?.policies.keys() ?? []), ...report.policies.keys()]);
    const differs = (policy: string): boolean => !isDeepStrictEqual(before?.policies.get(policy), report.policies.get(policy));
    this.#changed({ key, begun, isJudged }, [...names].filter(differs));
  }

  /** The workload was looked at and its report stays as it is. */
  keep(key: string, begun: number): void {
    this.#changed({ key, begun }, []);
  }

  /** The workload is there and no policy is about it (any more). */
  remove(key: string, begun: number): void {
    const before = this.#reports.get(key);
    this.#reports.delete(key);
    this.#changed({ key, begun }, before?.policies.keys() ?? []);
  }

  /** The workload is gone: what remains of its report are the deletions that we asked for. */
  gone(key: string, begun: number): void {
    const before = this.#reports.get(key);
    const rest = before === undefined || before.isGone ? before : goneReport(before);
    if (rest === undefined) this.#reports.delete(key);
    else this.#reports.set(key, rest);
    this.#changed({ key, begun }, before?.policies.keys() ?? []);
  }

  /** Puts in what a policy knew before this process began, unless there is news. */
  recall(key: string, report: WorkloadReport): void {
    const known = this.#reports.get(key);
    const policies = new Map([...report.policies, ...(known?.policies ?? [])]);
    this.#reports.set(key, { ...(known ?? report), policies });
  }

  /** Forgets deletions that no longer count. */
  dropOld(now: Date): void {
    for (const [key, { isGone, policies }] of this.#reports)
      if (isGone && ![...policies.values()].some(({ rows }) => rows.some((row) => isRecent(row, now)))) this.#reports.delete(key);
  }

  /** Tells whether a report of the policy is about a workload that we deleted. */
  hasGone(policy: string): boolean {
    return [...this.#reports.values()].some((report) => report.isGone && report.policies.has(policy));
  }

  /** The policy is gone; another of its name has deleted nothing yet. */
  forgetPolicy(policy: string): void {
    this.#awaited.delete(policy);
    for (const [key, report] of this.#reports) {
      if (!report.isGone || !report.policies.has(policy)) continue;
      const policies = new Map([...report.policies].filter(([name]) => name !== policy));
      if (policies.size === 0) this.#reports.delete(key);
      else this.#reports.set(key, { ...report, policies });
    }
  }

  all(): Iterable<WorkloadReport> {
    return this.#reports.values();
  }

  #changed({ key, begun, isJudged = () => true }: Pass, policies: Iterable<string>): void {
    const changed = new Set(policies);
    for (const [policy, { since, keys }] of this.#awaited)
      if (since <= begun && isJudged(policy) && keys.delete(key) && keys.size === 0) changed.add(policy);
    this.#options.onChange(changed);
  }
}
