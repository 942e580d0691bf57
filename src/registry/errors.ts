// What can go wrong between us and a registry: a sentence for people without bodies or secrets, and whose fault it is.
import { Failure } from '../failure.ts';

/** `host`: the registry is down, slow or overloaded, so that further calls are held back. `answer`: it works, and this answer is of no use. */
export type Fault = 'host' | 'answer';

/** Thrown inside the adapter and turned into an `unavailable` answer. The message is the reason that people read. */
export class RegistryFailure extends Failure {
  readonly fault: Fault;
  /** What `Retry-After` asked for; null when it asked for nothing that we understand. */
  readonly retryAfterMs: number | null;

  constructor(fault: Fault, message: string, options: { retryAfterMs?: number | null; cause?: unknown } = {}) {
    super(message, { retry: 'soon', reason: 'RegistryUnavailable', cause: options.cause });
    this.fault = fault;
    this.retryAfterMs = options.retryAfterMs ?? null;
  }
}

/** Returns what a status means that is neither the manifest nor its absence. `host` is the registry's. */
export function statusFailure(host: string, status: number, retryAfter: string): RegistryFailure {
  if (status === 429) {
    return new RegistryFailure('host', `${host} answered 429: too many requests`, { retryAfterMs: retryAfterMs(retryAfter) ?? 0 });
  }
  if (status >= 500)
    return new RegistryFailure('host', `${host} answered ${status}`, { retryAfterMs: status === 503 ? retryAfterMs(retryAfter) : null });
  if (status === 401 || status === 403) return new RegistryFailure('answer', `${host} refused to show the image (${status})`);
  return new RegistryFailure('answer', `${host} answered ${status}`);
}

/** Returns what an error of the connection means. */
export function transportFailure(host: string, thrown: unknown): RegistryFailure {
  const code = codeOf(thrown);
  const failure = (message: string) => new RegistryFailure('host', message, { cause: thrown });
  switch (code) {
    case 'UND_ERR_CONNECT_TIMEOUT':
      return failure(`no connection to ${host} in time`);
    case 'UND_ERR_HEADERS_TIMEOUT':
    case 'UND_ERR_BODY_TIMEOUT':
    case 'TimeoutError':
      return failure(`no complete answer from ${host} in time`);
    case 'UND_ERR_RES_EXCEEDED_MAX_SIZE':
      return new RegistryFailure('answer', `the answer of ${host} is larger than a manifest may be`, { cause: thrown });
    case 'REFUSED_ADDRESS':
      return failure(`${host} stands for an address that is never asked (link-local, metadata, or this machine)`);
    default:
      return failure(`connection to ${host} failed (${code})`);
  }
}

/** Seconds only: a date would need a clock that agrees with the registry's. */
function retryAfterMs(header: string): number | null {
  return /^\d{1,6}$/.test(header.trim()) ? Number(header) * 1000 : null;
}

function codeOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return 'unknown error';
  // AbortSignal.timeout gives a DOMException, whose `code` is a number of no use; its name tells.
  if (thrown.name === 'TimeoutError') return thrown.name;
  return 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : thrown.name;
}
