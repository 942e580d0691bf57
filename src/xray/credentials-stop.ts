// Keeps credentials that Xray refused from being sent again and again: accounts get locked by that. Clock comes in.

import { createHash } from 'node:crypto';
import { secondText } from '../facts/second-text.ts';
import { probeEveryMs, type Refusal, shortestRetryMs } from './breaker.ts';
import type { XrayFailure } from './errors.ts';

/** Who grants a permission wants to see it work within about this time; 60 refusals an hour lock no account that is known. */
export const tryEveryMs = 60_000;
/** How soon a file with other credentials is noticed: to look costs no call. */
const lookEveryMs = 5_000;

interface Stopped {
  readonly since: Date;
  readonly cause: string;
  /** Of the header, which itself is not kept. */
  readonly sha256: string;
  readonly tryAtMs: number;
  /** A try is under way: until this nothing else is sent, with whatever credentials. One that hangs longer keeps nobody any more. */
  readonly heldUntilMs: number;
}

/** Refuses nothing at first. */
export class CredentialsStop {
  readonly #now: () => Date;
  readonly #onAccepted: () => void;
  #stopped: Stopped | null = null;

  /** `onAccepted` is called when calls may be made again after they could not. */
  constructor({ now, onAccepted }: { readonly now: () => Date; readonly onAccepted: () => void }) {
    this.#now = now;
    this.#onAccepted = onAccepted;
  }

  /** Returns why no call may be made with these; null when one may. `authorization` is the header's value. Changes nothing. */
  refusal(authorization: string): Refusal | null {
    if (this.#stopped === null) return null;
    const { since, cause, tryAtMs, heldUntilMs } = this.#stopped;
    const nowMs = this.#now().getTime();
    const leftMs = Math.max(tryAtMs, heldUntilMs) - nowMs;
    if (nowMs >= heldUntilMs && (leftMs <= 0 || sha256(authorization) !== this.#stopped.sha256)) return null;
    const reason = `${cause}; nothing is asked since ${secondText(since)} but a try each minute, and with other credentials`;
    return { reason, retryInMs: Math.min(lookEveryMs, Math.max(shortestRetryMs, leftMs)) };
  }

  /** Says that a call is made now. */
  begin(): void {
    const nextAtMs = this.#now().getTime() + probeEveryMs;
    if (this.#stopped !== null) this.#stopped = { ...this.#stopped, heldUntilMs: nextAtMs, tryAtMs: nextAtMs };
  }

  /** Xray refused these. */
  refused(authorization: string, failure: XrayFailure): void {
    const since = this.#stopped?.since ?? this.#now();
    const tryAtMs = this.#now().getTime() + tryEveryMs;
    this.#stopped = { since, cause: failure.message, sha256: sha256(authorization), tryAtMs, heldUntilMs: 0 };
  }

  /** Xray took the credentials of a call. */
  accepted(): void {
    if (this.#stopped === null) return;
    this.#stopped = null;
    this.#onAccepted();
  }

  /** A call ended without telling. */
  unknown(): void {
    if (this.#stopped !== null) this.#stopped = { ...this.#stopped, heldUntilMs: 0 };
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}
