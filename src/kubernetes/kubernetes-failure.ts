// What the API server or the way to it said no with, as a Failure that knows whether trying again can help. Pure.
import { Failure, messageOf, type Retry } from '../failure.ts';
import { objectOf, textOf } from './json-reading.ts';

/** A failed call. `status` is the HTTP status, 0 when there was no answer. */
export class KubernetesFailure extends Failure {
  readonly status: number;
  /** What the server asked to wait before the next try; undefined when it did not say. */
  readonly retryAfterMs: number | undefined;

  constructor(
    message: string,
    options: { status: number; retry: Retry; reason: string; retryAfterMs?: number | undefined; cause?: unknown },
  ) {
    super(message, options);
    this.status = options.status;
    this.retryAfterMs = options.retryAfterMs;
  }
}

export interface RefusedAnswer {
  readonly status: number;
  /** The value of the header Retry-After; undefined without one. */
  readonly retryAfter?: string | undefined;
  /** The parsed body when it was JSON; a Status of the API server has `reason` and `message`. */
  readonly body?: unknown;
}

// A message may carry a whole list of invalid fields.
const maxMessageLength = 1000;

/** Returns the failure for an answer that is not 2xx, or for a Status that came in a watch. `action` is verb and path. */
export function refusal(action: string, { status, retryAfter, body }: RefusedAnswer): KubernetesFailure {
  const said = objectOf(body);
  const reason = textOf(said.reason) || (reasons[status] ?? (status >= 500 ? 'ServerError' : 'Refused'));
  const message = textOf(said.message).slice(0, maxMessageLength);
  return new KubernetesFailure(`${action}: ${status}${message === '' ? '' : ` ${message}`}`, {
    status,
    retry: retryOf(status),
    reason,
    retryAfterMs: retryAfterMs(retryAfter),
  });
}

/** Returns the failure for a call that got no usable answer; a Failure is returned as it is. */
export function noAnswer(action: string, thrown: unknown): Failure {
  if (thrown instanceof Failure) return thrown;
  const code = codeOf(thrown);
  // A failed connection to several addresses is an AggregateError without a message.
  const what = messageOf(thrown) || code;
  return new KubernetesFailure(`${action}: ${what}`, { status: 0, retry: 'soon', reason: noAnswerReason(code), cause: thrown });
}

function noAnswerReason(code: string): string {
  if (/timeout|timedout/i.test(code)) return 'Timeout';
  return code === 'AbortError' ? 'Aborted' : 'Unreachable';
}

/** Returns the failure for an answer that is not what the API promises. */
export function badAnswer(action: string, what: string): KubernetesFailure {
  return new KubernetesFailure(`${action}: ${what}`, { status: 0, retry: 'soon', reason: 'BadAnswer' });
}

// For answers without a Status: proxies in between, and the API server before its handlers run.
const reasons: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  410: 'Gone',
  422: 'Invalid',
  429: 'TooManyRequests',
};

// 401 is worth another try: tokens are renewed on disk while we run.
const changed = new Set([404, 409, 410, 412]);
const soon = new Set([401, 408, 429]);

function retryOf(status: number): Retry {
  if (changed.has(status)) return 'changed';
  return soon.has(status) || status >= 500 ? 'soon' : 'never';
}

// Kubernetes writes seconds, never a date.
function retryAfterMs(header: string | undefined): number | undefined {
  return header !== undefined && /^\d{1,9}$/.test(header) ? Number(header) * 1000 : undefined;
}

function codeOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return '';
  return 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : thrown.name;
}
