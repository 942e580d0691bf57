// How many questions are under way, in all and per registry, and when a registry that does not answer is left alone.
import type { RegistryFailure } from './errors.ts';

export interface Gate {
  /** Waits for a turn. Rejects with the signal's reason when that aborts. */
  readonly enter: (host: string, signal: AbortSignal) => Promise<Turn>;
}

/** A question's turn: it must be ended exactly once, by what came of it. `failed` counts only what is the host's fault. */
export type Turn =
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'granted'; readonly end: (result: 'answered' | 'cancelled' | RegistryFailure) => void };

interface Host {
  inFlight: number;
  /** Failures since the last answer. */
  failures: number;
  closedUntilMs: number;
  hasAnswered: boolean;
}

interface Waiting {
  readonly name: string;
  readonly settle: (turn: Turn) => void;
}

// Two keep a registry busy without being felt there; a cluster's images are asked for once.
const maxPerHost = 2;
const maxInAll = 8;
// Names of images are anybody's: hosts that never answered must leave room for those that do.
const maxStrangers = 4;
// One failure is a restart, two may be; then a dead host costs one call per pause.
const failuresToClose = 3;
const firstPauseMs = 5_000;
const maxPauseMs = 5 * 60_000;
// Docker Hub counts in windows of hours; nobody is left alone for so long because of one header.
const maxRetryAfterMs = 10 * 60_000;
// Each is a question that somebody waits for; more are not asked in time anyhow.
const maxWaiting = 2_000;
const maxHosts = 1_000;

/** Returns a gate for one process. `now` is monotonic, in milliseconds. */
export function createGate(now: () => number): Gate {
  /** In the order of their last use. */
  const hosts = new Map<string, Host>();
  const waiting: Waiting[] = [];
  const inFlight = { all: 0, strangers: 0 };

  function hostNamed(name: string): Host {
    const host = hosts.get(name) ?? { inFlight: 0, failures: 0, closedUntilMs: 0, hasAnswered: false };
    hosts.delete(name);
    hosts.set(name, host);
    if (hosts.size > maxHosts) {
      const idle = [...hosts].find(([, each]) => each.inFlight === 0);
      if (idle !== undefined && idle[1] !== host) hosts.delete(idle[0]);
    }
    return host;
  }

  function mayStart(host: Host): boolean {
    if (inFlight.all >= maxInAll || (!host.hasAnswered && inFlight.strangers >= maxStrangers)) return false;
    // After a pause one question tries the host for all.
    return host.inFlight < (host.failures >= failuresToClose ? 1 : maxPerHost);
  }

  function refusal(host: Host): Turn | undefined {
    if (host.closedUntilMs <= now()) return undefined;
    return { kind: 'refused', reason: 'it did not answer lately, and is asked again in a while' };
  }

  function start(host: Host): Turn {
    const isStranger = !host.hasAnswered;
    host.inFlight += 1;
    inFlight.all += 1;
    inFlight.strangers += Number(isStranger);
    const end = (result: 'answered' | 'cancelled' | RegistryFailure) => {
      host.inFlight -= 1;
      inFlight.all -= 1;
      inFlight.strangers -= Number(isStranger);
      learn(host, result);
      startWaiting();
    };
    return { kind: 'granted', end };
  }

  function learn(host: Host, result: 'answered' | 'cancelled' | RegistryFailure): void {
    if (result === 'cancelled') return;
    if (result === 'answered' || result.fault === 'answer') {
      host.failures = 0;
      host.hasAnswered = true;
      return;
    }
    host.failures += 1;
    const isAsked = result.retryAfterMs !== null;
    if (isAsked) host.failures = Math.max(host.failures, failuresToClose);
    if (host.failures < failuresToClose) return;
    const pauseMs = Math.min(maxPauseMs, firstPauseMs * 2 ** (host.failures - failuresToClose));
    host.closedUntilMs = now() + Math.max(pauseMs, Math.min(result.retryAfterMs ?? 0, maxRetryAfterMs));
  }

  /** Those who wait for a host that has answered before go first. */
  function startWaiting(): void {
    for (const known of [true, false]) {
      for (const each of [...waiting]) {
        const host = hostNamed(each.name);
        if (host.hasAnswered !== known) continue;
        const turn = refusal(host) ?? (mayStart(host) ? start(host) : undefined);
        if (turn !== undefined) each.settle(turn);
      }
    }
  }

  async function enter(name: string, signal: AbortSignal): Promise<Turn> {
    signal.throwIfAborted();
    const host = hostNamed(name);
    const turn = refusal(host) ?? (mayStart(host) ? start(host) : undefined);
    if (turn !== undefined) return turn;
    if (waiting.length >= maxWaiting) return { kind: 'refused', reason: 'too many questions to registries wait already' };
    const { promise, resolve, reject } = Promise.withResolvers<Turn>();
    const leave = () => {
      waiting.splice(waiting.indexOf(entry), 1);
      signal.removeEventListener('abort', abort);
    };
    const abort = () => {
      leave();
      reject(signal.reason);
    };
    const entry: Waiting = {
      name,
      settle: (granted) => {
        leave();
        resolve(granted);
      },
    };
    waiting.push(entry);
    signal.addEventListener('abort', abort, { once: true });
    return promise;
  }

  return { enter };
}
