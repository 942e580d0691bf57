// Connections to Xray: with the authority that its certificate is checked by, and through a proxy where there is one.

import { getCACertificates } from 'node:tls';
import { Agent, type Dispatcher, EnvHttpProxyAgent, Pool } from 'undici';
import { type CallLimits, XrayFailure } from './errors.ts';

/** Proxies as the environment names them; empty for none. */
export interface Proxies {
  readonly httpProxy: string;
  readonly httpsProxy: string;
  readonly noProxy: string;
}

export interface ConnectionsOptions {
  /** Of Xray. */
  readonly baseUrl: string;
  readonly limits: CallLimits;
  readonly proxies?: Proxies;
  /** Returns certificates as PEM that are believed besides the usual ones. Asked before each call, so that they may change. */
  readonly authority?: () => Promise<string>;
}

export interface Connections {
  /** Returns what calls go through. Throws `XrayFailure` when the authority cannot be read. */
  readonly dispatcher: () => Promise<Dispatcher>;
  /** Ends all connections; calls under way fail. Safe to call twice. */
  readonly close: () => Promise<void>;
}

/** Returns connections that are made when they are needed, and anew when the authority changes. */
export function createConnections(options: ConnectionsOptions): Connections {
  let current: { readonly ca: string | undefined; readonly dispatcher: Dispatcher } | null = null;
  const retired = new Set<Dispatcher>();

  async function dispatcher(): Promise<Dispatcher> {
    const ca = await readAuthority(options.authority);
    if (current !== null && current.ca === ca) return current.dispatcher;
    if (current !== null) retire(current.dispatcher);
    current = { ca, dispatcher: createDispatcher(options, ca) };
    return current.dispatcher;
  }

  function retire(old: Dispatcher): void {
    retired.add(old);
    // What is under way may end.
    void old.close().finally(() => retired.delete(old));
  }

  async function close(): Promise<void> {
    const all = [...retired, ...(current === null ? [] : [current.dispatcher])];
    await Promise.all(all.map((each) => each.destroy()));
  }

  return { dispatcher, close };
}

async function readAuthority(authority: (() => Promise<string>) | undefined): Promise<string | undefined> {
  if (authority === undefined) return undefined;
  try {
    return await authority();
  } catch (cause) {
    throw new XrayFailure('AuthorityUnusable', 'the certificates to check Xray by could not be read', { cause });
  }
}

function createDispatcher({ baseUrl, limits, proxies }: ConnectionsOptions, ca: string | undefined): Dispatcher {
  const timeouts = {
    headersTimeout: limits.firstByteTimeoutMs,
    bodyTimeout: limits.bodyTimeoutMs,
    maxResponseSize: limits.maxBodyBytes,
  };
  // Besides the usual ones: a proxy, or a way through a public load balancer, may show a certificate of those.
  const trusted = ca === undefined ? {} : { ca: [...getCACertificates('default'), ca] };
  const connect = { timeout: limits.firstByteTimeoutMs, ...trusted };
  const direct = { ...timeouts, connect };
  // The proxy for plain HTTP is not one for HTTPS as well, as undici would have it and no other tool does.
  const proxy = baseUrl.startsWith('https:') ? proxies?.httpsProxy : proxies?.httpProxy;
  if (proxies === undefined || proxy === undefined || proxy === '') return new Agent(direct);
  return new EnvHttpProxyAgent({
    ...direct,
    httpProxy: proxy,
    httpsProxy: proxy,
    noProxy: proxies.noProxy,
    // A tunnel also for plain HTTP: else the request itself, credentials included, would be addressed to the proxy, and without our limits.
    proxyTunnel: true,
    connectTimeout: limits.firstByteTimeoutMs,
    requestTls: trusted,
    proxyTls: trusted,
    // The connection to the proxy itself has no limits unless it is given some.
    clientFactory: (origin, given) => new Pool(origin, { ...given, ...timeouts }),
  });
}
