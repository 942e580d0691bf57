// Keeps a flood of webhooks harmless: copies are known again, work per time is bounded, and names that come often are passed on once in a while.
import type { Timers } from '../controller/queue.ts';

/** Tells exact copies within a short time. */
export interface Copies {
  readonly isCopy: (sha256: string) => boolean;
  readonly remember: (sha256: string) => void;
}

/** Returns a memory of at most `max` bodies, each for `windowMs`. */
export function createCopies({ timers, windowMs, max }: { timers: Timers; windowMs: number; max: number }): Copies {
  const untilMs = new Map<string, number>();
  return {
    isCopy: (sha256) => (untilMs.get(sha256) ?? Number.NEGATIVE_INFINITY) > timers.now(),
    remember(sha256) {
      untilMs.delete(sha256);
      untilMs.set(sha256, timers.now() + windowMs);
      const [oldest] = untilMs.keys();
      if (untilMs.size > max && oldest !== undefined) untilMs.delete(oldest);
    },
  };
}

/** So much at once, then so much a second. */
export interface Allowance {
  /** False, and nothing is taken, while there is less. */
  readonly take: (cost: number) => boolean;
}

/** Returns a full allowance. */
export function createAllowance({ timers, burst, perSecond }: { timers: Timers; burst: number; perSecond: number }): Allowance {
  let left = burst;
  let lastMs = timers.now();
  return {
    take(cost) {
      const nowMs = timers.now();
      left = Math.min(burst, left + ((nowMs - lastMs) * perSecond) / 1000);
      lastMs = nowMs;
      if (left < cost) return false;
      left -= cost;
      return true;
    },
  };
}

/** Passes names on: at once, and at most once in `windowMs` each. */
export interface Coalescer {
  readonly add: (names: readonly string[]) => void;
  /** Drops what waits. */
  readonly close: () => void;
}

export interface CoalescerOptions {
  readonly timers: Timers;
  readonly windowMs: number;
  /** Names remembered at a time. What comes beyond is passed on without being remembered: too often is better than never. */
  readonly maxNames: number;
  readonly tell: (names: readonly string[]) => void;
}

/**
 * A name that comes again within the window is passed on once more when the window ends: what is known by then may be older than
 * the news.
 */
export function createCoalescer({ timers, windowMs, maxNames, tell }: CoalescerOptions): Coalescer {
  // In the order in which they end, as all are equally long.
  const windows = new Map<string, { readonly endsAtMs: number; again: boolean }>();
  let cancelTimer: (() => void) | undefined;

  function add(names: readonly string[]): void {
    const due = names.filter(isDue);
    schedule();
    if (due.length > 0) tell(due);
  }
  function isDue(name: string): boolean {
    const window = windows.get(name);
    if (window !== undefined) window.again = true;
    else if (windows.size < maxNames) windows.set(name, { endsAtMs: timers.now() + windowMs, again: false });
    return window === undefined;
  }
  function schedule(): void {
    const [first] = windows.values();
    if (cancelTimer === undefined && first !== undefined)
      cancelTimer = timers.setTimer(endWindows, Math.max(0, first.endsAtMs - timers.now()));
  }
  function endWindows(): void {
    cancelTimer = undefined;
    const again: string[] = [];
    for (const [name, window] of windows) {
      if (window.endsAtMs > timers.now()) break;
      windows.delete(name);
      if (window.again) again.push(name);
    }
    add(again);
  }
  return {
    add,
    close: () => {
      cancelTimer?.();
      windows.clear();
    },
  };
}
