// Watches objects of the API server as anybody would who wants to see a change at once, with the moment at which each event was seen.
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { Agent, request } from 'undici';
import type { ClusterAddress } from '../cluster/admin-client.ts';
import { at } from '../cluster/at.ts';

export interface Seen {
  readonly type: string;
  readonly object: unknown;
  readonly name: string;
  readonly atMs: number;
}

/** Milliseconds since 1970, with fractions. */
export function nowMs(): number {
  return performance.timeOrigin + performance.now();
}

/** Calls `onSeen` for what is there and for each change, until the function returned is called. Rejects when the server refuses. */
export async function watchObjects(address: ClusterAddress, path: string, onSeen: (seen: Seen) => void): Promise<() => Promise<void>> {
  const agent = new Agent({ allowH2: false, headersTimeout: 30_000, bodyTimeout: 0, connect: { ca: address.ca } });
  const response = await request(`${address.server}${path}?watch=1&timeoutSeconds=3600`, {
    dispatcher: agent,
    headers: { accept: 'application/json', authorization: `Bearer ${address.token}`, 'user-agent': 'test-admin' },
  });
  if (response.statusCode !== 200) throw new Error(`watch ${path}: ${response.statusCode} ${await response.body.text()}`);
  const lines = createInterface({ input: Readable.from(response.body) });
  lines.on('line', (line) => {
    const atMs = nowMs();
    const event: unknown = JSON.parse(line);
    const object = at(event, 'object');
    onSeen({ type: String(at(event, 'type')), object, name: String(at(object, 'metadata.name')), atMs });
  });
  // The connection is ended under it, on purpose.
  lines.on('error', () => undefined);
  response.body.on('error', () => undefined);
  return () => agent.destroy();
}
