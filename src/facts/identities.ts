// Keeps what registries say of digests and tags that are in use: asks each once, again after failures, and tags as pods wait. Impure.
import { isDeepStrictEqual } from 'node:util';
import { messageOf } from '../failure.ts';
import type { Clock } from './clock.ts';
import { type Identity, type ImageQuestion, questionKey } from './identity.ts';
import type { ImageRegistry, ManifestAnswer } from './registry.ts';

export interface IdentitiesOptions {
  /** Absent: nothing is asked. */
  readonly registry: ImageRegistry | undefined;
  readonly clock: Clock;
  /** Called after what is known of a question changed; must not throw. */
  readonly onChange: (users: readonly string[]) => void;
}

interface Entry {
  readonly key: string;
  readonly question: ImageQuestion;
  readonly isTag: boolean;
  /** Key of the user → the moment, in milliseconds, before which an answer about a tag does not count for it. */
  readonly users: Map<string, number>;
  identity: Identity;
  /** When the question was asked to which `identity` is the answer. */
  askedAtMs: number;
  /** Answers of the kind in a row before the last: of none for a failure, of any for a tag. */
  repeats: number;
  /** Infinite while it is being asked, and when nothing more is to be asked. */
  dueAtMs: number;
  isAsking: boolean;
}

const secondMs = 1000;
const minuteMs = 60 * secondMs;
// A registry that fails is asked about every image that runs from it; ten minutes later is early enough for one that stays away.
const failureDelaysMs = [5, 10, 20, 40, 80, 160, 320, 600].map((seconds) => seconds * secondMs);
// A tag that was not there is about to be pushed, or is moved: soon after the pod began to wait, if at all. Public registries count what they
// are asked, and what they count is shared with the nodes behind the same address.
const tagDelaysMs = [1, 2, 5, 10, 30].map((minutes) => minutes * minuteMs);
// Digests of one rollout come within milliseconds of each other, and most pods are pulled within seconds: those need no look at a tag.
const digestSettleMs = 10;
const tagSettleMs = 2 * secondMs;
const leastTagDelayMs = 15 * secondMs;
// Moments of creation are those of the API server's clock, in whole seconds: only what is asked so much later is asked after the pod was made.
const clockDriftMs = 5 * secondMs;
// One registry that hangs must not keep all others waiting.
const callsPerRegistry = 4;
const callsInFlight = 32;
// Anybody who may create a pod names as many registries as he likes. Those that never answered share what is left by those that did.
const strangerCalls = 16;
const maxAnswered = 1_000;
// A rollback within the hour needs no question; an index has a few hundred bytes.
const idleForMs = 60 * minuteMs;
const maxIdle = 5_000;

export class Identities {
  readonly #options: IdentitiesOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #byUser = new Map<string, ReadonlySet<string>>();
  /** Key of an entry that nobody uses → since when; the longest unused first. */
  readonly #idle = new Map<string, number>();
  readonly #abort = new AbortController();
  /** Registry → calls in flight. */
  readonly #calls = new Map<string, number>();
  /** Registries that have answered; the latest last. */
  readonly #answered = new Set<string>();
  #cancelTimer: () => void = () => undefined;
  #timerAtMs = Number.POSITIVE_INFINITY;

  constructor(options: IdentitiesOptions) {
    this.#options = options;
  }

  /** Says which questions a user (a workload's key) needs answered from now on; replaces what it said before. */
  use(user: string, questions: Iterable<ImageQuestion>): void {
    if (this.#options.registry === undefined) return;
    const wanted = new Map([...questions].map((question) => [questionKey(question), question]));
    for (const key of this.#byUser.get(user) ?? []) if (!wanted.has(key)) this.#drop(key, user);
    for (const [key, question] of wanted) this.#add(key, question, user);
    if (wanted.size === 0) this.#byUser.delete(user);
    else this.#byUser.set(user, new Set(wanted.keys()));
    this.#forgetIdle();
    this.#schedule();
  }

  release(user: string): void {
    this.use(user, []);
  }

  /** Returns what is known; undefined where there is no registry. A question that nobody uses is one that was not asked. */
  of(question: ImageQuestion): Identity | undefined {
    if (this.#options.registry === undefined) return undefined;
    const entry = this.#entries.get(questionKey(question));
    return entry === undefined || isTooEarly(entry, question.since?.getTime()) ? asking(question) : entry.identity;
  }

  /** Ends all questions; nothing is asked afterwards. */
  close(): void {
    this.#abort.abort();
    this.#cancelTimer();
  }

  /** Questions by the kind of their answer, for health and logs; those that nobody uses are not among them. */
  counts(): Readonly<Record<Identity['kind'], number>> {
    const counts = { manifest: 0, index: 0, asking: 0, unknown: 0 };
    for (const entry of this.#entries.values()) if (entry.users.size > 0) counts[entry.identity.kind] += 1;
    return counts;
  }

  #add(key: string, question: ImageQuestion, user: string): void {
    const sinceMs = question.since?.getTime() ?? Number.NEGATIVE_INFINITY;
    const known = this.#entries.get(key);
    this.#idle.delete(key);
    if (known === undefined) {
      this.#entries.set(key, newEntry(key, question, { user, sinceMs, nowMs: this.#nowMs() }));
      return;
    }
    known.users.set(user, sinceMs);
    if (isTooEarly(known, sinceMs)) known.dueAtMs = Math.min(known.dueAtMs, this.#againAtMs(known, sinceMs));
  }

  /** An answer that cannot change is kept for a while, whoever may need it again. */
  #drop(key: string, user: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined || !entry.users.delete(user) || entry.users.size > 0) return;
    if (isFinal(entry)) this.#idle.set(key, this.#nowMs());
    else this.#entries.delete(key);
  }

  #forgetIdle(): void {
    const oldestMs = this.#nowMs() - idleForMs;
    for (const [key, sinceMs] of this.#idle) {
      if (sinceMs > oldestMs && this.#idle.size <= maxIdle) return;
      this.#idle.delete(key);
      this.#entries.delete(key);
    }
  }

  #nowMs(): number {
    return this.#options.clock.now().getTime();
  }

  /** When the answer would count for a pod that was created then. */
  #againAtMs({ askedAtMs }: Entry, sinceMs: number): number {
    return Math.max(this.#nowMs() + tagSettleMs, askedAtMs + leastTagDelayMs, sinceMs + clockDriftMs);
  }

  /** Sets the one timer to the earliest time at which a question is due that may be asked. */
  #schedule(): void {
    if (this.#abort.signal.aborted) return;
    let earliestMs = Number.POSITIVE_INFINITY;
    for (const entry of this.#entries.values()) if (entry.dueAtMs < earliestMs && this.#mayAsk(entry)) earliestMs = entry.dueAtMs;
    if (earliestMs === this.#timerAtMs) return;
    this.#cancelTimer();
    this.#timerAtMs = earliestMs;
    if (earliestMs === Number.POSITIVE_INFINITY) return;
    this.#cancelTimer = this.#options.clock.setTimer(() => this.#askDue(), Math.max(0, earliestMs - this.#nowMs()));
  }

  #mayAsk({ isAsking, question }: Entry): boolean {
    if (isAsking || (this.#calls.get(question.registry) ?? 0) >= callsPerRegistry) return false;
    let calls = 0;
    let toStrangers = 0;
    for (const [registry, count] of this.#calls) {
      calls += count;
      if (!this.#answered.has(registry)) toStrangers += count;
    }
    return calls < callsInFlight && (this.#answered.has(question.registry) || toStrangers < strangerCalls);
  }

  #askDue(): void {
    this.#timerAtMs = Number.POSITIVE_INFINITY;
    const nowMs = this.#nowMs();
    const due = [...this.#entries.values()].filter((entry) => !entry.isAsking && entry.dueAtMs <= nowMs);
    const isAnyStranger = due.some(({ question }) => !this.#answered.has(question.registry));
    const users = isAnyStranger ? this.#usersByRegistry() : new Map<string, number>();
    const usersOf = ({ question }: Entry): number => users.get(question.registry) ?? 0;
    const isStranger = ({ question }: Entry): number => (this.#answered.has(question.registry) ? 0 : 1);
    // What was never answered is what keeps a workload undecided. Among strangers the one that most name is most likely a registry.
    const isKnown = ({ identity }: Entry): number => (identity.kind === 'asking' ? 0 : 1);
    due.sort((a, b) => isStranger(a) - isStranger(b) || isKnown(a) - isKnown(b) || isStranger(a) * (usersOf(b) - usersOf(a)));
    for (const entry of due) if (this.#mayAsk(entry)) void this.#ask(entry);
    this.#schedule();
  }

  /** How many workloads name each registry. */
  #usersByRegistry(): ReadonlyMap<string, number> {
    const users = new Map<string, Set<string>>();
    for (const { question, users: own } of this.#entries.values()) {
      const all = users.get(question.registry) ?? new Set();
      users.set(question.registry, all);
      for (const user of own.keys()) all.add(user);
    }
    return new Map([...users].map(([registry, all]) => [registry, all.size]));
  }

  #hasAnswered(registry: string): void {
    this.#answered.delete(registry);
    this.#answered.add(registry);
    for (const oldest of this.#answered) {
      if (this.#answered.size <= maxAnswered) return;
      this.#answered.delete(oldest);
    }
  }

  async #ask(entry: Entry): Promise<void> {
    const { registry } = entry.question;
    const askedAtMs = this.#nowMs();
    entry.isAsking = true;
    entry.dueAtMs = Number.POSITIVE_INFINITY;
    this.#calls.set(registry, (this.#calls.get(registry) ?? 0) + 1);
    const answer = await this.#answer(entry.question);
    const left = (this.#calls.get(registry) ?? 1) - 1;
    if (left === 0) this.#calls.delete(registry);
    else this.#calls.set(registry, left);
    if (this.#abort.signal.aborted) return;
    if (answer.kind !== 'unavailable') this.#hasAnswered(registry);
    // It may have been dropped, and used again since: then it is another entry.
    if (this.#entries.get(entry.key) === entry) this.#store(entry, { answer, askedAtMs });
    this.#schedule();
  }

  /** Never rejects: a registry that throws is one that did not answer. */
  async #answer({ registry, repository, reference }: ImageQuestion): Promise<ManifestAnswer> {
    try {
      const asked = this.#options.registry?.manifest({ registry, repository }, reference, this.#abort.signal);
      return (await asked) ?? { kind: 'unavailable', reason: 'there is no registry to ask' };
    } catch (thrown) {
      return { kind: 'unavailable', reason: messageOf(thrown) };
    }
  }

  #store(entry: Entry, { answer, askedAtMs }: { readonly answer: ManifestAnswer; readonly askedAtMs: number }): void {
    const before = entry.identity;
    const identity = identityOf(answer);
    const isRepeated = before.kind !== 'asking' && (before.kind === 'unknown') === (identity.kind === 'unknown');
    entry.isAsking = false;
    entry.identity = identity;
    entry.askedAtMs = askedAtMs;
    entry.repeats = isRepeated ? entry.repeats + 1 : 0;
    entry.dueAtMs = isFinal(entry) ? Number.POSITIVE_INFINITY : this.#nowMs() + delayMs(entry);
    for (const sinceMs of entry.users.values())
      if (isTooEarly(entry, sinceMs)) entry.dueAtMs = Math.min(entry.dueAtMs, this.#againAtMs(entry, sinceMs));
    // To a pod that began to wait later, the same answer about a tag is news.
    if (entry.isTag || !isDeepStrictEqual(before, identity)) this.#options.onChange([...entry.users.keys()]);
  }
}

function newEntry(
  key: string,
  { registry, repository, reference }: ImageQuestion,
  { user, sinceMs, nowMs }: { readonly user: string; readonly sinceMs: number; readonly nowMs: number },
): Entry {
  const isTag = !reference.startsWith('sha256:');
  const question = { registry, repository, reference };
  const dueAtMs = isTag ? Math.max(nowMs + tagSettleMs, sinceMs + clockDriftMs) : nowMs + digestSettleMs;
  return {
    key,
    question,
    isTag,
    users: new Map([[user, sinceMs]]),
    identity: asking(question),
    askedAtMs: Number.NEGATIVE_INFINITY,
    repeats: 0,
    dueAtMs,
    isAsking: false,
  };
}

function asking({ registry }: ImageQuestion): Identity {
  return { kind: 'asking', reason: `the registry ${registry} is being asked` };
}

/** Tells whether nothing more is to be asked: what a digest stands for never changes. */
function isFinal({ isTag, identity }: Entry): boolean {
  return !isTag && (identity.kind === 'manifest' || identity.kind === 'index');
}

/** Tells whether a tag may have been resolved before the pod was there that is to run it. */
function isTooEarly({ isTag, askedAtMs, identity }: Entry, sinceMs = Number.NEGATIVE_INFINITY): boolean {
  return isTag && identity.kind !== 'asking' && askedAtMs < sinceMs + clockDriftMs;
}

function delayMs({ identity, repeats }: Entry): number {
  const delays = identity.kind === 'unknown' ? failureDelaysMs : tagDelaysMs;
  return delays[Math.min(repeats, delays.length - 1)] ?? minuteMs;
}

/** Returns what an answer means for the question. */
export function identityOf(answer: ManifestAnswer): Identity {
  switch (answer.kind) {
    case 'manifest':
    case 'index':
      return answer;
    case 'absent':
    case 'unavailable':
      return { kind: 'unknown', reason: answer.reason };
  }
}
