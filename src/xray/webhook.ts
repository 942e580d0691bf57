// The receiver of Xray's webhooks: tells which images and watches Xray has news about, and decides nothing. Listens on a port.
import type { Notice } from '../facts/notice.ts';
import { messageOf } from '../failure.ts';
import { createBodyMemory } from './webhook-body.ts';
import { createAllowance, createCoalescer, createCopies } from './webhook-flood.ts';
import { createReceiver } from './webhook-receiver.ts';
import { type ServerLimits, startWebhookServer, type WebhookServerOptions } from './webhook-server.ts';
import { type CountedWord, createTally } from './webhook-tally.ts';

export interface WebhookOptions extends WebhookServerOptions {
  /** Asked for each request, so that a token may change while we run; it is neither kept nor logged. */
  readonly readToken: () => Promise<string>;
  /** Called at once, each name at most once a second; must not throw. */
  readonly onNotice: (notice: Notice) => void;
  readonly limits?: Partial<WebhookLimits>;
}

export interface WebhookLimits extends ServerLimits {
  readonly maxBodyBytes: number;
  /** Of all bodies that are being read. */
  readonly maxMemoryBytes: number;
}

export interface Webhook {
  /** The port that is listened on. */
  readonly port: number;
  /** Since the start. */
  readonly totals: () => Readonly<Record<CountedWord, number>>;
  /** Ends all connections, those in use included: what they would have said is asked about anyway, later. Calling it twice is safe. */
  readonly close: () => Promise<void>;
}

const defaultLimits: WebhookLimits = {
  // Headers come in one packet; what takes longer keeps a connection from others.
  headersTimeoutMs: 10_000,
  // 16 MiB at 5 Mbit/s.
  requestTimeoutMs: 30_000,
  // Bodies of a megabyte for one image were seen, and a body may be about many.
  maxBodyBytes: 16 * 2 ** 20,
  // Two of the largest, or some hundred of usual size; parsed they take a few times as much for a moment, one at a time.
  maxMemoryBytes: 32 * 2 ** 20,
  // Xray needs a handful.
  maxConnections: 200,
  // The kubelet itself takes up to a minute to bring a changed Secret.
  certificateIntervalMs: 10_000,
};
// The same news come once for each watch and policy; news that differ must not wait much longer.
const windowMs = 1000;
const maxNames = 10_000;
const maxCopies = 1000;
// JSON is parsed on the thread that watches the cluster, at about 100 MB a second: this leaves it nine tenths of its time.
const parsedBytesPerSecond = 10 * 2 ** 20;
const parsedBytesAtOnce = 64 * 2 ** 20;

/** Starts to listen. Throws `Failure` when the port cannot be had or the certificate cannot be used. */
export async function startWebhook(options: WebhookOptions): Promise<Webhook> {
  const { timers, log, onNotice } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const tally = createTally(timers, log);
  const coalescing = { timers, windowMs, maxNames };
  const digests = createCoalescer({ ...coalescing, tell: (names) => onNotice({ digests: names, watches: [] }) });
  const watches = createCoalescer({ ...coalescing, tell: (names) => onNotice({ digests: [], watches: names }) });
  const onRequest = createReceiver({
    ...tokenReading(options),
    onNotice: (notice) => {
      digests.add(notice.digests);
      watches.add(notice.watches);
    },
    tally,
    timers,
    maxBodyBytes: limits.maxBodyBytes,
    memory: createBodyMemory(limits.maxMemoryBytes),
    allowance: createAllowance({ timers, burst: parsedBytesAtOnce, perSecond: parsedBytesPerSecond }),
    copies: createCopies({ timers, windowMs, max: maxCopies }),
  });
  const server = await startWebhookServer(options, { limits, onRequest });
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    await server.close();
    digests.close();
    watches.close();
    tally.close();
  };
  return {
    port: server.port,
    totals: tally.totals,
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}

/** A token that cannot be read is logged once, and again only after it could be read. */
function tokenReading({ readToken, log }: WebhookOptions) {
  let isReported = false;
  return {
    readToken: async () => {
      const token = await readToken();
      if (token === '') throw new Error('it is empty');
      isReported = false;
      return token;
    },
    onTokenProblem: (thrown: unknown) => {
      if (!isReported) log.error({ error: messageOf(thrown) }, 'webhook token cannot be read, so nobody is let in');
      isReported = true;
    },
  };
}
