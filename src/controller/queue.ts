// The work queue: keys, each at most once and never with two workers at a time; timers and clock come in as an argument.
import { createKeyBackOff, createTokenBucket } from './back-off.ts';
import { createDelayHeap } from './delay-heap.ts';

/** The monotonic clock and the timers of a process, so that tests can move time. */
export interface Timers {
  /** Monotonic, in ms. */
  readonly now: () => number;
  /** Calls `run` once after `delayMs`; the function returned cancels it, and is harmless afterwards. */
  readonly setTimer: (run: () => void, delayMs: number) => () => void;
}

export interface QueueStats {
  /** Keys that are ready and not yet taken. */
  readonly depth: number;
  /** Keys that a worker holds. */
  readonly running: number;
  /** Keys that wait for a time. */
  readonly waiting: number;
  /** How long the key taken last had been ready, in ms; 0 before the first. */
  readonly latencyMs: number;
  /** `addRateLimited` calls so far. */
  readonly retries: number;
}

export interface WorkQueue {
  /** Makes the key ready. While it is ready this changes nothing; while it runs, it becomes ready again once it is done. */
  readonly add: (key: string) => void;
  /** Makes the key ready after a delay; of several times for one key the earliest counts. */
  readonly addAfter: (key: string, delayMs: number) => void;
  /** Makes the key ready after a failure: after 5 ms, doubling to 1000 s per key, and 10 a second over all keys beyond the first 100. */
  readonly addRateLimited: (key: string) => void;
  /** Ends the key's back-off, after a pass that went well. */
  readonly forget: (key: string) => void;
  /** Waits for a ready key and hands it out; undefined once the queue is shut down. Each key handed out needs `done`. */
  readonly take: () => Promise<string | undefined>;
  readonly done: (key: string) => void;
  /** Hands out nothing more and drops what waits; resolves when the keys that run are done. Calling it again waits too. */
  readonly shutDown: () => Promise<void>;
  readonly stats: () => QueueStats;
}

// setTimeout takes 32 bits of ms; more would fire at once (https://nodejs.org/api/timers.html#settimeoutcallback-delay-args).
const longestTimerMs = 2 ** 31 - 1;
// The figures of client-go's DefaultControllerRateLimiter.
const keyBackOff = { firstMs: 5, maxMs: 1_000_000 } as const;
const overallLimit = { perSecond: 10, burst: 100 } as const;

/** Returns an empty queue. It does no I/O; an open timer exists only while a key waits for a time. */
export function createQueue(timers: Timers): WorkQueue {
  return new Queue(timers);
}

class Queue implements WorkQueue {
  readonly #timers: Timers;
  readonly #backOff = createKeyBackOff(keyBackOff);
  readonly #bucket = createTokenBucket(overallLimit);
  readonly #delayed = createDelayHeap();
  /** Keys to be worked on, with the time since when; those that run at the moment are not in `#ready`. */
  readonly #dirty = new Map<string, number>();
  readonly #processing = new Set<string>();
  readonly #takers: ((key: string | undefined) => void)[] = [];
  readonly #drained: (() => void)[] = [];
  #ready: string[] = [];
  #head = 0;
  #timer: { readonly dueMs: number; readonly cancel: () => void } | undefined;
  #shutDown = false;
  #latencyMs = 0;
  #retries = 0;

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  readonly add = (key: string): void => {
    if (this.#shutDown || this.#dirty.has(key)) return;
    this.#dirty.set(key, this.#timers.now());
    if (!this.#processing.has(key)) this.#makeReady(key);
  };

  readonly addAfter = (key: string, delayMs: number): void => {
    if (this.#shutDown) return;
    if (!(delayMs > 0)) {
      this.add(key);
      return;
    }
    this.#delayed.set(key, this.#timers.now() + delayMs);
    this.#arm();
  };

  readonly addRateLimited = (key: string): void => {
    if (this.#shutDown) return;
    this.#retries += 1;
    this.addAfter(key, Math.max(this.#backOff.next(key), this.#bucket.reserve(this.#timers.now())));
  };

  readonly forget = (key: string): void => this.#backOff.forget(key);

  readonly take = (): Promise<string | undefined> => {
    if (this.#shutDown) return Promise.resolve(undefined);
    const key = this.#nextReady();
    if (key !== undefined) return Promise.resolve(this.#start(key));
    return new Promise((resolve) => this.#takers.push(resolve));
  };

  readonly done = (key: string): void => {
    if (!this.#processing.delete(key)) return;
    if (this.#dirty.has(key)) this.#makeReady(key);
    if (this.#shutDown && this.#processing.size === 0) this.#release();
  };

  readonly shutDown = (): Promise<void> => {
    this.#shutDown = true;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#delayed.clear();
    this.#dirty.clear();
    this.#ready = [];
    this.#head = 0;
    for (const resolve of this.#takers.splice(0)) resolve(undefined);
    return new Promise((resolve) => {
      this.#drained.push(resolve);
      if (this.#processing.size === 0) this.#release();
    });
  };

  readonly stats = (): QueueStats => ({
    depth: this.#ready.length - this.#head,
    running: this.#processing.size,
    waiting: this.#delayed.size(),
    latencyMs: this.#latencyMs,
    retries: this.#retries,
  });

  #makeReady(key: string): void {
    const taker = this.#takers.shift();
    if (taker !== undefined) taker(this.#start(key));
    else this.#ready.push(key);
  }

  #nextReady(): string | undefined {
    const key = this.#ready[this.#head];
    if (key === undefined) return undefined;
    this.#head += 1;
    // Cutting the list once half of it is used up keeps taking cheap, however long the queue.
    if (this.#head * 2 >= this.#ready.length) {
      this.#ready = this.#ready.slice(this.#head);
      this.#head = 0;
    }
    return key;
  }

  #start(key: string): string {
    const now = this.#timers.now();
    this.#latencyMs = now - (this.#dirty.get(key) ?? now);
    this.#dirty.delete(key);
    this.#processing.add(key);
    return key;
  }

  /** Keeps the one timer at the earliest due time. */
  #arm(): void {
    const dueMs = this.#delayed.nextDueMs();
    if (dueMs === undefined || (this.#timer !== undefined && this.#timer.dueMs <= dueMs)) return;
    this.#timer?.cancel();
    const delayMs = Math.min(longestTimerMs, Math.max(0, dueMs - this.#timers.now()));
    this.#timer = { dueMs, cancel: this.#timers.setTimer(this.#fire, delayMs) };
  }

  readonly #fire = (): void => {
    this.#timer = undefined;
    const now = this.#timers.now();
    for (let key = this.#delayed.takeDue(now); key !== undefined; key = this.#delayed.takeDue(now)) this.add(key);
    this.#arm();
  };

  #release(): void {
    for (const resolve of this.#drained.splice(0)) resolve();
  }
}
