// Keeps one fact per digest, however many workloads use it: asks the scan source in batches and again as facts age. Impure.
import { messageOf } from '../failure.ts';
import type { Clock } from './clock.ts';
import { differs, type Fact, nextFact, unaskedFact } from './fact.ts';
import { refreshDelayMs } from './refresh.ts';
import type { ScanAnswer, ScanSource } from './scan.ts';

export interface FactsOptions {
  readonly source: ScanSource;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  /** Called after the fact of a digest changed in more than its time; must not throw. */
  readonly onChange: (digest: string, users: readonly string[]) => void;
}

interface Entry {
  readonly digest: string;
  /** Key of the user → the oldest age at which the fact may still decide for it. */
  readonly users: Map<string, number>;
  fact: Fact;
  repeats: number;
  dueAtMs: number;
  asking: boolean;
}

// New digests of one rollout arrive within milliseconds of each other; together they are one question.
const coalesceMs = 10;
const callsInFlight = 4;

export class Facts {
  readonly #options: FactsOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #byUser = new Map<string, ReadonlySet<string>>();
  readonly #abort = new AbortController();
  #calls = 0;
  #cancelTimer: () => void = () => undefined;
  #timerAtMs = Number.POSITIVE_INFINITY;

  constructor(options: FactsOptions) {
    this.#options = options;
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
    entry.dueAtMs = Math.min(entry.dueAtMs, this.#nowMs() + delayMs);
    this.#schedule();
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
      const entry: Entry = {
        digest,
        users: new Map(),
        fact: unaskedFact(digest),
        repeats: 0,
        dueAtMs: this.#nowMs() + coalesceMs,
        asking: false,
      };
      this.#entries.set(digest, entry);
      entry.users.set(user, maxAgeMs);
      return;
    }
    const before = smallestMaxAgeMs(known);
    known.users.set(user, maxAgeMs);
    // A user who accepts only younger facts must not wait for the schedule of the others.
    if (smallestMaxAgeMs(known) < before) this.askWithin(digest, this.#delayMs(known));
  }

  #drop(digest: string, user: string): void {
    const entry = this.#entries.get(digest);
    entry?.users.delete(user);
    if (entry?.users.size === 0) this.#entries.delete(digest);
  }

  #nowMs(): number {
    return this.#options.clock.now().getTime();
  }

  #delayMs(entry: Entry): number {
    return refreshDelayMs(entry.fact, { maxAgeMs: smallestMaxAgeMs(entry), repeats: entry.repeats, random: this.#options.random() });
  }

  /** Sets the one timer to the earliest time at which a digest is due. */
  #schedule(): void {
    if (this.#abort.signal.aborted || this.#calls >= callsInFlight) return;
    let earliestMs = Number.POSITIVE_INFINITY;
    for (const entry of this.#entries.values()) if (!entry.asking && entry.dueAtMs < earliestMs) earliestMs = entry.dueAtMs;
    if (earliestMs === this.#timerAtMs) return;
    this.#cancelTimer();
    this.#timerAtMs = earliestMs;
    if (earliestMs === Number.POSITIVE_INFINITY) return;
    // Longer timers than 2^31 ms fire at once in Node; an hour is soon enough to look again.
    const delayMs = Math.min(3_600_000, Math.max(0, earliestMs - this.#nowMs()));
    this.#cancelTimer = this.#options.clock.setTimer(() => this.#askDue(), delayMs);
  }

  #askDue(): void {
    this.#timerAtMs = Number.POSITIVE_INFINITY;
    const nowMs = this.#nowMs();
    const due = [...this.#entries.values()].filter((entry) => !entry.asking && entry.dueAtMs <= nowMs);
    // What was never answered goes first: it may be what keeps a workload undecided.
    due.sort((a, b) => Number(a.fact.state !== 'unavailable') - Number(b.fact.state !== 'unavailable'));
    while (due.length > 0 && this.#calls < callsInFlight) void this.#ask(due.splice(0, this.#options.source.batchSize));
    this.#schedule();
  }

  async #ask(batch: readonly Entry[]): Promise<void> {
    for (const entry of batch) entry.asking = true;
    this.#calls += 1;
    const answers = await this.#answers(batch.map((entry) => entry.digest));
    this.#calls -= 1;
    if (this.#abort.signal.aborted) return;
    for (const entry of batch)
      this.#store(entry, answers.get(entry.digest) ?? { kind: 'unavailable', reason: 'Xray did not answer for this image' });
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

  #store(entry: Entry, answer: ScanAnswer): void {
    const before = entry.fact;
    const now = this.#options.clock.now();
    entry.asking = false;
    entry.fact = nextFact(before, answer, now);
    entry.repeats = isRepeat(before, entry.fact) ? entry.repeats + 1 : 0;
    entry.dueAtMs = now.getTime() + this.#delayMs(entry);
    if (this.#entries.get(entry.digest) === entry && differs(before, entry.fact))
      this.#options.onChange(entry.digest, [...entry.users.keys()]);
  }
}

function isRepeat(before: Fact, after: Fact): boolean {
  const kind = (fact: Fact): string => (fact.state !== 'unavailable' && fact.stale ? 'stale' : fact.state);
  return kind(before) === kind(after);
}

function smallestMaxAgeMs(entry: Entry): number {
  return Math.min(...entry.users.values());
}
