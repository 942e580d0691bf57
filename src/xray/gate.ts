// Says which calls to Xray may be made now: one breaker over all of them, and what was learned of the credentials.

import type { Clock } from '../facts/clock.ts';
import { type Attempt, Breaker, type Refusal } from './breaker.ts';
import { CredentialsStop } from './credentials-stop.ts';
import { XrayFailure } from './errors.ts';
import type { Lane } from './limiter.ts';

/** One thing that Xray is asked. */
export interface Question {
  /** From `/api/` on, without query. */
  readonly path: string;
  /** With its question mark; empty for none. */
  readonly query: string;
  readonly body: unknown;
  readonly lane: Lane;
  /**
   * Whether to be forbidden (403) says that the credentials are no good for anything. False for what needs a permission of its own: then this
   * path alone is not asked for a while.
   */
  readonly isEssential: boolean;
}

export interface Gate {
  /** Returns why this may not be asked now; null when it may. Changes nothing. */
  readonly refusal: (question: Question, authorization: string) => Refusal | null;
  /** Says that it is asked now. Returns what is called with the outcome: null for an answer, else what was thrown. */
  readonly begin: (question: Question, authorization: string) => (thrown: unknown) => void;
}

/** Returns a gate that is open. `onRecovery` is called when it is open again after it was shut. */
export function createGate({ now }: Clock, onRecovery: () => void): Gate {
  const breaker = new Breaker({ now, onClosed: onRecovery });
  const everywhere = new CredentialsStop({ now, onAccepted: onRecovery });
  const byPath = new Map<string, CredentialsStop>();

  function stopsOf({ path, isEssential }: Question): readonly CredentialsStop[] {
    if (isEssential) return [everywhere];
    const own = byPath.get(path) ?? new CredentialsStop({ now, onAccepted: onRecovery });
    byPath.set(path, own);
    return [everywhere, own];
  }

  return {
    refusal: (question, authorization) => {
      for (const stop of stopsOf(question)) {
        const refused = stop.refusal(authorization);
        if (refused !== null) return refused;
      }
      return breaker.refusal();
    },
    begin: (question, authorization) => {
      const attempt = breaker.begin();
      const stops = stopsOf(question);
      for (const stop of stops) stop.begin();
      return (thrown) => {
        tellBreaker(attempt, thrown, question);
        tellStops(stops, thrown, { authorization, refuser: isForbiddenHereAlone(thrown, question) ? stops.at(-1) : everywhere });
      };
    },
  };
}

function tellBreaker(attempt: Attempt, thrown: unknown, { path, body, isEssential }: Question): void {
  // What is asked in passing holds times, and never the same twice: an API that fails alone must not look like an Xray that is down.
  if (thrown === null) attempt.succeeded();
  else if (thrown instanceof XrayFailure) attempt.failed(thrown, isEssential ? `${path} ${JSON.stringify(body)}` : path);
  else attempt.abandoned();
}

function isForbiddenHereAlone(thrown: unknown, { isEssential }: Question): boolean {
  return !isEssential && thrown instanceof XrayFailure && thrown.kind === 'Forbidden';
}

function tellStops(
  stops: readonly CredentialsStop[],
  thrown: unknown,
  { authorization, refuser }: { readonly authorization: string; readonly refuser: CredentialsStop | undefined },
): void {
  const isRefused = thrown instanceof XrayFailure && (thrown.kind === 'Unauthorized' || thrown.kind === 'Forbidden');
  const isTaken = thrown === null || (thrown instanceof XrayFailure && thrown.concern === 'call');
  for (const stop of stops) {
    if (isRefused && stop === refuser) stop.refused(authorization, thrown);
    else if (isTaken && !isRefused) stop.accepted();
    else stop.unknown();
  }
}
