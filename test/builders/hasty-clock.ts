// A clock for tests that talk to real servers: nobody waits for its timers, they run at once and move it on by their delay.
import type { Clock } from '../../src/facts/clock.ts';
import { now as usualStart } from './fact.ts';

export interface HastyClock extends Clock {
  /** The delays of all timers so far, in order. */
  readonly waitsMs: readonly number[];
  readonly skip: (ms: number) => void;
}

/** Returns a clock that starts at `now` of the facts unless told otherwise. */
export function hastyClock(start: Date = usualStart): HastyClock {
  let nowMs = start.getTime();
  const waitsMs: number[] = [];
  return {
    waitsMs,
    now: () => new Date(nowMs),
    skip: (ms) => {
      nowMs += ms;
    },
    setTimer: (run, delayMs) => {
      waitsMs.push(delayMs);
      const immediate = setImmediate(() => {
        nowMs += delayMs;
        run();
      });
      return () => clearImmediate(immediate);
    },
  };
}
