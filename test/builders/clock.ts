// A clock that stands still until a test moves it; timers run in order of time, and promises get their turn between them.
import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../../src/facts/clock.ts';
import { now } from './fact.ts';

export interface SimulatedClock extends Clock {
  /** Lets everything settle that waits for no timer, then moves on, timer by timer. */
  readonly advance: (ms: number) => Promise<void>;
  /** Delays from now until each pending timer, shortest first. */
  readonly pendingMs: () => readonly number[];
}

interface Timer {
  readonly dueMs: number;
  readonly run: () => void;
}

/** Returns a clock that starts at `now` of the facts unless told otherwise. */
export function simulatedClock(start: Date = now): SimulatedClock {
  let nowMs = start.getTime();
  const timers = new Set<Timer>();
  const earliest = (): Timer | undefined => [...timers].sort((a, b) => a.dueMs - b.dueMs)[0];
  return {
    now: () => new Date(nowMs),
    setTimer(run, delayMs) {
      const timer = { dueMs: nowMs + delayMs, run };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    async advance(ms) {
      const endMs = nowMs + ms;
      await turn();
      for (let timer = earliest(); timer !== undefined && timer.dueMs <= endMs; timer = earliest()) {
        timers.delete(timer);
        nowMs = Math.max(nowMs, timer.dueMs);
        timer.run();
        await turn();
      }
      nowMs = endMs;
    },
    pendingMs: () => [...timers].map((timer) => timer.dueMs - nowMs).sort((a, b) => a - b),
  };
}
