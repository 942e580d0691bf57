// Keeps the rows of each watch that policies name: polls for new ones, and asks for all now and then, as what is taken back is not told. Impure.
import { messageOf } from '../failure.ts';
import type { Clock } from './clock.ts';
import { isSamePlace, isSameRow, type SeenRow, type WatchFact, watchRows } from './watch-fact.ts';
import type { WatchAnswer, WatchRow, WatchSource } from './watch-source.ts';

export interface WatchFeedsOptions {
  readonly source: WatchSource;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  /** Called after an answer that changed something; must not throw. */
  readonly onChange: (change: WatchChange) => void;
}

export interface WatchChange {
  readonly watch: string;
  /** The watch became known or unknown, stale or fresh, or for another reason. */
  readonly isState: boolean;
  /** It became known or unknown, or young enough again to decide for a user: concerns every image. */
  readonly isDecisive: boolean;
  /** Places and digests of rows that came, went or changed. */
  readonly paths: ReadonlySet<string>;
  readonly digests: ReadonlySet<string>;
}

interface Feed {
  readonly watch: string;
  /** Key of the user → the oldest age at which the rows may still decide for it. */
  readonly users: Map<string, number>;
  fact: WatchFact;
  /** By Xray's clock, the youngest row: the next window begins before it. */
  youngest: Date | undefined;
  failures: number;
  asking: boolean;
  /** Somebody wished it asked again while it was being asked. */
  again: boolean;
  allDueAtMs: number;
  dueAtMs: number;
  cancelTimer: () => void;
}

// With the webhook off, this is how long a violation takes to be heard of; one call per watch is little.
const pollMs = 60_000;
// `created` is in whole seconds and many rows share one; Xray writes rows some time after the second that they carry.
const overlapMs = 600_000;
// Ignore rules, changed policies and fixes take rows back without a word.
const allEveryMs = 6 * 3_600_000;
const shortestMs = 1_000;
// As for what the summary says: a finding is gone when two whole answers lack it, this far apart.
const settleMs = 300_000;
// Xray restarts take seconds; the client paces the calls besides.
const failureDelaysMs = [5_000, 10_000, 20_000, 40_000, 60_000];
// Xray's clock may be ahead of ours: by no more than this.
const maxSkewMs = 3_600_000;
const openEndMs = 24 * 3_600_000;
// News come in bursts.
const coalesceMs = 10;
// A row takes about a kilobyte.
const maxRows = 100_000;

export class WatchFeeds {
  readonly #options: WatchFeedsOptions;
  readonly #feeds = new Map<string, Feed>();
  readonly #byUser = new Map<string, ReadonlySet<string>>();
  readonly #abort = new AbortController();

  constructor(options: WatchFeedsOptions) {
    this.#options = options;
  }

  /** Says which watches a user (a policy's name) needs from now on; replaces what it said before. Watches nobody uses are forgotten. */
  use(user: string, watches: Iterable<string>, maxAgeMs: number): void {
    const wanted = new Set(watches);
    for (const watch of this.#byUser.get(user) ?? []) if (!wanted.has(watch)) this.#drop(watch, user);
    for (const watch of wanted) this.#add(watch, user, maxAgeMs);
    if (wanted.size === 0) this.#byUser.delete(user);
    else this.#byUser.set(user, wanted);
  }

  release(user: string): void {
    this.use(user, [], Number.POSITIVE_INFINITY);
  }

  /** Returns what is known; a watch that nobody uses is one that was not asked. */
  get(watch: string): WatchFact {
    return this.#feeds.get(watch)?.fact ?? unasked(watch);
  }

  /** Asks for new rows at once; of watches that nobody uses nothing is asked. */
  askAgain(watch: string): void {
    const feed = this.#feeds.get(watch);
    if (feed === undefined) return;
    // The answer under way may be older than the news.
    if (feed.asking) feed.again = true;
    else this.#schedule(feed, Math.min(feed.dueAtMs, this.#nowMs() + coalesceMs));
  }

  /** Asks for all rows no later than after `delayMs`. */
  askAllWithin(watch: string, delayMs: number): void {
    const feed = this.#feeds.get(watch);
    if (feed === undefined) return;
    feed.allDueAtMs = Math.min(feed.allDueAtMs, this.#nowMs() + delayMs);
    if (!feed.asking && feed.allDueAtMs < feed.dueAtMs) this.#schedule(feed, feed.allDueAtMs);
  }

  /** Ends all questions; nothing is asked afterwards. */
  close(): void {
    this.#abort.abort();
    for (const feed of this.#feeds.values()) feed.cancelTimer();
  }

  #add(watch: string, user: string, maxAgeMs: number): void {
    const known = this.#feeds.get(watch);
    const feed = known ?? newFeed(watch);
    feed.users.set(user, maxAgeMs);
    if (known !== undefined) {
      if (feed.fact.state === 'known') feed.allDueAtMs = Math.min(feed.allDueAtMs, feed.fact.checkedAt.getTime() + this.#allEveryMs(feed));
      if (!feed.asking) this.#schedule(feed, Math.min(feed.dueAtMs, feed.allDueAtMs));
      return;
    }
    this.#feeds.set(watch, feed);
    this.#schedule(feed, this.#nowMs() + coalesceMs);
  }

  #drop(watch: string, user: string): void {
    const feed = this.#feeds.get(watch);
    if (feed === undefined) return;
    feed.users.delete(user);
    if (feed.users.size > 0) return;
    feed.cancelTimer();
    this.#feeds.delete(watch);
  }

  #nowMs(): number {
    return this.#options.clock.now().getTime();
  }

  /** ±10 %, so that watches do not stay together for ever. */
  #jittered(ms: number): number {
    return ms * (0.9 + this.#options.random() * 0.2);
  }

  #allEveryMs(feed: Feed): number {
    return Math.max(shortestMs, this.#jittered(Math.min(allEveryMs, ...[...feed.users.values()].map((maxAgeMs) => maxAgeMs / 2))));
  }

  #schedule(feed: Feed, dueAtMs: number): void {
    feed.cancelTimer();
    if (this.#abort.signal.aborted) return;
    feed.dueAtMs = dueAtMs;
    feed.cancelTimer = this.#options.clock.setTimer(() => void this.#ask(feed), Math.max(0, dueAtMs - this.#nowMs()));
  }

  async #ask(feed: Feed): Promise<void> {
    const begun = this.#options.clock.now();
    const isAll = feed.fact.state !== 'known' || feed.youngest === undefined || begun.getTime() >= feed.allDueAtMs;
    // By Xray's clock and not by ours, which may be ahead; and open at the end, as ours may be behind.
    const from = isAll || feed.youngest === undefined ? null : new Date(feed.youngest.getTime() - overlapMs);
    feed.asking = true;
    const answer = await this.#answer(feed.watch, from, new Date(begun.getTime() + openEndMs));
    feed.asking = false;
    // Forgotten, and perhaps used again, meanwhile.
    if (this.#abort.signal.aborted || this.#feeds.get(feed.watch) !== feed) return;
    const change = this.#store(feed, answer, { isAll, begun });
    const delayMs =
      answer.kind === 'complete'
        ? this.#jittered(pollMs)
        : (failureDelaysMs[Math.min(feed.failures, failureDelaysMs.length) - 1] ?? pollMs) * (0.5 + this.#options.random() / 2);
    const againMs = feed.again ? coalesceMs : delayMs;
    feed.again = false;
    // What is due already and failed waits as well.
    const allInMs = answer.kind === 'complete' ? Math.max(0, feed.allDueAtMs - this.#nowMs()) : Number.POSITIVE_INFINITY;
    this.#schedule(feed, this.#nowMs() + Math.min(againMs, allInMs));
    if (change.isState || change.isDecisive || change.paths.size > 0 || change.digests.size > 0) this.#options.onChange(change);
  }

  /** Never rejects: a source that throws is a source that did not answer. */
  async #answer(watch: string, from: Date | null, until: Date): Promise<WatchAnswer> {
    try {
      const answer = await this.#options.source.rows(watch, { from, until }, this.#abort.signal);
      if (answer.kind === 'complete' && answer.rows.length > maxRows)
        return { kind: 'unavailable', reason: `the watch ${watch} has more than ${maxRows} violations` };
      return answer;
    } catch (thrown) {
      return { kind: 'unavailable', reason: messageOf(thrown) };
    }
  }

  #store(feed: Feed, answer: WatchAnswer, { isAll, begun }: { readonly isAll: boolean; readonly begun: Date }): WatchChange {
    const before = feed.fact;
    if (answer.kind === 'unavailable') {
      feed.failures += 1;
      feed.fact = before.state === 'known' ? { ...before, stale: true, reason: answer.reason } : answerless(answer.reason);
      const isOther = before.reason !== answer.reason;
      const isState = isOther || (before.state === 'known' && !before.stale);
      // Why it is not known stands in what is told of each workload.
      return { watch: feed.watch, isState, isDecisive: isOther && before.state !== 'known', paths: new Set(), digests: new Set() };
    }
    feed.failures = 0;
    const known = before.state === 'known' ? before.rows.byKey : new Map<string, SeenRow>();
    const { byKey, changed } = merged(known, answer.rows, { isAll, begun, seenAt: this.#options.clock.now() });
    feed.youngest = youngest(feed.youngest, answer.rows, begun);
    // An empty watch is asked whole each time, which costs the same.
    const isSettling = isAll && [...byKey.values()].some(({ missingSince }) => missingSince !== undefined);
    if (isAll) feed.allDueAtMs = begun.getTime() + (isSettling ? settleMs : this.#allEveryMs(feed));
    const rows = before.state === 'known' && changed.length === 0 && !isAll ? before.rows : watchRows(byKey);
    feed.fact = {
      state: 'known',
      // When the question was put: what was taken back while the pages came is still in here.
      checkedAt: isAll || before.state !== 'known' ? begun : before.checkedAt,
      knownSince: before.state === 'known' ? before.knownSince : begun,
      ...{ stale: false, reason: '', rows },
    };
    return {
      watch: feed.watch,
      isState: before.state !== 'known' || before.stale,
      isDecisive: before.state !== 'known' || (isAll && isTooOldForSome(feed, before.checkedAt, begun)),
      paths: new Set(changed.flatMap(({ paths }) => paths)),
      digests: new Set(changed.flatMap(({ digests }) => digests)),
    };
  }
}

/** Tells whether some user could not decide by what was known. */
function isTooOldForSome({ users }: Feed, checkedAt: Date, now: Date): boolean {
  return [...users.values()].some((maxAgeMs) => now.getTime() - checkedAt.getTime() > maxAgeMs);
}

function merged(
  known: ReadonlyMap<string, SeenRow>,
  rows: readonly WatchRow[],
  { isAll, begun, seenAt }: { readonly isAll: boolean; readonly begun: Date; readonly seenAt: Date },
): { readonly byKey: ReadonlyMap<string, SeenRow>; readonly changed: readonly WatchRow[] } {
  const byKey = new Map(isAll ? [] : known);
  const changed: WatchRow[] = [];
  for (const row of rows) {
    const before = known.get(row.key);
    const isSame = before !== undefined && isSameRow(before.row, row);
    // Of where it is nothing new was heard: what was asked since still tells.
    byKey.set(row.key, { row, seenAt: before !== undefined && isSamePlace(before.row, row) ? before.seenAt : seenAt });
    if (!isSame) changed.push(row, ...(before === undefined ? [] : [before.row]));
  }
  for (const [key, seen] of known) {
    if (byKey.has(key)) continue;
    const missingSince = seen.missingSince ?? begun;
    if (begun.getTime() - missingSince.getTime() < settleMs) byKey.set(key, { ...seen, missingSince });
    else changed.push(seen.row);
  }
  return { byKey, changed };
}

/** A row from far in the future must not hide those that come before it. */
function youngest(before: Date | undefined, rows: readonly WatchRow[], begun: Date): Date | undefined {
  const latest = begun.getTime() + maxSkewMs;
  let result = before;
  for (const { createdAt } of rows) if (createdAt.getTime() <= latest && (result === undefined || createdAt > result)) result = createdAt;
  return result;
}

function newFeed(watch: string): Feed {
  return {
    ...{ watch, users: new Map(), fact: unasked(watch), youngest: undefined, failures: 0, asking: false, again: false },
    ...{ allDueAtMs: 0, dueAtMs: Number.POSITIVE_INFINITY, cancelTimer: () => undefined },
  };
}

function unasked(watch: string): WatchFact {
  return answerless(`Xray was not asked for the violations of the watch ${watch} yet`);
}

function answerless(reason: string): WatchFact {
  return { state: 'unavailable', reason };
}
