// Every call to Xray goes through here: one limiter, one breaker and one stop for refused credentials over all of them, and short retries.

import type { Clock } from '../facts/clock.ts';
import type { Refusal } from './breaker.ts';
import { authorizationHeader, type Credentials } from './credentials.ts';
import { XrayFailure } from './errors.ts';
import { createGate, type Question } from './gate.ts';
import { Limiter, type LimiterOptions } from './limiter.ts';
import { retryDelayMs } from './retry.ts';
import type { Transport } from './transport.ts';

export interface CallsOptions {
  readonly transport: Transport;
  /** Asked before each call, so that a token may change while we run. */
  readonly credentials: () => Promise<Credentials>;
  readonly limiter: Omit<LimiterOptions, 'clock'>;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  /** Called when calls may be made again after none could. */
  readonly onRecovery: () => void;
}

export interface Calls {
  /** Returns the JSON of a 200. Throws `XrayFailure` (`NotAsked`, at once, while no call may be made), or the signal's reason. */
  readonly post: (question: Question, signal: AbortSignal) => Promise<unknown>;
  /** How long a question would wait for its turn now. */
  readonly waitMs: () => number;
}

/** Returns the one way by which Xray is asked. */
export function createCalls({ transport, credentials, limiter: limits, clock, random, onRecovery }: CallsOptions): Calls {
  const limiter = new Limiter({ clock, ...limits });
  const gate = createGate(clock, onRecovery);

  async function once(question: Question, authorization: string, signal: AbortSignal): Promise<unknown> {
    const refuse = (): void => {
      const refused = gate.refusal(question, authorization);
      if (refused !== null) throw notAsked(refused);
    };
    // Before the queue, so that nothing waits in it only to be refused; and behind it, where the world may have changed.
    refuse();
    const leave = await limiter.enter(question.lane, signal);
    try {
      refuse();
      const end = gate.begin(question, authorization);
      try {
        const answer = await transport.post({ path: `${question.path}${question.query}`, body: question.body, authorization }, signal);
        end(null);
        return answer;
      } catch (thrown) {
        end(thrown);
        throw thrown;
      }
    } finally {
      leave();
    }
  }

  async function post(question: Question, signal: AbortSignal): Promise<unknown> {
    for (let retries = 0; ; retries += 1) {
      const authorization = await readAuthorization(credentials);
      signal.throwIfAborted();
      try {
        return await once(question, authorization, signal);
      } catch (thrown) {
        if (!(thrown instanceof XrayFailure) || thrown.kind === 'NotAsked') throw thrown;
        const delayMs = retryDelayMs(thrown, retries, random());
        const refused = gate.refusal(question, authorization);
        // In the words of the gate, which do not change from call to call while nothing changes.
        if (refused !== null && refused.retryInMs > (delayMs ?? 0)) throw notAsked(refused, { cause: thrown, smaller: thrown.smaller });
        if (delayMs === null) throw thrown;
        await sleep(clock, delayMs, signal);
      }
    }
  }

  return { post, waitMs: () => limiter.waitMs() };
}

/** `smaller` of the call that was made is kept: it may be the one question that keeps a server that is well from looking so. */
function notAsked({ reason, retryInMs }: Refusal, made: { readonly cause?: unknown; readonly smaller?: boolean } = {}): XrayFailure {
  return new XrayFailure('NotAsked', reason, { retryInMs, ...made });
}

async function readAuthorization(credentials: () => Promise<Credentials>): Promise<string> {
  try {
    return authorizationHeader(await credentials());
  } catch (cause) {
    if (cause instanceof XrayFailure) throw cause;
    throw new XrayFailure('CredentialsUnusable', 'the credentials for Xray could not be read', { cause });
  }
}

/** Rejects with the signal's reason when that aborts. */
function sleep(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const onAbort = (): void => {
      cancel();
      reject(signal.reason);
    };
    const cancel = clock.setTimer(() => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    }, delayMs);
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
