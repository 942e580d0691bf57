// The HTTP or HTTPS server under the webhook: its time-outs, its certificate as it changes, and its end. Listens on a port, reads files.
import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Log } from '../controller/log.ts';
import type { Timers } from '../controller/queue.ts';
import { Failure, messageOf } from '../failure.ts';
import { type CertificateFiles, readCertificate, watchCertificate } from './webhook-certificate.ts';

export interface WebhookServerOptions {
  /** 0 takes a free one. */
  readonly port: number;
  /** Absent: all addresses. */
  readonly host?: string;
  /** Absent: plain HTTP. */
  readonly certificate?: CertificateFiles;
  readonly timers: Timers;
  readonly log: Log;
}

export interface ServerLimits {
  readonly headersTimeoutMs: number;
  /** From the first byte of a request to its last. */
  readonly requestTimeoutMs: number;
  readonly maxConnections: number;
  readonly certificateIntervalMs: number;
}

export interface WebhookServer {
  readonly port: number;
  /** Ends all connections, those in use included. */
  readonly close: () => Promise<void>;
}

/** Starts to listen. Throws `Failure` when the port cannot be had or the certificate cannot be used. */
export async function startWebhookServer(
  options: WebhookServerOptions,
  { limits, onRequest }: { readonly limits: ServerLimits; readonly onRequest: RequestListener },
): Promise<WebhookServer> {
  const { certificate } = options;
  if (certificate === undefined) return serve(createServer(timeouts(limits)), { options, limits, onRequest });
  const current = await readCertificate(certificate);
  const server = createTlsServer({ ...timeouts(limits), ...current });
  const served = await serve(server, { options, limits, onRequest });
  const { certificateIntervalMs: intervalMs } = limits;
  // Connections that are there keep the certificate that they were opened with.
  const onChange = server.setSecureContext.bind(server);
  const stopWatching = watchCertificate({ ...options, ...certificate, current, intervalMs, onChange });
  return {
    ...served,
    close: () => {
      stopWatching();
      return served.close();
    },
  };
}

interface Serving {
  readonly options: WebhookServerOptions;
  readonly limits: ServerLimits;
  readonly onRequest: RequestListener;
}

async function serve(server: Server | TlsServer, { options, limits, onRequest }: Serving): Promise<WebhookServer> {
  // Without the second, Node asks for the body before we know who sends it.
  server.on('request', onRequest).on('checkContinue', onRequest);
  server.maxConnections = limits.maxConnections;
  const closeSockets = trackSockets(server);
  const port = await listen(server, options);
  return {
    port,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      closeSockets();
      await closed;
    },
  };
}

function timeouts({ headersTimeoutMs, requestTimeoutMs }: ServerLimits): ServerOptions & { handshakeTimeout: number } {
  return {
    headersTimeout: Math.min(headersTimeoutMs, requestTimeoutMs),
    requestTimeout: requestTimeoutMs,
    handshakeTimeout: headersTimeoutMs,
    // How often the first two are looked after.
    connectionsCheckingInterval: Math.min(1000, headersTimeoutMs),
  };
}

/** Returns what ends every connection; Node's own way passes over those whose handshake is not done. */
function trackSockets(server: Server | TlsServer): () => void {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return () => {
    for (const socket of sockets) socket.destroy();
  };
}

async function listen(server: Server | TlsServer, { port, host }: WebhookServerOptions): Promise<number> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, resolve);
    });
  } catch (cause) {
    throw new Failure(`listen for webhooks on port ${port}: ${messageOf(cause)}`, { retry: 'never', reason: 'PortUnusable', cause });
  }
  // A server that listens on a port has an address of this form.
  return (server.address() as AddressInfo).port;
}
