// Talks to a cluster as its administrator, or with another token: what tests, demo and benchmarks do there. Raw JSON over HTTPS.
import { writeFile } from 'node:fs/promises';
import { Agent, request } from 'undici';
import { at } from './at.ts';
import { tableText } from './table.ts';
import { waitFor } from './wait-for.ts';

export interface ClusterAddress {
  readonly server: string;
  /** Certificate of the authority, PEM. */
  readonly ca: string;
  readonly token: string;
}

export interface Reply {
  readonly status: number;
  /** Parsed when it is one JSON value, else its text: a watch answers with a line per event. */
  readonly body: unknown;
}

export interface RequestOptions {
  /** Default: `application/json`, and `application/merge-patch+json` for a PATCH. */
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Another bearer token than the administrator's. */
  readonly token?: string;
}

// As kubectl has it: the server refuses what it does not know, instead of dropping it.
const strict = 'fieldValidation=Strict';

export class AdminClient {
  readonly #address: ClusterAddress;
  readonly #agent: Agent;

  constructor(address: ClusterAddress) {
    this.#address = address;
    this.#agent = new Agent({ allowH2: false, headersTimeout: 60_000, bodyTimeout: 60_000, connect: { ca: address.ca, timeout: 10_000 } });
  }

  /** Sends a request and returns status and body, whatever the status is; rejects when there is no answer. `body` is sent as JSON unless it is text. */
  async request(method: Method, path: string, body?: unknown, options: RequestOptions = {}): Promise<Reply> {
    const patch = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    const response = await request(`${this.#address.server}${path}`, {
      method,
      dispatcher: this.#agent,
      headers: {
        accept: 'application/json',
        authorization: `Bearer ${options.token ?? this.#address.token}`,
        'user-agent': 'test-admin',
        ...(body !== undefined && { 'content-type': options.contentType ?? patch }),
        ...options.headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.body.text();
    return { status: response.statusCode, body: parsed(text) };
  }

  /** Returns the body of an answer with status 2xx; rejects with the server's message on any other. */
  async expect(method: Method, path: string, body?: unknown, options: RequestOptions = {}): Promise<unknown> {
    const reply = await this.request(method, path, body, options);
    if (reply.status >= 200 && reply.status < 300) return reply.body;
    throw new Error(`${method} ${path}: ${reply.status} ${String(at(reply.body, 'message') ?? reply.body)}`);
  }

  /** Creates an object or changes it to what is given, as `kubectl apply --server-side` would, and returns it. YAML or an object; `path` names the object itself. */
  async apply(path: string, object: unknown): Promise<unknown> {
    const target = `${path}?fieldManager=test-admin&force=true&${strict}`;
    return this.expect('PATCH', target, object, { contentType: 'application/apply-patch+yaml' });
  }

  /** Returns what `kubectl get` would print of a path, by the columns that the server has for it. Wide columns are left out. */
  async table(path: string): Promise<string> {
    return tableText(await this.expect('GET', path, undefined, { headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' } }));
  }

  /** Creates a namespace, which is returned when pods can be made in it. */
  async createNamespace(name: string, labels: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.expect('POST', '/api/v1/namespaces', { metadata: { name, labels } });
    // Pods are refused until a controller has made this one.
    const account = async () => (await this.request('GET', `/api/v1/namespaces/${name}/serviceaccounts/default`)).status === 200;
    await waitFor(account, { what: `service account of namespace ${name}`, intervalMs: 10 });
  }

  /** Returns a token of a service account, good for an hour: what a pod of it would be given. */
  async tokenFor(namespace: string, serviceAccount: string): Promise<string> {
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${serviceAccount}/token`;
    const answer = await this.expect('POST', path, {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { expirationSeconds: 3600 },
    });
    return String(at(answer, 'status.token'));
  }

  /** Writes a kubeconfig that knows this cluster and one token. */
  async writeKubeconfig(path: string, token: string): Promise<void> {
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'test', cluster: { server: this.#address.server, 'certificate-authority-data': btoa(this.#address.ca) } }],
      users: [{ name: 'user', user: { token } }],
      contexts: [{ name: 'test', context: { cluster: 'test', user: 'user' } }],
      'current-context': 'test',
    };
    // JSON is YAML.
    await writeFile(path, JSON.stringify(config, null, 2), { mode: 0o600 });
  }

  /** Closes its connections; requests that still run are aborted. */
  async close(): Promise<void> {
    await this.#agent.destroy();
  }
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
