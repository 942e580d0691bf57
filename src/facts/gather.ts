// Keeps one fact per digest, however many workloads use it: asks the scan source in batches and again as facts age. Impure.
import { messageOf } from '../failure.ts';
import { hasRoom, isRenewal, lengthOfFirst, type Rank, rankOf, soonDue, sortedDue } from './batch.ts';
import type { Clock } from './clock.ts';
import { differs, type Fact, nextFact, unaskedFact } from './fact.ts';
import { type Asked, type Entry, isRenewed, newEntry, noteAnswer, smallest } from './fact-entry.ts';
import type { ImageReference } from './image.ts';
import { refreshDelayMs } from './refresh.ts';
import type { ScanAnswer, ScanSource } from './scan.ts';

export interface FactsOptions {
  readonly source: ScanSource;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  /** Called after the fact of a digest changed in more than its time; must not throw. */
  readonly onChange: (digest: string, users: readonly string[]) => void;
  /** By which references a digest is used; asked when Xray does not know it, to find out why. Nobody asks why when omitted. */
  readonly referencesOf?: (digest: string) => readonly ImageReference[];
}

// New digests of one rollout arrive within milliseconds of each other; together they are one question.
const coalesceMs = 10;
// However soon a source that refuses to ask says that it might: not in a loop.
const shortestHoldMs = 1_000;
// The look whether a source is back is better left to what never was too much: this much later, the others were there first.
const courtesyMs = 500;
// Where the answer does not settle what was doubted, asking for it again at once would not either.
const confirmEveryMs = 60_000;

export class Facts {
  readonly #options: FactsOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #byUser = new Map<string, ReadonlySet<string>>();
  readonly #abort = new AbortController();
  readonly #unexplained = new Set<string>();
  #isExplaining = false;
  /** Of each question that is under way. */
  readonly #running: Rank[] = [];
  #cancelTimer: () => void = () => undefined;
  #timerAtMs = Number.POSITIVE_INFINITY;

  constructor(options: FactsOptions) {
    this.#options = options;
    options.source.onRecovery?.(() => this.#askUnavailable());
  }

  /** Says which digests a user (a workload's key) needs from now on; replaces what it said before. Digests nobody uses are forgotten. */
  use(user: string, digests: Iterable<string>, maxAgeMs: number): void {
    const wanted = new Set(digests);
    for (const digest of this.#byUser.get(user) ?? []) if (!wanted.has(digest)) this.#drop(digest, user);
    for (const digest of wanted) this.#add(digest, user, maxAgeMs);
    if (wanted.size === 0) this.#byUser.delete(user);
    else this.#byUser.set(user, wanted);
    this.#schedule();
  }

  release(user: string): void {
    this.use(user, [], Number.POSITIVE_INFINITY);
  }

  /** Returns what is known; a digest that nobody uses is one that was not asked. */
  get(digest: string): Fact {
    return this.#entries.get(digest)?.fact ?? unaskedFact(digest);
  }

  /** Asks a digest again no later than after `delayMs`. */
  askWithin(digest: string, delayMs: number): void {
    const entry = this.#entries.get(digest);
    if (entry === undefined) return;
    entry.dueAtMs = Math.max(entry.heldUntilMs, Math.min(entry.dueAtMs, this.#nowMs() + delayMs));
    this.#schedule();
  }

  /** Asks a digest again at once, before those whose answers only age: there are news of it. */
  askNow(digest: string): void {
    const entry = this.#entries.get(digest);
    if (entry === undefined) return;
    entry.isNews = true;
    this.askWithin(digest, 0);
  }

  /** Asks a digest again, and has its users told when the answer is there though it says the same: at once, and then no more than once a minute. */
  confirm(digest: string): void {
    const entry = this.#entries.get(digest);
    if (entry === undefined || entry.isConfirming) return;
    const waitMs = Math.max(0, entry.confirmedAtMs + confirmEveryMs - this.#nowMs());
    entry.isConfirming = true;
    entry.confirmedAtMs = this.#nowMs() + waitMs;
    if (waitMs === 0) entry.isNews = true;
    this.askWithin(digest, waitMs);
  }

  /** Returns the keys of those who use a digest. */
  usersOf(digest: string): readonly string[] {
    return [...(this.#entries.get(digest)?.users.keys() ?? [])];
  }

  /** Returns the digests of images that lie at one of these places, or are among these digests. */
  digestsAt({ paths, digests }: { readonly paths: ReadonlySet<string>; readonly digests: ReadonlySet<string> }): readonly string[] {
    const lies = ({ fact }: Entry): boolean => fact.state === 'scanned' && (fact.paths ?? []).some((path) => paths.has(path));
    return [...this.#entries.values()].filter((entry) => digests.has(entry.digest) || lies(entry)).map(({ digest }) => digest);
  }

  /** Ends all questions; nothing is asked afterwards. */
  close(): void {
    this.#abort.abort();
    this.#cancelTimer();
  }

  /** Digests by state, for health and logs. */
  counts(): Readonly<Record<Fact['state'], number>> {
    const counts = { scanned: 0, unscanned: 0, unavailable: 0 };
    for (const entry of this.#entries.values()) counts[entry.fact.state] += 1;
    return counts;
  }

  #add(digest: string, user: string, maxAgeMs: number): void {
    const known = this.#entries.get(digest);
    if (known === undefined) {
      this.#entries.set(digest, newEntry({ digest, users: new Map([[user, maxAgeMs]]), maxAgeMs, dueAtMs: this.#nowMs() + coalesceMs }));
      return;
    }
    const before = known.maxAgeMs;
    const isLarger = (known.users.get(user) ?? maxAgeMs) < maxAgeMs;
    known.users.set(user, maxAgeMs);
    known.maxAgeMs = isLarger ? smallest(known.users.values()) : Math.min(before, maxAgeMs);
    // A user who accepts only younger facts must not wait for the schedule of the others.
    if (known.maxAgeMs < before) this.askWithin(digest, Math.max(0, this.#delayMs(known, this.#options.random()) - this.#ageMs(known)));
  }

  #drop(digest: string, user: string): void {
    const entry = this.#entries.get(digest);
    if (entry === undefined) return;
    const maxAgeMs = entry.users.get(user);
    entry.users.delete(user);
    if (entry.users.size === 0) this.#entries.delete(digest);
    else if (maxAgeMs === entry.maxAgeMs) entry.maxAgeMs = smallest(entry.users.values());
  }

  #nowMs(): number {
    return this.#options.clock.now().getTime();
  }

  #ageMs({ fact }: Entry): number {
    return fact.state === 'unavailable' ? 0 : this.#nowMs() - fact.checkedAt.getTime();
  }

  #delayMs({ answered, maxAgeMs, repeats }: Entry, random: number): number {
    return refreshDelayMs(answered, { maxAgeMs, repeats, random });
  }

  /** Sets the one timer to the earliest time at which a digest is due. */
  #schedule(): void {
    if (this.#abort.signal.aborted) return;
    let earliestMs = Number.POSITIVE_INFINITY;
    const may = { urgent: this.#hasRoom('urgent'), later: this.#hasRoom('later'), hanging: this.#hasRoom('hanging') };
    for (const entry of this.#entries.values()) {
      if (!entry.asking && entry.dueAtMs < earliestMs && may[rankOf(entry)]) earliestMs = entry.dueAtMs;
    }
    // A question that has to wait for its turn anyway takes along what comes until then.
    if (earliestMs < Number.POSITIVE_INFINITY) earliestMs = Math.max(earliestMs, this.#turnAtMs());
    if (earliestMs === this.#timerAtMs) return;
    this.#cancelTimer();
    this.#timerAtMs = earliestMs;
    if (earliestMs === Number.POSITIVE_INFINITY) return;
    // Longer timers than 2^31 ms fire at once in Node; an hour is soon enough to look again.
    const delayMs = Math.min(3_600_000, Math.max(0, earliestMs - this.#nowMs()));
    this.#cancelTimer = this.#options.clock.setTimer(() => this.#askDue(), delayMs);
  }

  #turnAtMs(): number {
    return this.#nowMs() + (this.#options.source.waitMs?.() ?? 0);
  }

  #askDue(): void {
    this.#timerAtMs = Number.POSITIVE_INFINITY;
    const nowMs = this.#nowMs();
    if (this.#turnAtMs() > nowMs) {
      this.#schedule();
      return;
    }
    const { batchSize } = this.#options.source;
    const due = sortedDue(this.#entries.values(), { nowMs, batchSize });
    while (due.length > 0) {
      const batch = due.splice(0, lengthOfFirst(due, batchSize));
      const rank = batch.map(rankOf).find((one) => one !== 'later') ?? 'later';
      if (!this.#hasRoom(rank)) break;
      // Else what is used by few, and was first asked about at different times, would stay in as many questions for ever.
      if (batch.length < batchSize && isRenewal(batch))
        batch.push(...soonDue(this.#entries.values(), nowMs).slice(0, batchSize - batch.length));
      void this.#ask(batch, rank);
    }
    this.#schedule();
  }

  #hasRoom(rank: Rank): boolean {
    return hasRoom(rank, this.#running);
  }

  /** Answers can be had again: what waits for one is asked now, and together, but for what was too much while they could be had. */
  #askUnavailable(): void {
    for (const entry of this.#entries.values()) {
      if (entry.answered !== 'unavailable' || entry.repeats < 0) continue;
      entry.limit = entry.limitWhenUp;
      if (entry.limit > 0) entry.repeats = 0;
      const delayMs = entry.limit > 0 ? coalesceMs : this.#delayMs(entry, this.#options.random());
      entry.heldUntilMs = 0;
      entry.dueAtMs = Math.min(entry.dueAtMs, this.#nowMs() + delayMs);
    }
    this.#schedule();
  }

  async #ask(batch: readonly Entry[], rank: Rank): Promise<void> {
    for (const entry of batch) {
      entry.asking = true;
      entry.dueAtMs = Number.POSITIVE_INFINITY;
    }
    this.#running.push(rank);
    const beganAtMs = this.#nowMs();
    const answers = await this.#answers(batch.map((entry) => entry.digest));
    this.#running.splice(this.#running.indexOf(rank), 1);
    if (this.#abort.signal.aborted) return;
    // One throw of the dice for all: what was asked together is asked together again, not in fifty questions.
    const random = this.#options.random();
    for (const entry of batch) {
      const answer = answers.get(entry.digest) ?? ({ kind: 'unavailable', reason: 'Xray did not answer for this image' } as const);
      this.#store(entry, answer, { size: batch.length, beganAtMs, random });
    }
    this.#schedule();
  }

  /** Never rejects: a source that throws is a source that did not answer. */
  async #answers(digests: readonly string[]): Promise<ReadonlyMap<string, ScanAnswer>> {
    try {
      return await this.#options.source.scans(digests, this.#abort.signal);
    } catch (thrown) {
      return new Map(digests.map((digest) => [digest, { kind: 'unavailable', reason: messageOf(thrown) }]));
    }
  }

  #store(entry: Entry, answer: ScanAnswer, { random, ...asked }: Omit<Asked, 'endedAtMs'> & { readonly random: number }): void {
    const before = entry.fact;
    const now = this.#options.clock.now();
    // News that came while it was being asked wait for the next answer.
    entry.isNews &&= entry.dueAtMs <= now.getTime();
    entry.asking = false;
    entry.fact = nextFact(before, answer, { askedAt: new Date(asked.beganAtMs), now });
    noteAnswer(entry, answer, { ...asked, endedAtMs: now.getTime() });
    const heldMs = answer.kind === 'unavailable' ? answer.retryInMs : undefined;
    const courtesy = entry.limit === Number.POSITIVE_INFINITY ? 0 : courtesyMs;
    const delayMs = heldMs === undefined ? this.#delayMs(entry, random) : Math.max(shortestHoldMs, heldMs) + courtesy;
    entry.heldUntilMs = heldMs === undefined ? 0 : now.getTime() + delayMs;
    entry.dueAtMs = Math.max(entry.heldUntilMs, Math.min(entry.dueAtMs, now.getTime() + delayMs));
    this.#tell(entry, before, now);
    if (answer.kind === 'unscanned' && entry.fact.state === 'unscanned') this.#askWhy(entry.digest);
  }

  #tell(entry: Entry, before: Fact, now: Date): void {
    const { digest, fact, users } = entry;
    const isConfirmed = entry.isConfirming && !entry.isNews && entry.answered !== 'unavailable';
    if (isConfirmed) entry.isConfirming = false;
    const isDifferent = isConfirmed || differs(before, fact);
    const told = [...users].filter(([, maxAgeMs]) => isDifferent || isRenewed({ before, after: fact, now, maxAgeMs }));
    if (told.length > 0)
      this.#options.onChange(
        digest,
        told.map(([user]) => user),
      );
  }

  #askWhy(digest: string): void {
    this.#unexplained.add(digest);
    if (!this.#isExplaining) void this.#explain();
  }

  /** One at a time: it is for people to read, and nothing is decided by it. */
  async #explain(): Promise<void> {
    const { source, referencesOf, clock } = this.#options;
    if (source.whyUnscanned === undefined || referencesOf === undefined) return this.#unexplained.clear();
    this.#isExplaining = true;
    for (const digest of this.#unexplained) {
      this.#unexplained.delete(digest);
      const reason = await source.whyUnscanned(referencesOf(digest), this.#abort.signal).catch(() => '');
      if (this.#abort.signal.aborted) return;
      const entry = this.#entries.get(digest);
      if (entry?.fact.state !== 'unscanned' || entry.fact.stale) continue;
      const before = entry.fact;
      entry.fact = { ...before, reason };
      this.#tell(entry, before, clock.now());
    }
    this.#isExplaining = false;
  }
}
