// Keeps one fact per digest, however many workloads use it: asks the scan source in batches and again as facts age. Impure.
import { messageOf } from '../failure.ts';
import type { Clock } from './clock.ts';
import { differs, type Fact, isTooOld, nextFact, unaskedFact } from './fact.ts';
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
  /** The smallest of them. */
  maxAgeMs: number;
  fact: Fact;
  /** The kind of the last answer, and how many of that kind came in a row before it; -1 before the first answer. */
  answered: ScanAnswer['kind'];
  repeats: number;
  /** How often in a row a question was too much for an answer: each time it is asked with half as many others. */
  halvings: number;
  /** Infinite while it is being asked, unless somebody wishes it asked again. */
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
    // What was too much in one question goes last and with less company: one image must not take fifty others with it for ever.
    due.sort((a, b) => a.halvings - b.halvings || Number(a.fact.state !== 'unavailable') - Number(b.fact.state !== 'unavailable'));
    while (due.length > 0 && this.#calls < callsInFlight) void this.#ask(due.splice(0, this.#batchSize(due)));
    this.#schedule();
  }

  /** How many of the first ones, which are sorted by halvings, make one question. */
  #batchSize(due: readonly Entry[]): number {
    const halvings = due[0]?.halvings ?? 0;
    const alike = due.findIndex((entry) => entry.halvings !== halvings);
    const size = Math.max(1, Math.floor(this.#options.source.batchSize / 2 ** halvings));
    return Math.min(size, alike < 0 ? due.length : alike);
  }

  async #ask(batch: readonly Entry[]): Promise<void> {
    for (const entry of batch) {
      entry.asking = true;
      entry.dueAtMs = Number.POSITIVE_INFINITY;
    }
    this.#calls += 1;
    const answers = await this.#answers(batch.map((entry) => entry.digest));
    this.#calls -= 1;
    if (this.#abort.signal.aborted) return;
    // One throw of the dice for all: what was asked together is asked together again, not in fifty questions.
    const random = this.#options.random();
    for (const entry of batch)
      this.#store(entry, answers.get(entry.digest) ?? { kind: 'unavailable', reason: 'Xray did not answer for this image' }, random);
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

  #store(entry: Entry, answer: ScanAnswer, random: number): void {
    const before = entry.fact;
    const now = this.#options.clock.now();
    entry.asking = false;
    entry.fact = nextFact(before, answer, now);
    entry.repeats = answer.kind === entry.answered ? entry.repeats + 1 : 0;
    entry.answered = answer.kind;
    entry.halvings = answer.kind === 'unavailable' && answer.smaller === true ? entry.halvings + 1 : 0;
    entry.dueAtMs = Math.min(entry.dueAtMs, now.getTime() + this.#delayMs(entry, random));
    const isDifferent = differs(before, entry.fact);
    const told = [...entry.users].filter(([, maxAgeMs]) => isDifferent || isRenewed({ before, after: entry.fact, now, maxAgeMs }));
    if (told.length > 0)
      this.#options.onChange(
        entry.digest,
        told.map(([user]) => user),
      );
  }
}

function newEntry(given: Pick<Entry, 'digest' | 'users' | 'maxAgeMs' | 'dueAtMs'>): Entry {
  return { ...given, fact: unaskedFact(given.digest), answered: 'unavailable', repeats: -1, halvings: 0, asking: false };
}

/** Tells whether a fact that was too old to decide is young again: what it says is the same, what it is good for is not. */
function isRenewed({ before, after, now, maxAgeMs }: { before: Fact; after: Fact; now: Date; maxAgeMs: number }): boolean {
  const isOld = (fact: Fact): boolean => fact.state !== 'unavailable' && isTooOld(fact, { now, maxAgeMs });
  return isOld(before) && !isOld(after);
}

/** A loop, because an image of every pod has more users than a call may have arguments. */
function smallest(values: Iterable<number>): number {
  let least = Number.POSITIVE_INFINITY;
  for (const value of values) if (value < least) least = value;
  return least;
}
