// Sends webhooks over real sockets, and shows what comes back even where the receiver ends the connection early.
import { type IncomingMessage, type RequestOptions, request } from 'node:http';
import { request as tlsRequest } from 'node:https';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { webhookBody } from './webhook-bodies.ts';

export interface WebhookPost extends Pick<RequestOptions, 'method' | 'agent'> {
  readonly port: number;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A value is sent as JSON, a stream in chunks as they come. */
  readonly body?: unknown;
  /** By TLS, trusting this certificate. */
  readonly ca?: string;
}

export interface WebhookReply {
  readonly status: number;
  readonly text: string;
  readonly headers: IncomingMessage['headers'];
}

/** Resolves with the answer, which may come before all was sent; rejects when there is none. */
export async function postWebhook({ body = {}, ca, port, ...given }: WebhookPost): Promise<WebhookReply> {
  const options = { host: '127.0.0.1', port, path: '/webhook', method: 'POST', ...given };
  const outgoing = ca === undefined ? request(options) : tlsRequest({ ...options, ca });
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.on('response', resolve).on('error', reject);
  });
  if (isStream(body)) {
    // Else they would wait for the first of the body.
    outgoing.flushHeaders();
    body.pipe(outgoing);
  } else outgoing.end(typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body));
  const response = await answered;
  return { status: response.statusCode ?? 0, text: await text(response), headers: response.headers };
}

/** A body as Xray sends it about a new issue in these manifests, seen by the watch `production`. */
export function bodyAbout(...digests: readonly string[]): object {
  const images = digests.map((digest, index) => ({ name: `shop/image:${index}`, digest, repositories: ['docker-local'] }));
  return webhookBody({ images, issues: [{ id: 'XRAY-1', severity: 'High' }] });
}

function isStream(body: unknown): body is Readable {
  return typeof body === 'object' && body !== null && 'pipe' in body;
}
