// The adapter to Xray: asks for what it knows of a batch of digests, and turns every failure into an answer that says so.

import type { Clock } from '../facts/clock.ts';
import type { ScanAnswer, ScanSource } from '../facts/scan.ts';
import type { WatchSource } from '../facts/watch-source.ts';
import { Failure, messageOf } from '../failure.ts';
import { createArtifactStatus } from './artifact-status.ts';
import { parseBaseUrl, type XrayLayout } from './base-url.ts';
import { createCalls } from './calls.ts';
import { type ConnectionsOptions, createConnections } from './connections.ts';
import type { Credentials } from './credentials.ts';
import { type CallLimits, shapeFailure, XrayFailure } from './errors.ts';
import { defaultLimits, type LimiterOptions } from './limiter.ts';
import { hexOf, parseSummary } from './parse-summary.ts';
import { createSummaryPost } from './summary-post.ts';
import { createTransport } from './transport.ts';
import { createViolations } from './violations.ts';

export interface XrayClientOptions extends Pick<ConnectionsOptions, 'proxies' | 'authority'> {
  /** As people give it; see `parseBaseUrl`. */
  readonly url: string;
  /** `platform` when omitted. */
  readonly layout?: XrayLayout;
  /** A function is asked before each call, for tokens that change. */
  readonly credentials: Credentials | (() => Promise<Credentials>);
  /** Key of the JFrog project whose violations and states are asked for; all that the user may read when omitted. */
  readonly project?: string;
  readonly limits?: Partial<CallLimits>;
  readonly limiter?: Partial<Omit<LimiterOptions, 'clock'>>;
  readonly clock?: Clock;
  /** In [0, 1). */
  readonly random?: () => number;
}

export interface XrayClient extends Required<ScanSource>, WatchSource {
  /** Ends all connections. Safe to call twice. */
  readonly close: () => Promise<void>;
}

/** The size of an answer is the limit, not that of a question: an image may have thousands of issues. */
const batchSize = 50;

const defaultCallLimits: CallLimits = {
  // A summary of many large images takes Xray seconds; a server that says nothing for this long is not going to.
  firstByteTimeoutMs: 20_000,
  // Xray writes an answer as it reads its database; a pause longer than a slow query is a connection that died.
  bodyTimeoutMs: 30_000,
  // 64 MiB at half a megabyte a second.
  totalTimeoutMs: 120_000,
  // Fifty images of a megabyte each, which real ones reach.
  maxBodyBytes: 64 * 2 ** 20,
};

const realClock: Clock = {
  now: () => new Date(),
  setTimer: (run, delayMs) => {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};

/**
 * Returns the source of scans and violations at `url`. No I/O until it is asked. Throws `Failure` when the URL cannot be one of Xray.
 * Where Xray has no v2 of the summary it is asked by v1, which names neither components nor fixes, until v2 is tried again.
 * Reasons that concern the credentials begin with `Xray refused the credentials`, or say what makes them unusable.
 */
export function createXrayClient(options: XrayClientOptions): XrayClient {
  const base = parseBaseUrl(options.url, options.layout);
  if (base.kind === 'invalid') throw new Failure(base.problem, { retry: 'never', reason: 'BadUrl' });
  const { credentials, random = Math.random, clock = realClock, project } = options;
  const limits = { ...defaultCallLimits, ...options.limits };
  const connections = createConnections({ ...options, baseUrl: base.url, limits });
  const listeners = new Set<() => void>();
  const calls = createCalls({
    transport: createTransport({ baseUrl: base.url, connections, limits }),
    credentials: typeof credentials === 'function' ? credentials : async () => credentials,
    limiter: { ...defaultLimits, ...options.limiter },
    clock,
    random,
    onRecovery: () => {
      for (const listener of listeners) listener();
    },
  });
  const postSummary = createSummaryPost(calls, clock.now);
  const query = project === undefined ? '' : `?projectKey=${encodeURIComponent(project)}`;
  const { rows } = createViolations(calls, query);
  const whyUnscanned = createArtifactStatus({ calls, baseUrl: base.url, query, now: clock.now });

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
      const answer = answerTo(thrown);
      return new Map([...answers, ...askable.map((digest) => [digest, answer] as const)]);
    }
  }

  return {
    scans,
    rows,
    whyUnscanned,
    batchSize,
    waitMs: calls.waitMs,
    onRecovery: (listener) => void listeners.add(listener),
    close: connections.close,
  };
}

function answerTo(thrown: unknown): ScanAnswer {
  const answer = unavailable(messageOf(thrown));
  if (!(thrown instanceof XrayFailure)) return answer;
  return {
    ...answer,
    ...(thrown.smaller ? { smaller: true as const } : {}),
    ...(thrown.retryInMs === undefined ? {} : { retryInMs: thrown.retryInMs }),
  };
}

function unavailable(reason: string): Extract<ScanAnswer, { kind: 'unavailable' }> {
  return { kind: 'unavailable', reason };
}
