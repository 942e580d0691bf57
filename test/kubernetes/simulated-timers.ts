// A clock that stands still until a test moves it, with the timers that hang on it.
import type { Timers } from '../../src/controller/queue.ts';

export interface SimulatedTimers extends Timers {
  /** Moves the clock and runs what becomes due, in order of time; promises do not get a turn in between. */
  readonly advance: (ms: number) => void;
  /** Delays from now until each pending timer, shortest first. */
  readonly pendingMs: () => readonly number[];
}

interface Timer {
  readonly dueMs: number;
  readonly run: () => void;
}

/** Returns timers whose clock starts at 0. */
export function simulatedTimers(): SimulatedTimers {
  let nowMs = 0;
  const timers = new Set<Timer>();
  const earliest = () => [...timers].sort((a, b) => a.dueMs - b.dueMs)[0];
  return {
    now: () => nowMs,
    setTimer(run, delayMs) {
      const timer = { dueMs: nowMs + delayMs, run };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    advance(ms) {
      const endMs = nowMs + ms;
      for (let timer = earliest(); timer !== undefined && timer.dueMs <= endMs; timer = earliest()) {
        timers.delete(timer);
        nowMs = Math.max(nowMs, timer.dueMs);
        timer.run();
      }
      nowMs = endMs;
    },
    pendingMs: () => [...timers].map((timer) => timer.dueMs - nowMs).sort((a, b) => a - b),
  };
}
