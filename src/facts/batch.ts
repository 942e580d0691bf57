// Which digests make one question, and which questions may be under way at once. Pure.
import type { Entry } from './fact-entry.ts';

/**
 * What a question is to those who wait: `urgent`, a workload may wait for it and nothing says that no answer would come; `later`, what has
 * an answer that only ages, or was too much for one; `hanging`, what hung when it was asked about alone.
 */
export type Rank = 'urgent' | 'later' | 'hanging';

const callsInFlight = 4;
// When these hang, a new image must not wait behind them.
const laterCallsInFlight = 2;
// These are likely to hang again: what only ages, and what was too much and did not hang, must not wait behind them either.
const hangingCallsInFlight = 1;
/** What is due within this part of its time goes along: a little early costs nothing, alone it would cost a call. */
const earlyShare = 0.2;

/** Returns what a digest is to those who wait for its answer. */
export function rankOf({ fact, limit, hangs, isNews }: Entry): Rank {
  if (limit === 0 && hangs) return 'hanging';
  return (fact.state === 'unavailable' || isNews) && limit === Number.POSITIVE_INFINITY ? 'urgent' : 'later';
}

/** Tells whether one more question may be asked beside those of these ranks. */
export function hasRoom(rank: Rank, running: readonly Rank[]): boolean {
  const isOfNoHaste = (one: Rank): boolean => one !== 'urgent';
  if (running.length >= callsInFlight) return false;
  if (isOfNoHaste(rank) && running.filter(isOfNoHaste).length >= laterCallsInFlight) return false;
  return rank !== 'hanging' || running.filter((one) => one === rank).length < hangingCallsInFlight;
}

/**
 * Returns what is due at `nowMs`, first what goes first: what a workload may wait for; then what was too much in one question, with less
 * company the later it goes, because one image must not take fifty others with it for ever.
 */
export function sortedDue(entries: Iterable<Entry>, { nowMs, batchSize }: { readonly nowMs: number; readonly batchSize: number }): Entry[] {
  const isUrgent = (entry: Entry): number => Number(rankOf(entry) === 'urgent');
  const limitOf = ({ limit }: Entry): number => Math.min(batchSize, limit);
  const isKnown = ({ fact }: Entry): number => Number(fact.state !== 'unavailable');
  const doesHang = (entry: Entry): number => Number(rankOf(entry) === 'hanging');
  return [...entries]
    .filter(({ asking, dueAtMs }) => !asking && dueAtMs <= nowMs)
    .sort((a, b) => isUrgent(b) - isUrgent(a) || limitOf(b) - limitOf(a) || doesHang(a) - doesHang(b) || isKnown(a) - isKnown(b));
}

/** Returns how many of the first ones make one question. `due` is sorted and not empty. */
export function lengthOfFirst(due: readonly Entry[], batchSize: number): number {
  const limit = due[0]?.limit ?? 0;
  const alike = due.findIndex((entry) => entry.limit !== limit);
  return Math.min(Math.max(1, limit), batchSize, alike < 0 ? due.length : alike);
}

/** Returns what is not due yet and may go along with questions that only renew what is known: the first to be due first. */
export function soonDue(entries: Iterable<Entry>, nowMs: number): Entry[] {
  return [...entries].filter((entry) => isSoonDue(entry, nowMs)).sort((a, b) => a.dueAtMs - b.dueAtMs);
}

/** Tells whether a question that is to be made only renews what is known: others may go along with it. */
export function isRenewal(batch: readonly Entry[]): boolean {
  return batch.every((entry) => rankOf(entry) === 'later' && entry.answered !== 'unavailable');
}

function isSoonDue({ asking, answered, limit, dueAtMs, answeredAtMs }: Entry, nowMs: number): boolean {
  if (asking || answered === 'unavailable' || limit !== Number.POSITIVE_INFINITY || dueAtMs <= nowMs) return false;
  return dueAtMs - nowMs <= (dueAtMs - answeredAtMs) * earlyShare;
}
