// Asks Xray once, and whole, for the violations of the watches that policies name. Does I/O through its port only.
import { compareTexts } from '../facts/compare-texts.ts';
import { type WatchFact, watchRows } from '../facts/watch-fact.ts';
import type { WatchAnswer, WatchSource } from '../facts/watch-source.ts';
import { messageOf } from '../failure.ts';

export interface AskWatchesOptions {
  readonly violations: WatchSource;
  readonly watches: Iterable<string>;
  /** The time that the answers carry. */
  readonly now: Date;
  /** The time by the clock, which may be long after that of the recording. */
  readonly askedAt: Date;
  readonly signal: AbortSignal;
  readonly progress: (text: string) => void;
}

// The window must not end before what Xray's clock, which may be ahead, calls now.
const openEndMs = 24 * 3_600_000;

/**
 * Returns what is known of each watch then; one that could not be asked is `unavailable` with the reason. To be called before Xray is asked where
 * images lie: a place that is told after a row says that the image is there since. Rejects only when the signal aborts.
 */
export async function askWatches(options: AskWatchesOptions): Promise<ReadonlyMap<string, WatchFact>> {
  const { watches, now, progress } = options;
  const names = [...new Set(watches)].sort(compareTexts);
  const known = new Map<string, WatchFact>();
  // One after the other: a watch may have a hundred pages, and images wait behind them.
  for (const [index, watch] of names.entries()) {
    progress(`asking Xray: violations of ${index + 1} of ${names.length} watches`);
    const answer = await answerFor(watch, options);
    known.set(watch, factOf(answer, now));
  }
  return known;
}

function factOf(answer: WatchAnswer, now: Date): WatchFact {
  if (answer.kind === 'unavailable') return { state: 'unavailable', reason: answer.reason };
  const rows = watchRows(new Map(answer.rows.map((row) => [row.key, { row, seenAt: now }])));
  return { state: 'known', checkedAt: now, knownSince: now, stale: false, reason: '', rows };
}

/** A source that throws is a source that did not answer, unless it was told to end. */
async function answerFor(watch: string, { violations, askedAt, signal }: AskWatchesOptions): Promise<WatchAnswer> {
  try {
    return await violations.rows(watch, { from: null, until: new Date(askedAt.getTime() + openEndMs) }, signal);
  } catch (thrown) {
    signal.throwIfAborted();
    return { kind: 'unavailable', reason: messageOf(thrown) };
  }
}
