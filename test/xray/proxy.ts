// A proxy on the loopback that opens tunnels (CONNECT), and keeps every byte of what was said to itself.

import { createServer, type IncomingMessage, type Server } from 'node:http';
import { connect, type Socket } from 'node:net';

export interface TestProxy {
  readonly url: string;
  /** What it was asked for: method, target, and the headers that came with it. */
  readonly asked: () => readonly { readonly method: string; readonly target: string; readonly headers: IncomingMessage['headers'] }[];
  readonly close: () => Promise<void>;
}

/** Starts it. `hangs`: takes requests for tunnels and never opens one; `refusesWith`: answers them with this status. */
export async function startProxy({ hangs = false, refusesWith = 0 } = {}): Promise<TestProxy> {
  const asked: ReturnType<TestProxy['asked']>[number][] = [];
  const sockets = new Set<Socket>();
  const note = (request: IncomingMessage): void => {
    asked.push({ method: request.method ?? '', target: request.url ?? '', headers: request.headers });
  };
  const server = createServer((request, response) => {
    note(request);
    response.writeHead(501).end();
  });
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
  });
  server.on('connect', (request: IncomingMessage, socket: Socket) => {
    note(request);
    if (hangs) return;
    if (refusesWith !== 0) {
      socket.end(`HTTP/1.1 ${refusesWith} No\r\n\r\n`);
      return;
    }
    const [host = '', port = ''] = (request.url ?? '').split(':');
    const target = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      socket.pipe(target).pipe(socket);
    });
    sockets.add(target);
    target.on('error', () => socket.destroy());
  });
  const port = await listen(server);
  return {
    url: `http://127.0.0.1:${port}`,
    asked: () => asked,
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
}
