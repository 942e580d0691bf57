// Liveness and readiness over HTTP: `/healthz` while the process answers, `/readyz` once it works. Listens on a port.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface HealthOptions {
  /** 0 takes a free one. */
  readonly port: number;
  /** Absent: all addresses, as a probe of the kubelet needs it. */
  readonly host?: string;
  /** Undefined when ready; else the reason, which is answered. */
  readonly whyNotReady: () => string | undefined;
}

export interface Health {
  /** The port that is listened on. */
  readonly port: number;
  readonly close: () => Promise<void>;
}

/** Starts to listen. Rejects when the port cannot be had. */
export async function startHealth(options: HealthOptions): Promise<Health> {
  const server = createServer((request, response) => {
    const [status, text] = answerTo(request.url ?? '', options.whyNotReady);
    response.writeHead(status, { 'content-type': 'text/plain' }).end(`${text}\n`);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  // A server that listens on a port has an address of this form.
  const { port } = server.address() as AddressInfo;
  return { port, close: () => closed(server) };
}

function answerTo(url: string, whyNotReady: () => string | undefined): readonly [number, string] {
  switch (url.split('?')[0]) {
    case '/healthz':
      return [200, 'ok'];
    case '/readyz': {
      const why = whyNotReady();
      return why === undefined ? [200, 'ok'] : [503, `not ready: ${why}`];
    }
    default:
      return [404, 'not found'];
  }
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
