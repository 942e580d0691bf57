// The adapter to Xray: asks for what it knows of a batch of digests, and turns every failure into an answer that says so.

import { setTimeout as sleepFor } from 'node:timers/promises';
import type { ScanAnswer, ScanSource } from '../facts/scan.ts';
import { Failure, messageOf } from '../failure.ts';
import { parseBaseUrl, type XrayLayout } from './base-url.ts';
import type { Credentials } from './credentials.ts';
import { type CallLimits, shapeFailure, XrayFailure } from './errors.ts';
import { hexOf, parseSummary } from './parse-summary.ts';
import { retryDelayMs } from './retry.ts';
import { createTransport, type Transport } from './transport.ts';

export type Sleep = (ms: number, signal: AbortSignal) => Promise<void>;

export interface XrayClientOptions {
  /** As people give it; see `parseBaseUrl`. */
  readonly url: string;
  /** `platform` when omitted. */
  readonly layout?: XrayLayout;
  /** A function is asked before each call, for tokens that change. */
  readonly credentials: Credentials | (() => Promise<Credentials>);
  readonly limits?: Partial<CallLimits>;
  /** Waits between retries; rejects when the signal aborts. */
  readonly sleep?: Sleep;
  /** In [0, 1). */
  readonly random?: () => number;
}

export interface XrayClient extends ScanSource {
  /** Ends all connections. Safe to call twice. */
  readonly close: () => Promise<void>;
}

/** The size of an answer is the limit, not that of a question: an image may have thousands of issues. */
const batchSize = 50;

const defaultLimits: CallLimits = {
  // A summary of many large images takes Xray seconds; a server that says nothing for this long is not going to.
  firstByteTimeoutMs: 20_000,
  bodyTimeoutMs: 30_000,
  totalTimeoutMs: 120_000,
  // Fifty images of a megabyte each, which real ones reach.
  maxBodyBytes: 64 * 2 ** 20,
};

/**
 * Returns the source of scans at `url`. No I/O until it is asked. Throws `Failure` when the URL cannot be one of Xray.
 * Where Xray has no v2 of the summary it is asked by v1 from then on, which names neither components nor fixes.
 * Reasons that concern the credentials begin with `Xray refused the credentials`, or say what makes them unusable.
 */
export function createXrayClient(options: XrayClientOptions): XrayClient {
  const base = parseBaseUrl(options.url, options.layout);
  if (base.kind === 'invalid') throw new Failure(base.problem, { retry: 'never', reason: 'BadUrl' });
  const { credentials, random = Math.random, sleep = (ms, signal) => sleepFor(ms, undefined, { signal }) } = options;
  const transport = createTransport({
    baseUrl: base.url,
    credentials: typeof credentials === 'function' ? credentials : async () => credentials,
    limits: { ...defaultLimits, ...options.limits },
  });
  const postSummary = summaryPoster(retryingPost(transport.post, sleep, random));

  async function scans(digests: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, ScanAnswer>> {
    signal.throwIfAborted();
    const askable = digests.filter((digest) => /^sha256:[0-9a-f]{64}$/i.test(digest));
    const answers = new Map(digests.map((digest) => [digest, unavailable('Xray knows images by sha256 digests only')]));
    if (askable.length === 0) return answers;
    try {
      const summary = parseSummary(await postSummary([...new Set(askable.map(hexOf))], signal), askable);
      if (summary.kind === 'malformed') throw shapeFailure(summary.problem);
      return new Map([...answers, ...summary.answers]);
    } catch (thrown) {
      signal.throwIfAborted();
      const answer = { ...unavailable(messageOf(thrown)), ...(isTooMuch(thrown) ? { smaller: true as const } : {}) };
      return new Map([...answers, ...askable.map((digest) => [digest, answer] as const)]);
    }
  }

  return { scans, batchSize, close: transport.close };
}

/** Tells whether fewer images at once may bring an answer: the size of the answer is the limit, and one image may be the whole of it. */
function isTooMuch(thrown: unknown): boolean {
  return thrown instanceof XrayFailure && (thrown.kind === 'TooLarge' || thrown.kind === 'TimedOut' || thrown.kind === 'DoesNotParse');
}

function retryingPost(post: Transport['post'], sleep: Sleep, random: () => number): Transport['post'] {
  return async (path, body, signal) => {
    for (let retries = 0; ; retries += 1) {
      try {
        return await post(path, body, signal);
      } catch (thrown) {
        const delayMs = thrown instanceof XrayFailure ? retryDelayMs(thrown, retries, random()) : null;
        if (delayMs === null) throw thrown;
        await sleep(delayMs, signal);
      }
    }
  };
}

type SummaryPost = (checksums: readonly string[], signal: AbortSignal) => Promise<unknown>;

function summaryPoster(post: Transport['post']): SummaryPost {
  let hasV2 = true;
  return async (checksums, signal) => {
    if (hasV2) {
      try {
        return await post('/api/v2/summary/artifact', { checksums }, signal);
      } catch (thrown) {
        if (!(thrown instanceof XrayFailure && thrown.kind === 'NotFound')) throw thrown;
      }
    }
    const body = await post('/api/v1/summary/artifact', { checksums }, signal);
    // Only now: where the URL is wrong both are missing, and that must not cost us v2 once it is right.
    hasV2 = false;
    return body;
  };
}

function unavailable(reason: string): ScanAnswer {
  return { kind: 'unavailable', reason };
}
