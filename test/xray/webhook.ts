// Sends webhooks as Xray does: the headers that it sends and no others, over HTTP or TLS.

import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { type WebhookEvent, webhookBody } from './webhook-bodies.ts';

/** How Xray says who it is: each webhook has a user with a password, or headers of its own. */
export type WebhookLogin =
  | { readonly kind: 'basic'; readonly user: string; readonly password: string }
  /** `X-Auth-Token`, which KubeXray read. */
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'header'; readonly name: string; readonly value: string };

export interface Webhook extends Partial<WebhookEvent> {
  readonly login?: WebhookLogin;
  /** PEM of the authority that signed the receiver's certificate; that of the machine when omitted. */
  readonly ca?: string;
  /** Sent as it is, in place of what the event would be. */
  readonly body?: string;
  /** `3.104.8` when omitted. */
  readonly xrayVersion?: string;
  /** An answer has to be there within this time; 10 s when omitted, for no test waits longer. */
  readonly timeoutMs?: number;
}

export interface Receipt {
  readonly status: number;
  readonly text: string;
}

/** Sends one webhook, once. Rejects when there is no answer. */
export function sendWebhook(url: string, webhook: Webhook): Promise<Receipt> {
  const { images = [], login, ca, timeoutMs = 10_000 } = webhook;
  const body = webhook.body ?? JSON.stringify(webhookBody({ ...webhook, images }));
  const options = {
    method: 'POST',
    headers: { ...headersOf(webhook.xrayVersion ?? '3.104.8', login), 'content-length': Buffer.byteLength(body) },
    // A connection for each, so that nothing of it stays when the receiver is closed.
    agent: false as const,
    signal: AbortSignal.timeout(timeoutMs),
  };
  const isTls = url.startsWith('https:');
  return new Promise((resolve, reject) => {
    const request = isTls ? requestHttps(url, ca === undefined ? options : { ...options, ca }) : requestHttp(url, options);
    request.once('error', reject);
    request.once('response', (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.once('error', reject);
      response.once('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    request.end(body);
  });
}

/** No content type: none is documented. */
function headersOf(version: string, login: WebhookLogin | undefined): Record<string, string> {
  const headers = { 'user-agent': `Xray/${version}`, 'x-xray-version': version, 'accept-encoding': 'gzip' };
  switch (login?.kind) {
    case undefined:
      return headers;
    case 'basic':
      return { ...headers, authorization: `Basic ${Buffer.from(`${login.user}:${login.password}`).toString('base64')}` };
    case 'token':
      return { ...headers, 'x-auth-token': login.token };
    case 'header':
      return { ...headers, [login.name]: login.value };
  }
}
