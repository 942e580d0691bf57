// One pass over one workload: gathers what is known, has the rules evaluated, decides, acts, and keeps the report. Impure.
import { isDeepStrictEqual } from 'node:util';
import { type Decision, decideWorkload } from '../actions/decide.ts';
import { type ClusterPort, type Executed, execute } from '../actions/execute.ts';
import { settleMs } from '../actions/hold.ts';
import type { ActivePolicy } from '../actions/judge.ts';
import { type ActionRecord, hasRememberedTemplate, type ReadMemory } from '../actions/memory.ts';
import type { Seen } from '../actions/plan-input.ts';
import { type Subject, subjectOf } from '../actions/subject.ts';
import { inputDocument } from '../evaluation/document.ts';
import { type ImageState, imageStates, whyUnknown } from '../evaluation/image-state.ts';
import { untilWatchTooOldMs } from '../evaluation/watch-state.ts';
import type { Clock } from '../facts/clock.ts';
import type { Cluster } from '../facts/cluster.ts';
import { type Fact, isUnasked } from '../facts/fact.ts';
import type { Facts } from '../facts/gather.ts';
import type { Identities } from '../facts/identities.ts';
import type { KnownImages } from '../facts/identity.ts';
import type { WatchFeeds } from '../facts/watch-feeds.ts';
import { type JoinedJson, WatchJoins } from '../facts/watch-joins.ts';
import type { Workload } from '../facts/workload.ts';
import { isAbout, nextExceptionMoment } from '../policy/exceptions.ts';
import { workloadReport } from '../status/report.ts';
import type { Answers } from './answers.ts';
import type { Log } from './log.ts';
import type { Policies } from './policies.ts';
import type { Reports } from './reports.ts';
import type { RuleBook } from './rule-book.ts';
import type { Schedule } from './workers.ts';

export interface WorkloadPassOptions {
  readonly cluster: Cluster;
  readonly facts: Facts;
  readonly identities: Identities;
  readonly feeds: WatchFeeds;
  readonly policies: Policies;
  readonly rules: RuleBook;
  readonly answers: Answers;
  readonly reports: Reports;
  readonly port: ClusterPort;
  readonly clock: Clock;
  readonly log: Log;
  readonly protectedNamespaces: readonly string[];
  /** Returns an identifier that was never used before. */
  readonly newActionId: () => string;
}

const defaultMaxAgeMs = 24 * 3_600_000;
// Xray answers within this, or may not answer for long.
const firstAnswerMs = 1_000;
// Grace periods run while an image is not scanned; a minute late is early enough.
const timeMattersMs = 60_000;
// Rules about ages count in hours and days (published 30 days ago); ten minutes late is early enough for those.
const readsTimeMs = 600_000;
// Clocks are set, and machines sleep: nothing that is due in days is left to one timer.
const exceptionLookMs = 600_000;
// Several times the longest wait: what was given back before that is another story.
const restoreWindowMs = 6 * 3_600_000;

export class WorkloadPass {
  readonly #options: WorkloadPassOptions;
  readonly #seen = new Map<string, Seen>();
  /** Since when workloads wait for the first answer about one of their images. */
  readonly #unaskedSince = new Map<string, Date>();
  /** Records of what this process took to zero, for objects whose annotation has no room for theirs or lost it. */
  readonly #records = new Map<string, ActionRecord>();
  /** The watches that rules about a workload need, as of its last pass. */
  readonly #needed = new Map<string, ReadonlySet<string>>();
  readonly #joins: WatchJoins;

  constructor(options: WorkloadPassOptions) {
    this.#options = options;
    this.#joins = new WatchJoins((watch) => options.feeds.get(watch));
  }

  /** Returns the keys of the workloads about which a rule needs the watch. */
  usersOf(watch: string): readonly string[] {
    return [...this.#needed].filter(([, watches]) => watches.has(watch)).map(([key]) => key);
  }

  /** Runs the pass and says when the next is due. Throws only for what is a mistake of ours; the queue retries that. */
  async run(key: string): Promise<Schedule> {
    const { reports, cluster } = this.#options;
    const begun = reports.begin();
    const policies = this.#options.rules.policies();
    const subject = this.#gather(key, policies);
    if (subject === undefined) {
      this.#forget(key);
      if (cluster.get(key) === undefined) reports.gone(key, begun);
      else reports.remove(key, begun);
      return { kind: 'done' };
    }
    // What is being deleted is not touched and not judged anew; what was said of it stays until it is gone.
    if (subject.workload.terminating) {
      reports.keep(key, begun);
      return { kind: 'done' };
    }
    return this.#judge(key, subject, { policies, begun });
  }

  /** Returns undefined for what is not evaluated: nothing runs and nothing is remembered, or no policy is about it. */
  #gather(key: string, active: readonly ActivePolicy[]): Subject | undefined {
    const { cluster, facts, identities } = this.#options;
    const known: KnownImages = { factOf: (digest) => facts.get(digest), identityOf: (question) => identities.of(question) };
    const subject = subjectOf(cluster, key, { active, known, recall: (read) => this.#recalled(key, read) });
    return subject !== undefined && (subject.isJudged || subject.workload.terminating) ? subject : undefined;
  }

  async #judge(
    key: string,
    { workload, memory, matching, ruleIds, watches }: Subject,
    { policies, begun }: { readonly policies: readonly ActivePolicy[]; readonly begun: number },
  ): Promise<Schedule> {
    const { facts, identities, feeds, clock, log } = this.#options;
    const maxAgesMs = matching.map(({ policy }) => policy.maxAgeMs);
    identities.use(key, workload.needs.questions);
    facts.use(key, workload.needs.digests, Math.min(defaultMaxAgeMs, ...maxAgesMs));
    const needed = matching.flatMap(({ rules }) => rules.flatMap((rule) => rule.watches ?? []));
    if (needed.length === 0) this.#needed.delete(key);
    else this.#needed.set(key, new Set(needed));
    const states = imageStates(
      workload,
      (digest) => facts.get(digest),
      (fact) => this.#joinedOf(fact, watches),
    );
    // The rules would have to be asked again with the answer, which seldom takes longer; what is not known decides nothing anyway.
    const askedForMs = this.#askedForMs(key, states);
    if (askedForMs !== undefined && askedForMs < firstAnswerMs) return { kind: 'later', delayMs: firstAnswerMs - askedForMs };
    const { answers, documentNow } = await this.#options.answers.of(key, {
      document: (now) => inputDocument(workload, states, now),
      ids: ruleIds,
      goodForMs: goodForMs(states, matching),
    });
    const now = clock.now();
    const decision = decideWorkload({
      workload,
      facts: states,
      answers,
      documentNow,
      policies,
      protectedNamespaces: this.#options.protectedNamespaces,
      memory,
      unreadable: this.#options.policies.unreadable(),
      seen: this.#look(key, workload, memory),
      watchOf: (watch) => this.#options.feeds.get(watch),
      actionId: this.#options.newActionId(),
      now,
    });
    const executed = await this.#execute(decision, workload);
    if (executed?.kind === 'sent' && decision.plan.kind === 'restore') this.#countRestore(key, memory);
    if (executed?.kind === 'dropped') {
      log.debug({ workload: workload.ref, why: executed.why }, 'action dropped');
      return { kind: 'retry' };
    }
    const failure = executed?.kind === 'failed' ? executed.failure.reason : undefined;
    this.#options.reports.set(
      key,
      workloadReport(workload.ref, { decision, facts: states, now, ...(failure === undefined ? {} : { failure }) }),
      begun,
    );
    if (executed?.kind === 'failed') return { kind: 'retry' };
    for (const digest of decision.settling) facts.askWithin(digest, settleMs);
    if (decision.settling.length > 0) for (const watch of watches) feeds.askAllWithin(watch, settleMs);
    const exceptions = matching.flatMap(({ policy }) => policy.exceptions.filter((one) => isAbout(one, workload.ref)));
    return nextLook({
      decision,
      states,
      maxAgesMs,
      goodMs: goodForMs(states, matching),
      exceptionAt: nextExceptionMoment(exceptions, now),
      watchMs: Math.min(
        ...matching.map(({ policy }) =>
          untilWatchTooOldMs(
            policy.watches.map((watch) => feeds.get(watch)),
            { now, maxAgeMs: policy.maxAgeMs },
          ),
        ),
      ),
      now,
    });
  }

  /** For how long a first answer about an image of the workload is being waited for; undefined when none is. */
  #askedForMs(key: string, states: readonly ImageState[]): number | undefined {
    if (!states.some(({ fact }) => fact !== undefined && isUnasked(fact))) {
      this.#unaskedSince.delete(key);
      return undefined;
    }
    const now = this.#options.clock.now();
    const before = this.#unaskedSince.get(key) ?? now;
    // A clock that is set back must not make this a wait of hours.
    const since = before > now ? now : before;
    this.#unaskedSince.set(key, since);
    return now.getTime() - since.getTime();
  }

  /** What the watches say of an image; where that hangs on where the image lies by now, Xray is asked for it. */
  #joinedOf(fact: Fact, watches: readonly string[]): JoinedJson {
    const joined = this.#joins.of(fact, watches);
    if (joined.unconfirmed.length > 0) this.#options.facts.confirm(fact.digest);
    return joined;
  }

  async #execute({ plan }: Decision, workload: Workload): Promise<Executed | undefined> {
    if (plan.kind === 'none') return undefined;
    const executed = await execute(plan, this.#options.port);
    const fields = { workload: workload.ref, policies: plan.policies.map(({ name }) => name), action: plan.kind };
    if (executed.kind === 'sent') this.#options.log.info(fields, 'action sent');
    if (executed.kind === 'sent' && 'record' in plan) this.#records.set(workload.ref.uid, plan.record);
    else if (executed.kind === 'sent') this.#records.delete(workload.ref.uid);
    if (executed.kind === 'failed')
      this.#options.log.error({ ...fields, reason: executed.failure.reason, error: executed.failure.message }, 'action failed');
    return executed;
  }

  #recalled(key: string, read: ReadMemory): ReadMemory {
    const record = this.#records.get(key);
    if (read.memory === undefined || read.memory.record !== undefined || record === undefined) return read;
    return { ...read, memory: { ...read.memory, record } };
  }

  /** Remembers since when a workload that we took to zero looks different. */
  #look(key: string, { controller }: Workload, { memory }: ReadMemory): Seen {
    const now = this.#options.clock.now();
    const before = this.#seen.get(key) ?? {};
    const isSame = controller !== undefined && memory !== undefined && hasRememberedTemplate(controller, memory);
    const seen: Seen = {
      ...(before.restored === undefined ? {} : { restored: before.restored }),
      ...(isSame && controller.replicas > 0 ? { scaledUpAt: before.scaledUpAt ?? now } : {}),
      ...(memory !== undefined && !isSame ? { newTemplateAt: before.newTemplateAt ?? now } : {}),
    };
    if (Object.keys(seen).length === 0) this.#seen.delete(key);
    else this.#seen.set(key, seen);
    return seen;
  }

  /** Counts how often the same policies, unchanged, had the workload given back. */
  #countRestore(key: string, { memory }: ReadMemory): void {
    const policies = memory?.record?.policies ?? {};
    const before = this.#seen.get(key)?.restored;
    const at = this.#options.clock.now();
    const isRecent = before !== undefined && at.getTime() - before.at.getTime() < restoreWindowMs;
    const isAgain = isRecent && isDeepStrictEqual(before.policies, policies);
    this.#seen.set(key, { restored: { policies, count: isAgain ? before.count + 1 : 1, at } });
  }

  #forget(key: string): void {
    this.#options.facts.release(key);
    this.#unaskedSince.delete(key);
    this.#needed.delete(key);
    this.#options.identities.release(key);
    this.#options.answers.forget(key);
    this.#records.delete(key);
    this.#seen.delete(key);
  }
}

/** How long the same facts give the same answers. */
function goodForMs(states: readonly ImageState[], matching: readonly ActivePolicy[]): number {
  if (states.some(({ state }) => state !== 'scanned')) return timeMattersMs;
  return matching.some(({ rules }) => rules.some(({ readsTime }) => readsTime)) ? readsTimeMs : Number.POSITIVE_INFINITY;
}

/** The earliest moment at which the same facts may mean something else. */
function nextLook({
  decision,
  states,
  maxAgesMs,
  goodMs,
  exceptionAt,
  watchMs,
  now,
}: {
  decision: Decision;
  states: readonly ImageState[];
  maxAgesMs: readonly number[];
  goodMs: number;
  exceptionAt: Date | undefined;
  /** Until what is known of a watch gets too old. */
  watchMs: number;
  now: Date;
}): Schedule {
  const due = decision.lookAgainAt === undefined ? [] : [decision.lookAgainAt.getTime() - now.getTime()];
  if (states.some(({ state }) => state === 'unscanned')) due.push(timeMattersMs);
  else if (goodMs === readsTimeMs) due.push(readsTimeMs);
  // Exceptions are looked at after evaluation: what the rules said stays good, and the pass comes when one ends.
  if (exceptionAt !== undefined) due.push(Math.min(exceptionAt.getTime() - now.getTime(), exceptionLookMs));
  if (watchMs < Number.POSITIVE_INFINITY) due.push(watchMs);
  for (const state of states) {
    if (state.fact === undefined || state.fact.state === 'unavailable') continue;
    for (const maxAgeMs of maxAgesMs) {
      if (whyUnknown(state, { now, maxAgeMs }) === undefined) due.push(state.fact.checkedAt.getTime() + maxAgeMs + 1 - now.getTime());
    }
  }
  return due.length === 0 ? { kind: 'done' } : { kind: 'later', delayMs: Math.max(1, Math.min(...due)) };
}
