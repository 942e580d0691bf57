// What can go wrong between us and Xray, each with a word for conditions, a sentence for people, and without bodies or secrets.

import { Failure } from '../failure.ts';

export type XrayFailureReason =
  | 'CredentialsUnusable'
  | 'AuthorityUnusable'
  | 'Unauthorized'
  | 'Forbidden'
  | 'NotFound'
  | 'Redirected'
  | 'Refused'
  | 'Throttled'
  | 'ServerError'
  | 'TimedOut'
  | 'Untrusted'
  | 'Unreachable'
  | 'TooLarge'
  | 'DoesNotParse'
  | 'NotAsked';

/** Reasons after which the same call may succeed without anybody doing something. */
const passing: ReadonlySet<XrayFailureReason> = new Set([
  'Throttled',
  'ServerError',
  'TimedOut',
  'Unreachable',
  'TooLarge',
  'DoesNotParse',
  'NotAsked',
]);

/**
 * What a failure says: of the server (any call would have failed), perhaps only of the question (one image may be too much for Xray),
 * or nothing, because the server answered as it should to a call that is wrong.
 */
export type Concern = 'server' | 'question' | 'call';

interface FailureDetails {
  /** `call` when omitted. */
  readonly concern?: Concern;
  readonly retryAfterMs?: number | null;
  readonly smaller?: boolean;
  readonly retryInMs?: number;
  readonly said?: string;
  readonly cause?: unknown;
}

/** Thrown when a call to Xray gave no usable answer. */
export class XrayFailure extends Failure {
  readonly kind: XrayFailureReason;
  readonly concern: Concern;
  /** What `Retry-After` asked for; null when it asked for nothing that we understand. */
  readonly retryAfterMs: number | null;
  /** A smaller question may be answered. */
  readonly smaller: boolean;
  /** Of a call that was not made: when it may be made at the earliest; else undefined. */
  readonly retryInMs: number | undefined;
  /** What the server said of it; empty for nothing. */
  readonly said: string;

  constructor(kind: XrayFailureReason, message: string, details: FailureDetails = {}) {
    super(message, { retry: passing.has(kind) ? 'soon' : 'never', reason: kind, cause: details.cause });
    this.kind = kind;
    this.concern = details.concern ?? 'call';
    this.retryAfterMs = details.retryAfterMs ?? null;
    this.smaller = details.smaller ?? false;
    this.retryInMs = details.retryInMs;
    this.said = details.said ?? '';
  }
}

/** How long and how much one call may take; the messages name these limits. */
export interface CallLimits {
  /** To the connection and to the first byte of the answer, each. */
  readonly firstByteTimeoutMs: number;
  /** Between two pieces of the body. */
  readonly bodyTimeoutMs: number;
  /** For the whole answer: one that drips within `bodyTimeoutMs` would otherwise never end. */
  readonly totalTimeoutMs: number;
  readonly maxBodyBytes: number;
}

/** The parts of an HTTP answer that tell why it is not the one wanted. Empty text for what is absent. */
export interface RefusedAnswer {
  readonly status: number;
  readonly location: string;
  readonly retryAfter: string;
  /** What the server says of it, as `errorText` returns it. */
  readonly said: string;
}

/** Returns what a status other than 200 means. */
export function statusFailure({ status, location, retryAfter, said }: RefusedAnswer): XrayFailure {
  const answered = `Xray answered ${status}`;
  const because = said === '' ? '' : `: ${said}`;
  if (status === 401) return new XrayFailure('Unauthorized', `Xray refused the credentials (401${because})`);
  if (status === 403) {
    return new XrayFailure('Forbidden', `Xray refused the credentials (403, no permission to read or no entitlement${because})`);
  }
  if (status === 404 || status === 405)
    return new XrayFailure('NotFound', `${answered}: its URL is wrong, or it has no such API`, { said });
  if (status >= 300 && status < 400) {
    // JFrog Cloud sends calls to an instance that fell asleep to a landing page of this name.
    const dormant = location.includes('reactivate-server') ? ': the JFrog Cloud instance is dormant' : '; redirects are not followed';
    return new XrayFailure('Redirected', `${answered}${dormant}`, { concern: 'server' });
  }
  const waits = { retryAfterMs: retryAfterMs(retryAfter) };
  if (status === 429) return new XrayFailure('Throttled', `${answered}${because}`, { ...waits, concern: 'server' });
  // A gateway that lost its patience: with less to do, Xray may be in time. To ask the same again would take the same time.
  if (status === 504) return new XrayFailure('TimedOut', `${answered}${because}`, { ...waits, concern: 'question', smaller: true });
  if (status < 500) return new XrayFailure('Refused', `${answered}${because}`, waits);
  // A program that stumbles over one image says this too, and so does what stands before it when it falls: without that image it may not.
  // Not where it says itself that it is busy (503).
  return new XrayFailure('ServerError', `${answered}${because}`, {
    ...waits,
    concern: 'question',
    smaller: status === 500 || status === 502,
  });
}

/** Codes of a certificate that is not believed; see the list in Node's documentation of `tls`. */
const certificateCode = /CERT|SIGNATURE|ISSUER|^ERR_TLS|^HOSTNAME_MISMATCH$/;
/** Codes of a connection that was there and broke. */
const brokenCodes: ReadonlySet<string> = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE', 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH']);

/** Returns what an error of the connection means. */
export function transportFailure(thrown: unknown, limits: CallLimits): XrayFailure {
  const code = codeOf(thrown);
  const late = (message: string): XrayFailure =>
    new XrayFailure('TimedOut', message, { cause: thrown, concern: 'question', smaller: true });
  switch (code) {
    case 'UND_ERR_CONNECT_TIMEOUT':
      return new XrayFailure('TimedOut', `no connection to Xray within ${limits.firstByteTimeoutMs / 1000} s`, {
        cause: thrown,
        concern: 'server',
      });
    case 'UND_ERR_HEADERS_TIMEOUT':
      return late(`no answer from Xray within ${limits.firstByteTimeoutMs / 1000} s`);
    case 'UND_ERR_BODY_TIMEOUT':
      return late(`Xray's answer paused for more than ${limits.bodyTimeoutMs / 1000} s`);
    case 'TimeoutError':
      return late(`Xray's answer was not complete within ${limits.totalTimeoutMs / 1000} s`);
    case 'UND_ERR_RES_EXCEEDED_MAX_SIZE':
      return new XrayFailure('TooLarge', `Xray's answer is larger than ${limits.maxBodyBytes / 2 ** 20} MiB`, {
        cause: thrown,
        smaller: true,
      });
    default:
      return connectionFailure(thrown, code);
  }
}

function connectionFailure(thrown: unknown, code: string): XrayFailure {
  const refusedByProxy = /^Proxy response \((\d{3})\)/.exec(thrown instanceof Error ? thrown.message : '')?.[1];
  if (refusedByProxy !== undefined) {
    const message = `the proxy refused the connection to Xray (${refusedByProxy})`;
    return new XrayFailure('Unreachable', message, { cause: thrown, concern: 'server' });
  }
  if (certificateCode.test(code)) {
    const message = `Xray's certificate is not trusted (${code}): --xray-ca-file names the authority that signed it`;
    return new XrayFailure('Untrusted', message, { cause: thrown, concern: 'server' });
  }
  const isBroken = brokenCodes.has(code);
  // One that breaks may have broken on the size of its answer.
  const details = { cause: thrown, concern: isBroken ? ('question' as const) : ('server' as const), smaller: isBroken };
  return new XrayFailure('Unreachable', `connection to Xray failed (${code})`, details);
}

/** Returns the failure of an answer that is not what the API documents; `problem` names the place. */
export function shapeFailure(problem: string): XrayFailure {
  return new XrayFailure('DoesNotParse', shapeReason(problem), { smaller: true });
}

/** Returns the failure of an answer that is no JSON: cut off on its way, or not Xray's at all. */
export function notJsonFailure(mediaType: string): XrayFailure {
  return new XrayFailure('DoesNotParse', shapeReason(`it is not JSON (${mediaType})`), { smaller: true, concern: 'question' });
}

/** Returns the reason given for a digest whose part of an answer does not parse. */
export function shapeReason(problem: string): string {
  return `Xray's answer does not parse: ${problem}`;
}

/** Seconds only: the form with a date needs a clock that agrees with the server's, and no JFrog product is known to send it. */
function retryAfterMs(header: string): number | null {
  return /^\d{1,6}$/.test(header.trim()) ? Number(header) * 1000 : null;
}

function codeOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return 'unknown error';
  // AbortSignal.timeout gives a DOMException, whose `code` is a number of no use; its name tells.
  if (thrown.name === 'TimeoutError') return thrown.name;
  return 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : thrown.name;
}
