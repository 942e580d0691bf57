// Ends a watch that nobody else ends: one that outlives its time, or whose connection died without a word.
import type { Timers } from '../controller/queue.ts';
import { badAnswer } from './kubernetes-failure.ts';

export interface WatchGuard {
  /** Aborts with a `Failure` that says why. */
  readonly signal: AbortSignal;
  /** Something came: the silence starts anew. */
  readonly heard: () => void;
  /** Cancels the timers; needed however the watch ended. */
  readonly end: () => void;
}

export interface WatchGuardOptions {
  readonly name: string;
  readonly timers: Timers;
  readonly deadlineMs: number;
}

// Bookmarks come about once a minute: three missing in a row mean a dead connection.
const silenceMs = 180_000;

/** Starts both timers. */
export function createWatchGuard({ name, timers, deadlineMs }: WatchGuardOptions): WatchGuard {
  const abort = new AbortController();
  const giveUp = (why: string) => abort.abort(badAnswer(`watch ${name}`, why));
  const cancelDeadline = timers.setTimer(() => giveUp(`the server did not end it after ${deadlineMs} ms`), deadlineMs);
  let cancelSilence = () => {};
  const heard = () => {
    cancelSilence();
    cancelSilence = timers.setTimer(() => giveUp(`nothing came for ${silenceMs} ms`), silenceMs);
  };
  heard();
  const end = () => {
    cancelDeadline();
    cancelSilence();
  };
  return { signal: abort.signal, heard, end };
}
