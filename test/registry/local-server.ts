// A plain HTTP server on a free loopback port that answers as a test says, for registries that no real one can play.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

export interface LocalServer {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  /** Method, path and the value of Authorization of each request, in order. */
  readonly asked: readonly string[];
  readonly stop: () => Promise<void>;
}

/** Starts a server; `answer` may leave the response open for ever. */
export async function startServer(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<LocalServer> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push([request.method, request.url, request.headers.authorization].filter((part) => part !== undefined).join(' '));
    answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('listen: no port');
  const stop = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  return { host: `127.0.0.1:${address.port}`, asked, stop };
}
