// Stands between controller and stand-in, passes everything on as it is, and writes down what was asked and what was really told. HTTP.
import { type ClientRequest, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { at } from '../cluster/at.ts';
import { type Telling, tellingsOf } from './storm-told.ts';

export interface TappedCall {
  /** When it came, in milliseconds since the epoch. */
  readonly atMs: number;
  readonly path: string;
  /** Bare hex; empty for what is no question for summaries. */
  readonly checksums: readonly string[];
  /** Undefined while there is no answer. */
  status: number | undefined;
}

export interface Tap {
  /** In place of the URL of the stand-in. */
  readonly url: string;
  /** `127.0.0.1:<port>`, for images that come from there. */
  readonly host: string;
  /** In the order of arrival. */
  readonly calls: () => readonly TappedCall[];
  /** What was told of a digest (`sha256:<hex>`), in the order of time. */
  readonly told: (digest: string) => readonly Telling[];
  /** Breaks all connections on which an answer is owed, as a restart of Xray does. */
  readonly cut: () => void;
  readonly close: () => Promise<void>;
}

/** Starts it before the server at `target` (`http://127.0.0.1:<port>`). */
export async function startTap(target: string): Promise<Tap> {
  const calls: TappedCall[] = [];
  const told = new Map<string, Telling[]>();
  const owed = new Set<ServerResponse>();
  const tell = (body: string): void => {
    for (const [hex, telling] of tellingsOf(body, Date.now())) told.set(hex, [...(told.get(hex) ?? []), telling]);
  };
  const server = createServer((incoming, response) => {
    owed.add(response);
    response.once('close', () => owed.delete(response));
    passOn({ target, incoming, response, calls, tell }).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A server that listens on a port has an address of this form.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    host: `127.0.0.1:${port}`,
    calls: () => calls,
    told: (digest) => told.get(digest.replace('sha256:', '')) ?? [],
    cut: () => {
      for (const response of owed) response.destroy();
    },
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

interface Passing {
  readonly target: string;
  readonly incoming: IncomingMessage;
  readonly response: ServerResponse;
  readonly calls: TappedCall[];
  readonly tell: (body: string) => void;
}

async function passOn({ target, incoming, response, calls, tell }: Passing): Promise<void> {
  const { method = '', url: path = '', headers } = incoming;
  const body = await text(incoming);
  const call: TappedCall = { atMs: Date.now(), path, checksums: checksumsOf(body), status: undefined };
  calls.push(call);
  const outgoing = request(`${target}${path}`, { method, headers, agent: false });
  response.once('close', () => outgoing.destroy());
  outgoing.end(body);
  const answer = await answerOf(outgoing);
  call.status = answer.statusCode;
  const { connection: _, 'transfer-encoding': __, 'keep-alive': ___, ...kept } = answer.headers;
  response.writeHead(answer.statusCode ?? 502, kept).flushHeaders();
  const chunks: Buffer[] = [];
  // One piece is held back: when the last goes out, what it completes is written down already.
  for await (const chunk of answer) {
    const before = chunks.at(-1);
    if (before !== undefined) response.write(before);
    chunks.push(chunk);
  }
  if (answer.statusCode === 200 && path.includes('/summary/')) tell(Buffer.concat(chunks).toString('utf8'));
  response.end(chunks.at(-1));
}

/** Rejects when the connection breaks before the head of an answer. */
function answerOf(outgoing: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    outgoing.once('response', resolve);
    outgoing.once('error', reject);
    outgoing.once('close', () => reject(new Error('no answer')));
  });
}

function checksumsOf(body: string): readonly string[] {
  try {
    const checksums = at(JSON.parse(body), 'checksums');
    return Array.isArray(checksums) ? checksums.map(String) : [];
  } catch {
    return [];
  }
}
