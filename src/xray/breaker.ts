// Keeps an ailing Xray from being asked: after several failures in a row no call is made but a probe now and then. Clock comes in.

import { secondText } from '../facts/second-text.ts';
import type { XrayFailure } from './errors.ts';

/** Why a call may not be made now. */
export interface Refusal {
  /** The same from one refusal to the next while nothing changes: it stands in the status of policies. */
  readonly reason: string;
  /** When it is worth trying again, at the earliest. */
  readonly retryInMs: number;
}

/** One call that is being made; exactly one of these is called when it has ended. */
export interface Attempt {
  readonly succeeded: () => void;
  /** `question` tells calls apart that ask for different things. */
  readonly failed: (failure: XrayFailure, question: string) => void;
  /** It ended without telling anything: its caller gave up. */
  readonly abandoned: () => void;
}

export interface BreakerOptions {
  readonly now: () => Date;
  /** Called when calls may be made again after they could not. */
  readonly onClosed: () => void;
}

/** One more than are in flight at once: a router's restart, which cuts them all, is bridged by their retries. */
export const failuresToOpen = 5;
/** A restart takes half a minute or so: within five seconds of its end we know, and a probe more costs the server nothing. */
export const probeEveryMs = 5_000;
/** Longer than any quota window that is known; a mistaken header must not blind us for a day. */
export const longestPauseMs = 10 * 60_000;
/** Nobody asks sooner than this whether a probe is back. */
export const shortestRetryMs = 1_000;

interface OpenState {
  readonly since: Date;
  readonly cause: string;
  /** Null: five seconds; else as long as the server asked for. */
  readonly pauseMs: number | null;
  readonly probeAtMs: number;
  /** The last that was made: what an older one says that hung meanwhile is known already. */
  readonly probe: Attempt | null;
}

/**
 * Closed at first. Failures count in a row; those that may lie in the question count once for each question, so that one image that Xray cannot
 * answer for does not look like an Xray that is down. A `Retry-After` opens it at once, for that long.
 */
export class Breaker {
  readonly #options: BreakerOptions;
  readonly #questions = new Set<string>();
  #failures = 0;
  #open: OpenState | null = null;

  constructor(options: BreakerOptions) {
    this.#options = options;
  }

  /** Returns why no call may be made now; null when one may. Changes nothing. */
  refusal(): Refusal | null {
    if (this.#open === null) return null;
    const leftMs = this.#open.probeAtMs - this.#nowMs();
    return leftMs <= 0 ? null : { reason: reasonOf(this.#open), retryInMs: Math.max(shortestRetryMs, leftMs) };
  }

  /** Says that a call is made now: the probe, when no others may be. One that hangs keeps the next, which asks for something else, for five seconds only. */
  begin(): Attempt {
    const attempt: Attempt = {
      succeeded: () => this.#close(),
      failed: (failure, question) => this.#failed(attempt, failure, question),
      abandoned: () => {
        if (this.#open?.probe === attempt) this.#open = { ...this.#open, probe: null, probeAtMs: this.#nowMs() };
      },
    };
    if (this.#open !== null) this.#open = { ...this.#open, probe: attempt, probeAtMs: this.#nowMs() + probeEveryMs };
    return attempt;
  }

  #failed(attempt: Attempt, failure: XrayFailure, question: string): void {
    if (failure.retryAfterMs !== null) this.#reopen(failure);
    else if (failure.concern === 'call') this.#close();
    else if (this.#open === null) this.#count(failure, question);
    // What began before it opened tells what is known already.
    else if (this.#open.probe === attempt) this.#reopen(failure);
  }

  #count(failure: XrayFailure, question: string): void {
    if (failure.concern === 'question' && this.#questions.has(question)) return;
    this.#questions.add(question);
    this.#failures += 1;
    if (this.#failures >= failuresToOpen) this.#reopen(failure);
  }

  #reopen(failure: XrayFailure): void {
    const pauseMs = failure.retryAfterMs === null ? null : Math.min(longestPauseMs, failure.retryAfterMs);
    const since = this.#open?.since ?? this.#options.now();
    // The first cause is kept: a server that dies in several ways is one outage, and not news each five seconds.
    const cause = this.#open?.pauseMs === pauseMs ? this.#open.cause : failure.message;
    // After a probe that failed it is as long as after one that hangs: from its beginning, which is the time that all who were refused know.
    const probeAtMs = (pauseMs === null ? this.#open?.probeAtMs : undefined) ?? this.#nowMs() + (pauseMs ?? probeEveryMs);
    this.#open = { since, cause, pauseMs, probeAtMs, probe: null };
  }

  #close(): void {
    this.#questions.clear();
    this.#failures = 0;
    if (this.#open === null) return;
    this.#open = null;
    this.#options.onClosed();
  }

  #nowMs(): number {
    return this.#options.now().getTime();
  }
}

function reasonOf({ since, cause, pauseMs }: OpenState): string {
  const tried = pauseMs === null ? `a try every ${probeEveryMs / 1000} s` : `a try after the ${pauseMs / 1000} s that it asks for`;
  return `${cause}; nothing is asked since ${secondText(since)} but ${tried}`;
}
