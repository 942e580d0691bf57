// What the gathering of facts remembers of one digest: who uses it, when it is asked next, and how the last answers were. Pure.
import { type Fact, isTooOld, unaskedFact } from './fact.ts';
import type { ScanAnswer } from './scan.ts';

/** Changed in place by the one who gathers. */
export interface Entry {
  readonly digest: string;
  /** Key of the user → the oldest age at which the fact may still decide for it. */
  readonly users: Map<string, number>;
  /** The smallest of them. */
  maxAgeMs: number;
  fact: Fact;
  /** The kind of the last answer, and how many of that kind came in a row before it; -1 before the first answer. */
  answered: ScanAnswer['kind'];
  repeats: number;
  /** When that was; minus infinity before the first. */
  answeredAtMs: number;
  /**
   * In questions about how many digests it may be asked: half of that which was too much for an answer, less where it hung; 0 when it was too
   * much alone, infinite once it is answered.
   */
  limit: number;
  /** The same without what was too much while the source refused other questions: a source that is down looks like a question that is too much. */
  limitWhenUp: number;
  /** The last question about it took long to fail. */
  hangs: boolean;
  /** Infinite while it is being asked, unless somebody wishes it asked again. */
  dueAtMs: number;
  /** Not before this, whatever is wished for: the source refused to ask. */
  heldUntilMs: number;
  asking: boolean;
  /** Somebody heard news of it: what is known may be wrong now. */
  isNews: boolean;
  /** Its users wait for the next complete answer, whatever it says. */
  isConfirming: boolean;
  /** When that was last wished for. */
  confirmedAtMs: number;
}

/** Returns an entry that was never asked about. */
export function newEntry(given: Pick<Entry, 'digest' | 'users' | 'maxAgeMs' | 'dueAtMs'>): Entry {
  return {
    ...given,
    ...{ fact: unaskedFact(given.digest), answered: 'unavailable', repeats: -1, answeredAtMs: Number.NEGATIVE_INFINITY },
    ...{ limit: Number.POSITIVE_INFINITY, limitWhenUp: Number.POSITIVE_INFINITY, hangs: false },
    ...{ heldUntilMs: 0, asking: false },
    ...{ isNews: false, isConfirming: false, confirmedAtMs: Number.NEGATIVE_INFINITY },
  };
}

/** What a question was, besides its answer. */
export interface Asked {
  /** Of how many digests. */
  readonly size: number;
  readonly beganAtMs: number;
  readonly endedAtMs: number;
}

/** Longer than what keeps others from being asked when the source is ailing. */
const hangingMs = 5_000;
const parts = 2;
// Each part that hangs takes as long as the whole: with these, of fifty the one is found after two more, at the price of three calls.
const partsOfHanging = 7;

/** Changes what is remembered of the answers. */
export function noteAnswer(entry: Entry, answer: ScanAnswer, { size, beganAtMs, endedAtMs }: Asked): void {
  entry.repeats = repeatsAfter(entry, answer, size);
  entry.answered = answer.kind;
  entry.answeredAtMs = endedAtMs;
  if (answer.kind !== 'unavailable') {
    entry.limit = entry.limitWhenUp = Number.POSITIVE_INFINITY;
    entry.hangs = false;
  } else if (answer.smaller === true) {
    entry.hangs = endedAtMs - beganAtMs >= hangingMs;
    entry.limit = size === 1 ? 0 : Math.max(1, Math.floor(size / (entry.hangs ? partsOfHanging : parts)));
    if (answer.retryInMs === undefined) entry.limitWhenUp = entry.limit;
  }
}

/** What was too much together, and what was not asked, says nothing of how long to wait: that is for what failed alone, or with the server. */
function repeatsAfter({ answered, repeats }: Entry, answer: ScanAnswer, size: number): number {
  if (answer.kind === 'unavailable' && answer.retryInMs !== undefined) return Math.max(0, repeats);
  if (answer.kind === 'unavailable' && answer.smaller === true && size > 1) return 0;
  return answer.kind === answered ? repeats + 1 : 0;
}

/** Tells whether a fact that was too old to decide is young again: what it says is the same, what it is good for is not. */
export function isRenewed({ before, after, now, maxAgeMs }: { before: Fact; after: Fact; now: Date; maxAgeMs: number }): boolean {
  const isOld = (fact: Fact): boolean => fact.state !== 'unavailable' && isTooOld(fact, { now, maxAgeMs });
  return isOld(before) && !isOld(after);
}

/** Returns the smallest; infinite for none. A loop, because an image of every pod has more users than a call may have arguments. */
export function smallest(values: Iterable<number>): number {
  let least = Number.POSITIVE_INFINITY;
  for (const value of values) if (value < least) least = value;
  return least;
}
