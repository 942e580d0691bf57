// The way to the API server: JSON requests and watch streams over shared connections. Does network I/O.
import { createHash } from 'node:crypto';
import { Agent, type Dispatcher, request as httpRequest } from 'undici';
import type { JsonObject } from '../facts/json.ts';
import type { Failure } from '../failure.ts';
import { type AccessOptions, type ClusterAccess, loadClusterAccess, type TlsMaterial } from './auth.ts';
import { badAnswer, noAnswer, refusal } from './kubernetes-failure.ts';

export type PatchType = 'application/merge-patch+json' | 'application/apply-patch+yaml' | 'application/json-patch+json';

interface RequestTarget {
  /** Without the server, such as `/api/v1/pods`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** For the whole exchange; 30 s unless given. */
  readonly timeoutMs?: number;
}

/** There is no PUT: replacing an object from a projection would lose what was not read. */
export type KubernetesRequest = RequestTarget &
  (
    | { readonly method: 'GET' }
    | { readonly method: 'POST'; readonly body: JsonObject }
    | { readonly method: 'PATCH'; readonly body: unknown; readonly contentType: PatchType }
    | { readonly method: 'DELETE'; readonly body?: JsonObject }
  );

export interface KubernetesClient {
  /** Host and port of the API server, for messages: nothing secret is in it. */
  readonly host: string;
  /** Returns the parsed JSON of a 2xx answer. Throws `KubernetesFailure`, or `Failure` when there are no credentials. */
  readonly request: (request: KubernetesRequest) => Promise<unknown>;
  /** Opens a watch and returns its bytes as they come; it ends when the server or `signal` ends it. Throws like `request`. */
  readonly watch: (target: Omit<RequestTarget, 'timeoutMs'>) => Promise<AsyncIterable<Uint8Array>>;
  /** Ends all connections, at once. */
  readonly close: () => Promise<void>;
}

/** The fieldManager of every write. */
export const fieldManager = 'kubexray';

const defaultTimeoutMs = 30_000;
// A page of 500 pods has 6 MB; this is a guard against what is no page at all.
const maxBodyBytes = 128 * 1024 * 1024;
const maxErrorBytes = 64 * 1024;

/** Reads the kubeconfig and returns a client; no connection is opened yet. Throws `Failure` when the configuration is not usable. */
export async function createKubernetesClient(options: AccessOptions): Promise<KubernetesClient> {
  const access = await loadClusterAccess(options);
  const connections = createConnections();
  return {
    host: URL.canParse(access.server) ? new URL(access.server).host : 'an unknown host',
    request: (request) => sendRequest(access, connections, request),
    watch: (target) => openWatch(access, connections, target),
    close: () => connections.close(),
  };
}

interface Agents {
  readonly requests: Dispatcher;
  /** Apart from the requests, because each watch holds a connection for minutes. */
  readonly watches: Dispatcher;
}

interface Connections {
  readonly agentsFor: (tls: TlsMaterial) => Agents;
  readonly close: () => Promise<void>;
}

/** Keeps one pair of agents for as long as the TLS material stays the same; renewed certificates get a new pair. */
function createConnections(): Connections {
  let current: { readonly fingerprint: string; readonly agents: Agents } | undefined;
  return {
    agentsFor(tls) {
      const fingerprint = fingerprintOf(tls);
      if (current?.fingerprint === fingerprint) return current.agents;
      // Requests under way end on the old connections. A failed close leaves nothing to be done.
      if (current !== undefined) void closeAgents(current.agents, (agent) => agent.close()).catch(() => {});
      current = { fingerprint, agents: createAgents(tls) };
      return current.agents;
    },
    close: async () => {
      if (current !== undefined) await closeAgents(current.agents, (agent) => agent.destroy());
    },
  };
}

function createAgents(tls: TlsMaterial): Agents {
  // HTTP/1.1: a shared HTTP/2 connection that went silent was never given up.
  const settings = { allowH2: false, keepAliveTimeout: 30_000, connect: { ...tls, timeout: 10_000, keepAlive: true } };
  return {
    requests: new Agent({ ...settings, connections: 32, headersTimeout: 60_000 }),
    // The reader of a watch knows how long silence may last; see the reflector.
    watches: new Agent({ ...settings, headersTimeout: 30_000, bodyTimeout: 0 }),
  };
}

async function closeAgents({ requests, watches }: Agents, close: (agent: Dispatcher) => Promise<void>): Promise<void> {
  await Promise.all([close(requests), close(watches)]);
}

function fingerprintOf(tls: TlsMaterial): string {
  const hash = createHash('sha256');
  for (const [name, value] of Object.entries(tls)) {
    hash.update(`${name}\0`);
    hash.update(Buffer.isBuffer(value) ? value : JSON.stringify(value));
  }
  return hash.digest('hex');
}

async function sendRequest(access: ClusterAccess, connections: Connections, request: KubernetesRequest): Promise<unknown> {
  const action = `${request.method} ${request.path}`;
  const timeout = AbortSignal.timeout(request.timeoutMs ?? defaultTimeoutMs);
  const signal = request.signal === undefined ? timeout : AbortSignal.any([request.signal, timeout]);
  try {
    const { headers, tls } = await access.credentials();
    const response = await httpRequest(urlOf(access, request), {
      dispatcher: connections.agentsFor(tls).requests,
      method: request.method,
      headers: { ...headers, ...contentHeaders(request) },
      signal,
      ...('body' in request ? { body: JSON.stringify(request.body) } : {}),
    });
    if (isSuccess(response.statusCode)) return parseJson(action, await readBody(action, response.body, maxBodyBytes));
    throw await refusalOf(action, response);
  } catch (error) {
    throw noAnswer(action, error);
  }
}

async function openWatch(
  access: ClusterAccess,
  connections: Connections,
  target: Omit<RequestTarget, 'timeoutMs'>,
): Promise<AsyncIterable<Uint8Array>> {
  const action = `WATCH ${target.path}`;
  try {
    const { headers, tls } = await access.credentials();
    const response = await httpRequest(urlOf(access, target), {
      dispatcher: connections.agentsFor(tls).watches,
      headers: { ...headers, accept: 'application/json' },
      ...(target.signal === undefined ? {} : { signal: target.signal }),
    });
    if (isSuccess(response.statusCode)) return response.body;
    throw await refusalOf(action, response);
  } catch (error) {
    throw noAnswer(action, error);
  }
}

function urlOf(access: ClusterAccess, target: RequestTarget | KubernetesRequest): string {
  const query = new URLSearchParams(target.query);
  if ('method' in target && (target.method === 'POST' || target.method === 'PATCH')) query.set('fieldManager', fieldManager);
  return `${access.server}${target.path}${query.size === 0 ? '' : `?${query}`}`;
}

function contentHeaders(request: KubernetesRequest): Record<string, string> {
  const accept = { accept: 'application/json' };
  if (request.method === 'PATCH') return { ...accept, 'content-type': request.contentType };
  return 'body' in request ? { ...accept, 'content-type': 'application/json' } : accept;
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

async function refusalOf(action: string, response: Dispatcher.ResponseData): Promise<Failure> {
  const { statusCode: status, headers } = response;
  const header = headers['retry-after'];
  const retryAfter = typeof header === 'string' ? header : undefined;
  // The status alone is worth reporting when the body of the refusal is lost, long or not JSON.
  const body = await readBody(action, response.body, maxErrorBytes)
    .then((text) => parseJson(action, text))
    .catch(() => undefined);
  return refusal(action, { status, retryAfter, body });
}

async function readBody(action: string, body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of body) {
    sizeBytes += chunk.byteLength;
    if (sizeBytes > maxBytes) throw badAnswer(action, `answer exceeds ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, sizeBytes).toString('utf8');
}

function parseJson(action: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw badAnswer(action, 'answer is not JSON');
  }
}
