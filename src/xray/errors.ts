// What can go wrong between us and Xray, each with a word for conditions, a sentence for people, and without bodies or secrets.

import { Failure } from '../failure.ts';

export type XrayFailureReason =
  | 'CredentialsUnusable'
  | 'Unauthorized'
  | 'Forbidden'
  | 'NotFound'
  | 'Redirected'
  | 'Refused'
  | 'Throttled'
  | 'ServerError'
  | 'TimedOut'
  | 'Unreachable'
  | 'TooLarge'
  | 'DoesNotParse';

/** Reasons after which the same call may succeed without anybody doing something. */
const passing: ReadonlySet<XrayFailureReason> = new Set([
  'Throttled',
  'ServerError',
  'TimedOut',
  'Unreachable',
  'TooLarge',
  'DoesNotParse',
]);

/** Thrown when a call to Xray gave no usable answer. */
export class XrayFailure extends Failure {
  readonly kind: XrayFailureReason;
  /** What `Retry-After` asked for; null when it asked for nothing that we understand. */
  readonly retryAfterMs: number | null;

  constructor(kind: XrayFailureReason, message: string, options: { retryAfterMs?: number | null; cause?: unknown } = {}) {
    super(message, { retry: passing.has(kind) ? 'soon' : 'never', reason: kind, cause: options.cause });
    this.kind = kind;
    this.retryAfterMs = options.retryAfterMs ?? null;
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

/** The parts of an HTTP answer that tell why it is not the one wanted. Empty text for a header that is absent. */
export interface RefusedAnswer {
  readonly status: number;
  readonly location: string;
  readonly retryAfter: string;
}

/** Returns what a status other than 200 means. */
export function statusFailure({ status, location, retryAfter }: RefusedAnswer): XrayFailure {
  if (status === 401) return new XrayFailure('Unauthorized', 'Xray refused the credentials (401)');
  if (status === 403) return new XrayFailure('Forbidden', 'Xray refused the credentials (403: no permission to read, or no entitlement)');
  if (status === 404 || status === 405) {
    return new XrayFailure('NotFound', `Xray answered ${status}: its URL is wrong, or it has no such API`);
  }
  if (status >= 300 && status < 400) {
    // JFrog Cloud sends calls to an instance that fell asleep to a landing page of this name.
    const dormant = location.includes('reactivate-server') ? ': the JFrog Cloud instance is dormant' : '; redirects are not followed';
    return new XrayFailure('Redirected', `Xray answered ${status}${dormant}`);
  }
  const kind = status === 429 ? 'Throttled' : status >= 500 ? 'ServerError' : 'Refused';
  return new XrayFailure(kind, `Xray answered ${status}`, { retryAfterMs: retryAfterMs(retryAfter) });
}

/** Returns what an error of the connection means. */
export function transportFailure(thrown: unknown, limits: CallLimits): XrayFailure {
  const code = codeOf(thrown);
  const failure = (kind: XrayFailureReason, message: string) => new XrayFailure(kind, message, { cause: thrown });
  switch (code) {
    case 'UND_ERR_CONNECT_TIMEOUT':
      return failure('TimedOut', `no connection to Xray within ${limits.firstByteTimeoutMs / 1000} s`);
    case 'UND_ERR_HEADERS_TIMEOUT':
      return failure('TimedOut', `no answer from Xray within ${limits.firstByteTimeoutMs / 1000} s`);
    case 'UND_ERR_BODY_TIMEOUT':
      return failure('TimedOut', `Xray's answer paused for more than ${limits.bodyTimeoutMs / 1000} s`);
    case 'TimeoutError':
      return failure('TimedOut', `Xray's answer was not complete within ${limits.totalTimeoutMs / 1000} s`);
    case 'UND_ERR_RES_EXCEEDED_MAX_SIZE':
      return failure('TooLarge', `Xray's answer is larger than ${limits.maxBodyBytes / 2 ** 20} MiB`);
    default:
      return failure('Unreachable', `connection to Xray failed (${code})`);
  }
}

/** Returns the failure of an answer that is not what the API documents; `problem` names the place. */
export function shapeFailure(problem: string): XrayFailure {
  return new XrayFailure('DoesNotParse', shapeReason(problem));
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
