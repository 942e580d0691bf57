// One HTTP request to a registry or to its token server: bounded in time and size, following no redirect.
import { getCACertificates } from 'node:tls';
import { type Dispatcher, EnvHttpProxyAgent, request } from 'undici';
import { guardedLookup } from './addresses.ts';
import { RegistryFailure, transportFailure } from './errors.ts';

export interface TransportOptions {
  /** Hosts that may stand for an address of this machine. */
  readonly loopbackNames: ReadonlySet<string>;
  /** PEM, in addition to the usual authorities. */
  readonly ca?: string;
  /** As the variables of that name have them; empty for none. Each host is then looked up by the proxy. */
  readonly proxy?: { readonly httpProxy: string; readonly httpsProxy: string; readonly noProxy: string };
  readonly limits: TransportLimits;
}

export interface TransportLimits {
  readonly connectTimeoutMs: number;
  /** To the first byte of the answer, and between two pieces of it. */
  readonly silenceTimeoutMs: number;
  /** For the whole of one question, with its token and its redirects. */
  readonly totalTimeoutMs: number;
  readonly maxBodyBytes: number;
}

/** What the OCI distribution specification (1.1, "Pushing manifests") lets a registry refuse to store: 4 MiB. A registry answers in well under a second. */
export const defaultLimits: TransportLimits = {
  connectTimeoutMs: 5_000,
  silenceTimeoutMs: 10_000,
  totalTimeoutMs: 30_000,
  maxBodyBytes: 4 * 2 ** 20,
};

export interface Answer {
  readonly status: number;
  /** Empty text for a header that is absent; of several the first. */
  readonly header: (name: string) => string;
  readonly challenges: readonly string[];
  readonly body: Uint8Array;
}

export interface Ask {
  readonly headers: Readonly<Record<string, string>>;
  /** A form to POST; a GET without. */
  readonly form?: URLSearchParams;
  readonly signal: AbortSignal;
}

export interface Transport {
  /** Throws `RegistryFailure`, or the signal's reason when that aborts. */
  readonly ask: (url: URL, question: Ask) => Promise<Answer>;
  /** Ends all connections; requests under way fail. */
  readonly close: () => Promise<void>;
}

/** Returns a transport with connections of its own. No I/O until it is asked. */
export function createTransport({ loopbackNames, ca, proxy, limits }: TransportOptions): Transport {
  const authorities = ca === undefined ? {} : { ca: [...getCACertificates('default'), ca] };
  const dispatcher: Dispatcher = new EnvHttpProxyAgent({
    connect: { timeout: limits.connectTimeoutMs, lookup: guardedLookup(loopbackNames), ...authorities },
    requestTls: authorities,
    headersTimeout: limits.silenceTimeoutMs,
    bodyTimeout: limits.silenceTimeoutMs,
    maxResponseSize: limits.maxBodyBytes,
    allowH2: false,
    // Given even when empty: left out, it would read the environment itself.
    httpProxy: proxy?.httpProxy ?? '',
    httpsProxy: proxy?.httpsProxy ?? '',
    noProxy: proxy?.noProxy ?? '',
  });

  async function ask(url: URL, { headers, form, signal }: Ask): Promise<Answer> {
    try {
      const response = await request(url, {
        method: form === undefined ? 'GET' : 'POST',
        headers: form === undefined ? headers : { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
        ...(form && { body: form.toString() }),
        dispatcher,
        signal,
      });
      const first = (value: string | string[] | undefined) => (typeof value === 'string' ? value : (value?.[0] ?? ''));
      const challenge = response.headers['www-authenticate'] ?? [];
      return {
        status: response.statusCode,
        header: (name) => first(response.headers[name]),
        challenges: typeof challenge === 'string' ? [challenge] : challenge,
        body: new Uint8Array(await response.body.arrayBuffer()),
      };
    } catch (thrown) {
      // A time-out of ours comes as an abort of the same signal: the caller tells them apart.
      signal.throwIfAborted();
      throw thrown instanceof RegistryFailure ? thrown : transportFailure(url.host, thrown);
    }
  }

  return { ask, close: () => dispatcher.destroy() };
}
