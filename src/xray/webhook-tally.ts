// Counts what became of webhooks, and logs what was added at most once a second, however many come.
import type { Log } from '../controller/log.ts';
import type { Timers } from '../controller/queue.ts';

/** What became of a request, and what its body named. */
export const countedWords = [
  'accepted',
  'copies',
  'unauthorized',
  'wrongPath',
  'wrongMethod',
  'compressed',
  'tooLarge',
  'notJson',
  'busy',
  'notReady',
  'gone',
  'failed',
  'digests',
  'ignoredArtifacts',
] as const;
export type CountedWord = (typeof countedWords)[number];

export interface Tally {
  readonly add: (word: CountedWord, count?: number) => void;
  /** Since the start; a word that was never counted is 0. */
  readonly totals: () => Readonly<Record<CountedWord, number>>;
  /** Logs what was not logged yet; what is counted afterwards is not logged. */
  readonly close: () => void;
}

const logEveryMs = 1000;

/** Returns counts at 0. */
export function createTally(timers: Timers, log: Log): Tally {
  const totals = new Map<CountedWord, number>();
  const fresh = new Map<CountedWord, number>();
  let cancelTimer: (() => void) | undefined;
  let isClosed = false;
  const write = (): void => {
    cancelTimer?.();
    cancelTimer = undefined;
    if (fresh.size > 0) log.info(Object.fromEntries(fresh), 'webhooks received');
    fresh.clear();
  };
  return {
    add(word, count = 1) {
      if (count === 0) return;
      for (const counts of [totals, fresh]) counts.set(word, (counts.get(word) ?? 0) + count);
      if (!isClosed) cancelTimer ??= timers.setTimer(write, logEveryMs);
    },
    // The words are all there are.
    totals: () => Object.fromEntries(countedWords.map((word) => [word, totals.get(word) ?? 0])) as Record<CountedWord, number>,
    close: () => {
      isClosed = true;
      write();
    },
  };
}
