// One pass over one policy: puts the reports of all workloads together and writes the status if it says something new. Impure.
import { untilWatchTooOldMs, whyWatchUnknown } from '../evaluation/watch-state.ts';
import type { Clock } from '../facts/clock.ts';
import type { WatchFact } from '../facts/watch-fact.ts';
import { Failure } from '../failure.ts';
import { nextExceptionMoment } from '../policy/exceptions.ts';
import type { KubeXrayPolicyStatus } from '../policy/kubexraypolicy.generated.ts';
import type { Policy } from '../policy/policy.ts';
import { nextPolicyStatus } from '../status/policy-status.ts';
import type { Log } from './log.ts';
import type { Policies, UnreadablePolicy } from './policies.ts';
import type { Reports } from './reports.ts';
import type { RuleBook } from './rule-book.ts';
import type { Schedule } from './workers.ts';

/** What the pass needs of the API server. */
export interface StatusPort {
  /** Merges into the status of a policy. Throws `Failure` when that could not be done. */
  readonly patchPolicyStatus: (name: string, status: Partial<KubeXrayPolicyStatus>) => Promise<void>;
}

export interface PolicyPassOptions {
  readonly watchOf: (watch: string) => WatchFact;
  readonly policies: Policies;
  readonly rules: RuleBook;
  readonly reports: Reports;
  readonly port: StatusPort;
  readonly clock: Clock;
  readonly log: Log;
}

// A rollout changes the reports of a policy many times a second; nobody reads its status that often.
const writeIntervalMs = 1_000;
const refreshMs = 3_600_000;

export class PolicyPass {
  readonly #options: PolicyPassOptions;
  readonly #writtenAtMs = new Map<string, number>();
  /** The generation of which the status says how compiling it ended. */
  readonly #toldCompiled = new Map<string, number>();
  /** Generation of unreadable policies whose problems were written. */
  readonly #refused = new Map<string, string>();

  constructor(options: PolicyPassOptions) {
    this.#options = options;
  }

  /** Writes what there is to write, without waiting for its turn. */
  async flush(name: string): Promise<void> {
    if (this.#writtenAtMs.has(name)) this.#writtenAtMs.set(name, Number.NEGATIVE_INFINITY);
    await this.run(name);
  }

  /** Runs the pass and says when the next is due. Failures of the API server are logged and retried. */
  async run(name: string): Promise<Schedule> {
    const { policies, rules, reports, watchOf, clock } = this.#options;
    const unreadable = policies.unreadablePolicy(name);
    if (unreadable !== undefined) return this.#refuse(unreadable);
    const policy = policies.get(name);
    if (policy === undefined) {
      this.#writtenAtMs.delete(name);
      this.#toldCompiled.delete(name);
      return { kind: 'done' };
    }
    const now = clock.now();
    const waitMs = (this.#writtenAtMs.get(name) ?? Number.NEGATIVE_INFINITY) + writeIntervalMs - now.getTime();
    const compiled = rules.compileState(policy);
    // Somebody has just applied the policy and waits to hear what is wrong with it; that is once per generation.
    const isAwaited = compiled.isDone && this.#toldCompiled.get(name) !== policy.generation;
    if (waitMs > 0 && !isAwaited) return { kind: 'later', delayMs: waitMs };
    const awaited = reports.awaited(name);
    // Just begun: what an earlier process said of this generation stands until everything was looked at once.
    const isNews = this.#writtenAtMs.has(name) || policy.status?.observedGeneration !== policy.generation;
    if (!isNews && !(compiled.isDone && awaited.size === 0)) return { kind: 'done' };
    reports.dropOld(now);
    const unknownWatches = policy.watches.flatMap(
      (watch) => whyWatchUnknown(watch, watchOf(watch), { now, maxAgeMs: policy.maxAgeMs }) ?? [],
    );
    const status = nextPolicyStatus({ policy, compiled, awaited, reports: reports.all(), unknownWatches, now });
    const exceptionAt = nextExceptionMoment(policy.exceptions, now);
    const untilTooOldMs = untilWatchTooOldMs(policy.watches.map(watchOf), { now, maxAgeMs: policy.maxAgeMs });
    // What was deleted counts for a day, exceptions end, and answers get too old; somebody has to look then.
    const dueMs = Math.min(refreshMs, exceptionAt === undefined ? refreshMs : exceptionAt.getTime() - now.getTime(), untilTooOldMs);
    const isDue = reports.hasGone(name) || exceptionAt !== undefined || untilTooOldMs < Number.POSITIVE_INFINITY;
    const schedule: Schedule = isDue ? { kind: 'later', delayMs: dueMs } : { kind: 'done' };
    if (compiled.isDone) this.#toldCompiled.set(name, policy.generation);
    if (status === undefined) return schedule;
    // A write that failed is tried again after its back-off, which grows; the interval would reset it.
    if (!(await this.#write(name, status))) return { kind: 'retry' };
    this.#writtenAtMs.set(name, now.getTime());
    policies.wrote(policy, status);
    this.#sayFreshness(policy, status);
    return schedule;
  }

  /** Whoever reads the log must hear that Xray cannot be asked, once when that begins and once when it ends. */
  #sayFreshness({ name, status: before }: Policy, status: KubeXrayPolicyStatus): void {
    const fresh = (of: KubeXrayPolicyStatus | undefined) => of?.conditions?.find(({ type }) => type === 'FactsFresh');
    const [was, is] = [fresh(before), fresh(status)];
    if (is === undefined || was?.status === is.status) return;
    const fields = { policy: name, reason: is.reason };
    if (is.status === 'False')
      this.#options.log.error({ ...fields, message: is.message }, 'not everything is known: what hangs on it is undecided');
    else if (was !== undefined) this.#options.log.info(fields, 'everything is known again');
  }

  /** A policy that is not understood says so, once per generation. */
  async #refuse({ name, uid, generation, problems }: UnreadablePolicy): Promise<Schedule> {
    if (this.#refused.get(name) === `${uid}/${generation}`) return { kind: 'done' };
    const message = problems.map((problem) => `${problem.path} ${problem.message}`).join('\n');
    const lastTransitionTime = this.#options.clock.now().toISOString();
    const base = { status: 'False', reason: 'Invalid', observedGeneration: generation, lastTransitionTime } as const;
    const conditions = [
      { ...base, type: 'Ready', message: 'the policy cannot be read; see the condition Compiled' },
      { ...base, type: 'Compiled', message },
    ];
    if (!(await this.#write(name, { observedGeneration: generation, conditions }))) return { kind: 'retry' };
    this.#refused.set(name, `${uid}/${generation}`);
    return { kind: 'done' };
  }

  async #write(name: string, status: Partial<KubeXrayPolicyStatus>): Promise<boolean> {
    try {
      await this.#options.port.patchPolicyStatus(name, status);
      this.#options.log.debug({ policy: name, totals: status.totals }, 'status written');
      return true;
    } catch (thrown) {
      if (!(thrown instanceof Failure)) throw thrown;
      this.#options.log.error({ policy: name, error: thrown.message }, 'write status');
      return false;
    }
  }
}
