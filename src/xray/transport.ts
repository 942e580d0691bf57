// One call to Xray over HTTP: credentials in, JSON out, everything else a failure with a name.

import { Agent, request } from 'undici';
import { authorizationHeader, type Credentials } from './credentials.ts';
import { type CallLimits, shapeFailure, statusFailure, transportFailure, XrayFailure } from './errors.ts';

export interface TransportOptions {
  /** Without trailing slash, as `parseBaseUrl` returns it. */
  readonly baseUrl: string;
  /** Asked before each call, so that a token may change while we run. */
  readonly credentials: () => Promise<Credentials>;
  readonly limits: CallLimits;
}

export interface Transport {
  /** Returns the JSON of a 200. Throws `XrayFailure`, or the signal's reason when that aborts. Never follows a redirect. */
  readonly post: (path: string, body: unknown, signal: AbortSignal) => Promise<unknown>;
  /** Ends all connections; calls under way fail. */
  readonly close: () => Promise<void>;
}

/** Returns a transport with connections of its own. No I/O until it is asked. */
export function createTransport({ baseUrl, credentials, limits }: TransportOptions): Transport {
  const dispatcher = new Agent({
    connect: { timeout: limits.firstByteTimeoutMs },
    headersTimeout: limits.firstByteTimeoutMs,
    bodyTimeout: limits.bodyTimeoutMs,
    maxResponseSize: limits.maxBodyBytes,
  });

  async function post(path: string, body: unknown, signal: AbortSignal): Promise<unknown> {
    const authorization = await readAuthorization(credentials);
    signal.throwIfAborted();
    try {
      const response = await request(`${baseUrl}${path}`, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/json', accept: 'application/json' },
        body: JSON.stringify(body),
        dispatcher,
        signal: AbortSignal.any([signal, AbortSignal.timeout(limits.totalTimeoutMs)]),
      });
      const { statusCode: status, headers } = response;
      if (status !== 200) {
        // Not awaited: the status says enough, and an error page may take its time.
        response.body.dump().catch(() => undefined);
        throw statusFailure({ status, location: headerText(headers.location), retryAfter: headerText(headers['retry-after']) });
      }
      return parseJson(await response.body.text(), headerText(headers['content-type']));
    } catch (thrown) {
      signal.throwIfAborted();
      throw thrown instanceof XrayFailure ? thrown : transportFailure(thrown, limits);
    }
  }

  return { post, close: () => dispatcher.destroy() };
}

async function readAuthorization(credentials: () => Promise<Credentials>): Promise<string> {
  try {
    return authorizationHeader(await credentials());
  } catch (cause) {
    if (cause instanceof XrayFailure) throw cause;
    throw new XrayFailure('CredentialsUnusable', 'the credentials for Xray could not be read', { cause });
  }
}

/** A login page of a proxy comes with 200 too; the media type tells it from an answer that was cut. */
function parseJson(text: string, contentType: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const mediaType = /^[a-z]+\/[a-z0-9.+-]{1,60}/i.exec(contentType)?.[0].toLowerCase() ?? 'no media type';
    throw shapeFailure(`it is not JSON (${mediaType})`);
  }
}

function headerText(value: string | string[] | undefined): string {
  return typeof value === 'string' ? value : (value?.[0] ?? '');
}
