// What the API server itself says of who asked what and when: its audit log, of the service accounts in the controller's namespace alone.
import { readFile } from 'node:fs/promises';
import { at } from '../cluster/at.ts';

/** Service accounts that a contender runs as; the server writes down what they ask. */
export const accounts = { ours: 'kubexray', peer: 'peer' } as const;

/** The audit policy: a line for each request when it is over, without bodies. */
export const auditPolicy = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived', 'ResponseStarted'],
  rules: [{ level: 'Metadata', users: Object.values(accounts).map((name) => `system:serviceaccount:kubexray:${name}`) }, { level: 'None' }],
};

export interface AuditedRequest {
  readonly verb: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  /** When the server received it, and when its answer was complete; milliseconds since 1970, with fractions. */
  readonly receivedAtMs: number;
  readonly answeredAtMs: number;
}

const writes: readonly string[] = ['create', 'update', 'patch', 'delete', 'deletecollection'];

/** Returns what was asked so far, in the order in which it was answered. */
export async function auditedRequests(path: string): Promise<readonly AuditedRequest[]> {
  const text = await readFile(path, 'utf8').catch(() => '');
  // The last line may be half written.
  const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n');
  return lines.filter((line) => line !== '').map((line) => requestOf(JSON.parse(line)));
}

/** Tells whether it changes something, or means to. */
export function isWrite({ verb }: AuditedRequest): boolean {
  return writes.includes(verb);
}

function requestOf(event: unknown): AuditedRequest {
  const word = (path: string): string => String(at(event, path) ?? '');
  return {
    verb: word('verb'),
    resource: word('objectRef.resource'),
    subresource: word('objectRef.subresource'),
    namespace: word('objectRef.namespace'),
    name: word('objectRef.name'),
    receivedAtMs: microMs(word('requestReceivedTimestamp')),
    answeredAtMs: microMs(word('stageTimestamp')),
  };
}

/** Dates end at milliseconds; the server writes microseconds, and a stage may take less than one millisecond. */
function microMs(time: string): number {
  const micros = /\.\d{3}(\d{3})Z$/.exec(time)?.[1] ?? '0';
  return Date.parse(time) + Number(micros) / 1000;
}
