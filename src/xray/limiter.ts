// Says when a call to Xray may begin: so many a second, so many at once, over all kinds of calls. Clock comes in.

import type { Clock } from '../facts/clock.ts';

/** `background` is what nothing waits for: it never takes more than its share of what may be in flight. */
export type Lane = 'scan' | 'background';

export interface LimiterOptions {
  readonly clock: Clock;
  readonly perSecond: number;
  /** How many may begin at once after a rest. */
  readonly burst: number;
  readonly inFlight: number;
  /** How many of these may be in the background. */
  readonly backgroundInFlight: number;
  /** How much of the burst the background leaves to others. */
  readonly backgroundLeaves: number;
}

/** What a client uses unless told otherwise. */
export const defaultLimits: Omit<LimiterOptions, 'clock'> = {
  // JFrog publishes no number; two a second is what a person's browser does, and 300 images are six calls.
  perSecond: 2,
  // The first pass over 300 images, each found in an index and asked about again, goes through at once.
  burst: 12,
  // Four answers of seconds each keep two calls a second busy; JFrog's own tools run four to eight.
  inFlight: 4,
  backgroundInFlight: 1,
  // However much is asked in the background, a rollout of 300 images is asked about at once.
  backgroundLeaves: 6,
};

/** However busy the others are: one call of the background in this time is no burden, and what it asks for is known at last. */
export const backgroundWithinMs = 60_000;

interface Waiter {
  readonly lane: Lane;
  readonly sinceMs: number;
  readonly start: () => void;
}

/** Has a full burst at first. */
export class Limiter {
  readonly #options: LimiterOptions;
  readonly #waiting: Waiter[] = [];
  readonly #running = { scan: 0, background: 0 };
  #tokens: number;
  #filledAtMs: number;
  #backgroundAtMs = Number.NEGATIVE_INFINITY;
  #cancelTimer: (() => void) | null = null;

  constructor(options: LimiterOptions) {
    this.#options = options;
    this.#tokens = options.burst;
    this.#filledAtMs = options.clock.now().getTime();
  }

  /** Resolves, first come first served within what the lanes allow, when a call may begin; what it returns is called once when that ended. */
  enter(lane: Lane, signal: AbortSignal): Promise<() => void> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const onAbort = (): void => {
        this.#leaveQueue(waiter);
        reject(signal.reason);
      };
      const waiter: Waiter = {
        lane,
        sinceMs: this.#options.clock.now().getTime(),
        start: () => {
          signal.removeEventListener('abort', onAbort);
          resolve(this.#leave(lane));
        },
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiting.push(waiter);
      this.#pump();
    });
  }

  /** In how many milliseconds a call that asked for it now would have its token; 0 when there is one. */
  waitMs(): number {
    this.#refill();
    const missing = this.#waiting.length + 1 - this.#tokens;
    return missing <= 1e-6 ? 0 : Math.ceil((missing / this.#options.perSecond) * 1000);
  }

  #pump(): void {
    this.#refill();
    for (let waiter = this.#next(); waiter !== undefined; waiter = this.#next()) {
      this.#tokens -= 1;
      this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
      this.#running[waiter.lane] += 1;
      if (waiter.lane === 'background') this.#backgroundAtMs = this.#filledAtMs;
      waiter.start();
    }
    this.#waitForToken();
  }

  #refill(): void {
    const { clock, burst, perSecond } = this.#options;
    const nowMs = clock.now().getTime();
    // A clock that was set back adds nothing, and does not stop the flow either.
    this.#tokens = Math.min(burst, this.#tokens + (Math.max(0, nowMs - this.#filledAtMs) / 1000) * perSecond);
    this.#filledAtMs = nowMs;
  }

  /** The first in the queue that may begin now. */
  #next(): Waiter | undefined {
    // Parts of a token that rounding leaves must not cost another timer.
    return this.#waiting.find((waiter) => this.#hasPlace(waiter.lane) && this.#tokens >= this.#tokensFor(waiter) - 1e-6);
  }

  #hasPlace(lane: Lane): boolean {
    const { inFlight, backgroundInFlight } = this.#options;
    const { scan, background } = this.#running;
    return scan + background < inFlight && (lane === 'scan' || background < backgroundInFlight);
  }

  #tokensFor(waiter: Waiter): number {
    return waiter.lane === 'scan' || this.#overdueInMs(waiter) <= 0 ? 1 : 1 + this.#options.backgroundLeaves;
  }

  /** In how many milliseconds what is in the background has waited for long enough to be treated like any other. */
  #overdueInMs({ sinceMs }: Waiter): number {
    return Math.max(sinceMs, this.#backgroundAtMs) + backgroundWithinMs - this.#filledAtMs;
  }

  /** Sets the timer for what waits for nothing but a token. */
  #waitForToken(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    const wanted = this.#waiting.filter(({ lane }) => this.#hasPlace(lane)).map((waiter) => this.#tokensFor(waiter));
    if (wanted.length === 0) return;
    const { clock, perSecond } = this.#options;
    const delayMs = Math.max(1, Math.ceil(((Math.min(...wanted) - this.#tokens) / perSecond) * 1000));
    this.#cancelTimer = clock.setTimer(() => this.#pump(), delayMs);
  }

  #leave(lane: Lane): () => void {
    let hasLeft = false;
    return () => {
      if (hasLeft) return;
      hasLeft = true;
      this.#running[lane] -= 1;
      this.#pump();
    };
  }

  #leaveQueue(waiter: Waiter): void {
    this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
    this.#waitForToken();
  }
}
