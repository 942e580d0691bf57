// One call to Xray over HTTP: credentials in, JSON out, everything else a failure with a name.

import { request } from 'undici';
import type { Connections } from './connections.ts';
import { errorText } from './error-text.ts';
import { type CallLimits, notJsonFailure, statusFailure, transportFailure, XrayFailure } from './errors.ts';

export interface TransportOptions {
  /** Without trailing slash, as `parseBaseUrl` returns it. */
  readonly baseUrl: string;
  readonly connections: Connections;
  readonly limits: CallLimits;
}

/** What one call sends. */
export interface Call {
  /** From `/api/` on, with its query. */
  readonly path: string;
  readonly body: unknown;
  /** The value of the header. */
  readonly authorization: string;
}

export interface Transport {
  /** Returns the JSON of a 200. Throws `XrayFailure`, or the signal's reason when that aborts. Never follows a redirect. */
  readonly post: (call: Call, signal: AbortSignal) => Promise<unknown>;
}

type Answer = Awaited<ReturnType<typeof request>>;

/** What a server says of a refusal fits in this, and comes with the head or does not matter. */
const errorBodyBytes = 8 * 1024;
const errorBodyWithinMs = 1_000;

/** Returns a transport over these connections. No I/O until it is asked. */
export function createTransport({ baseUrl, connections, limits }: TransportOptions): Transport {
  async function post({ path, body, authorization }: Call, signal: AbortSignal): Promise<unknown> {
    const dispatcher = await connections.dispatcher();
    signal.throwIfAborted();
    try {
      const response = await request(`${baseUrl}${path}`, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/json', accept: 'application/json' },
        body: JSON.stringify(body),
        dispatcher,
        signal: AbortSignal.any([signal, AbortSignal.timeout(limits.totalTimeoutMs)]),
      });
      if (response.statusCode !== 200) throw await refusal(response, authorization);
      return parseJson(await response.body.text(), headerText(response.headers['content-type']));
    } catch (thrown) {
      signal.throwIfAborted();
      throw thrown instanceof XrayFailure ? thrown : transportFailure(thrown, limits);
    }
  }

  return { post };
}

async function refusal(response: Answer, authorization: string): Promise<XrayFailure> {
  const { statusCode: status, headers, body } = response;
  const text = await startOf(body);
  return statusFailure({
    status,
    location: headerText(headers.location),
    retryAfter: headerText(headers['retry-after']),
    said: errorText(text, secretsIn(authorization)),
  });
}

/** Returns what came of a body within a little time and size; the status says enough where nothing did. */
async function startOf(body: Answer['body']): Promise<string> {
  const chunks: Buffer[] = [];
  const read = async (): Promise<void> => {
    let sizeBytes = 0;
    for await (const chunk of body) {
      chunks.push(Buffer.from(chunk));
      sizeBytes += chunks.at(-1)?.length ?? 0;
      if (sizeBytes >= errorBodyBytes) break;
    }
  };
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, errorBodyWithinMs);
  await Promise.race([read().catch(() => undefined), late]);
  clearTimeout(timer);
  body.destroy();
  return Buffer.concat(chunks).subarray(0, errorBodyBytes).toString('utf8');
}

/** A server may repeat what it was sent: the header's value, and a password or token in it. */
function secretsIn(authorization: string): readonly string[] {
  const [scheme = '', value = ''] = authorization.split(' ', 2);
  const decoded = scheme === 'Basic' ? Buffer.from(value, 'base64').toString('utf8') : '';
  return [value, decoded, decoded.slice(decoded.indexOf(':') + 1)];
}

/** A login page of a proxy comes with 200 too; the media type tells it from an answer that was cut. */
function parseJson(text: string, contentType: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw notJsonFailure(/^[a-z]+\/[a-z0-9.+-]{1,60}/i.exec(contentType)?.[0].toLowerCase() ?? 'no media type');
  }
}

function headerText(value: string | string[] | undefined): string {
  return typeof value === 'string' ? value : (value?.[0] ?? '');
}
