// What can be made to go wrong at the stand-in while it runs, and how each fault is written onto an answer.

import type { ServerResponse } from 'node:http';
import { hexOf, type SummaryVersion } from './bodies.ts';
import type { Endpoint } from './endpoints.ts';
import { misshape, type Shape } from './misshape.ts';

/** Which requests a fault concerns; all that is given must hold. Nothing given: every request, ping included. */
export interface FaultScope {
  readonly endpoint?: Endpoint;
  readonly version?: SummaryVersion;
  /** Requests that ask for this digest (`sha256:<hex>`), alone or among others. */
  readonly digest?: string;
  /** Requests that ask for more checksums than this. */
  readonly aboveChecksums?: number;
  /** Questions for the violations of this watch. */
  readonly watch?: string;
  /** How often the fault strikes before it is gone; for ever when omitted. */
  readonly times?: number;
}

/** How a truncated answer ends: regularly, with the connection closed, or not at all. */
export type Ending = 'end' | 'close' | 'stall';

export type Fault = FaultScope &
  (
    | { readonly kind: 'status'; readonly status: number; readonly retryAfterSeconds?: number; readonly location?: string }
    /** Takes the request and never answers. */
    | { readonly kind: 'silence' }
    /** The head and half of the body, and then the ending. */
    | { readonly kind: 'truncated'; readonly ending: Ending }
    /** A login page with status 200. */
    | { readonly kind: 'html' }
    | { readonly kind: 'latency'; readonly latencyMs: number }
    /** The right answer, one byte every `everyMs`. */
    | { readonly kind: 'drip'; readonly everyMs: number }
    /** With `digest` the artifact of that digest is malformed, else all are. */
    | { readonly kind: 'wrongShape'; readonly shape: Shape }
  );

/** A request as far as faults care. */
export interface Victim {
  readonly endpoint: Endpoint;
  readonly version: SummaryVersion | null;
  readonly checksums: readonly string[];
  /** That violations are asked of; null when none is named. */
  readonly watch: string | null;
}

export interface Faults {
  /** Returns the first fault that concerns the request, and counts it. */
  readonly take: (victim: Victim) => Fault | null;
  readonly inject: (fault: Fault) => () => void;
  /** Those that are on, in the order in which they strike. */
  readonly active: () => readonly Fault[];
  readonly clear: () => void;
}

/** Returns an empty set of faults. */
export function createFaults(): Faults {
  const entries: { readonly fault: Fault; left: number }[] = [];
  return {
    take: (victim) => {
      const entry = entries.find(({ fault, left }) => left > 0 && concerns(fault, victim));
      if (entry === undefined) return null;
      entry.left -= 1;
      return entry.fault;
    },
    inject: (fault) => {
      const entry = { fault, left: fault.times ?? Number.POSITIVE_INFINITY };
      entries.push(entry);
      return () => {
        const index = entries.indexOf(entry);
        if (index !== -1) entries.splice(index, 1);
      };
    },
    active: () =>
      entries
        .filter(({ left }) => left > 0)
        .map(({ fault, left }) => (left === Number.POSITIVE_INFINITY ? fault : { ...fault, times: left })),
    clear: () => {
      entries.length = 0;
    },
  };
}

function concerns(fault: FaultScope, victim: Victim): boolean {
  if (fault.version !== undefined && fault.version !== victim.version) return false;
  if (fault.endpoint !== undefined && fault.endpoint !== victim.endpoint) return false;
  if (fault.watch !== undefined && fault.watch !== victim.watch) return false;
  if (fault.aboveChecksums !== undefined && victim.checksums.length <= fault.aboveChecksums) return false;
  return fault.digest === undefined || victim.checksums.includes(hexOf(fault.digest));
}

/** Answers as the fault wants it; `body` is what would have been right. */
export function answerFault(response: ServerResponse, fault: Fault, body: Record<string, unknown>): void {
  switch (fault.kind) {
    case 'status':
      answerStatus(response, fault.status, {
        ...(fault.retryAfterSeconds === undefined ? {} : { 'retry-after': String(fault.retryAfterSeconds) }),
        ...(fault.location === undefined ? {} : { location: fault.location }),
      });
      break;
    case 'silence':
      break;
    case 'truncated':
      answerTruncated(response, JSON.stringify(body), fault.ending);
      break;
    case 'html':
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<!doctype html><title>Sign in</title><form></form>');
      break;
    case 'latency':
      answerLate(response, body, fault.latencyMs);
      break;
    case 'drip':
      answerDripping(response, JSON.stringify(body), fault.everyMs);
      break;
    case 'wrongShape':
      answerJson(response, 200, misshape(body, fault.shape, fault.digest));
      break;
  }
}

/** Answers with a status and JSON. */
export function answerJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** The bodies that are documented or were seen for a status. */
const statusBodies: Readonly<Record<number, unknown>> = {
  401: { error: 'Found invalid token' },
  404: '404 page not found',
  405: '405 method not allowed',
  415: { error: 'Failed to parse json.' },
  429: { errors: [{ status: 429, message: 'Too Many Requests' }] },
  500: { error: 'internal error' },
  502: '<html><head><title>502 Bad Gateway</title></head><body>502 Bad Gateway</body></html>',
  503: '<html><body><h1>503 Service Unavailable</h1></body></html>',
  504: { errors: [{ status: 504, message: 'timeout' }] },
};

/** Answers with a status and the body that goes with it. */
export function answerStatus(response: ServerResponse, status: number, headers: Readonly<Record<string, string>> = {}): void {
  const body = statusBodies[status] ?? { errors: [{ status, message: status === 403 ? 'Forbidden' : `status ${status}` }] };
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const type = typeof body !== 'string' ? 'application/json' : text.startsWith('<') ? 'text/html' : 'text/plain; charset=utf-8';
  response.writeHead(status, { 'content-type': type, ...headers }).end(text);
}

function answerTruncated(response: ServerResponse, text: string, ending: Ending): void {
  const half = text.slice(0, Math.ceil(text.length / 2));
  response.writeHead(200, { 'content-type': 'application/json' });
  if (ending === 'end') response.end(half);
  else response.write(half, () => (ending === 'close' ? response.destroy() : undefined));
}

function answerLate(response: ServerResponse, body: unknown, latencyMs: number): void {
  const timer = setTimeout(() => answerJson(response, 200, body), latencyMs);
  response.once('close', () => clearTimeout(timer));
}

function answerDripping(response: ServerResponse, text: string, everyMs: number): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  let written = 0;
  const timer = setInterval(() => {
    response.write(text.slice(written, written + 1));
    written += 1;
    if (written >= text.length) response.end();
  }, everyMs);
  response.once('close', () => clearInterval(timer));
}
