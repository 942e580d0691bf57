// Watches all Deployments and StatefulSets and keeps what the controller did to each: scaled down, given back, deleted. Reads the API server.
import { createInterface } from 'node:readline';
import { Agent, request } from 'undici';
import type { ClusterAddress } from '../cluster/admin-client.ts';
import { at } from '../cluster/at.ts';

/** One change of a workload that was not made by the test. */
export interface Act {
  readonly kind: 'scaledDown' | 'restored' | 'remembered' | 'deleted';
  readonly workload: string;
  readonly uid: string;
  readonly seenAtMs: number;
  /** The object before and after; a deleted one is the last that was seen. */
  readonly before: unknown;
  readonly after: unknown;
  /** All images that its template ever named, pods of which may still run. */
  readonly images: readonly string[];
}

export interface Witness {
  readonly acts: () => readonly Act[];
  /** Says that the test itself deletes this object. */
  readonly expectDeletion: (uid: string) => void;
  /** What went wrong with the watches themselves; empty when nothing was missed. */
  readonly gaps: () => readonly string[];
  readonly close: () => Promise<void>;
}

export const label = ['metadata', 'labels', 'kubexray.io/scaled-down'] as const;
export const annotation = ['metadata', 'annotations', 'kubexray.io/action'] as const;

/** Starts to watch and returns at once; objects that are there already are told first. */
export function startWitness(cluster: ClusterAddress): Witness {
  const agent = new Agent({ connect: { ca: cluster.ca }, bodyTimeout: 0 });
  const ending = new AbortController();
  const acts: Act[] = [];
  const gaps: string[] = [];
  const seen = new Map<string, unknown>();
  const images = new Map<string, Set<string>>();
  const expected = new Set<string>();

  function observe(event: unknown): void {
    const [type, object] = [at(event, 'type'), at(event, 'object')];
    const uid = String(at(object, 'metadata.uid'));
    if (type === 'ERROR') gaps.push(JSON.stringify(object));
    const before = seen.get(uid);
    seen.set(uid, object);
    const named = images.get(uid) ?? new Set();
    images.set(uid, named.add(String(at(object, 'spec.template.spec.containers.0.image'))));
    const isFirst = before === undefined;
    const isGoing = type === 'DELETED' || at(object, 'metadata.deletionTimestamp') !== undefined;
    const wasGoing = at(before, 'metadata.deletionTimestamp') !== undefined;
    const add = (kind: Act['kind']) => {
      const workload = `${at(object, 'kind')}/${at(object, 'metadata.namespace')}/${at(object, 'metadata.name')}`;
      acts.push({ kind, workload, uid, seenAtMs: Date.now(), before, after: object, images: [...named] });
    };
    if (isGoing && !wasGoing && !expected.has(uid)) add('deleted');
    if (isGoing || isFirst) return;
    const isZero = at(object, 'spec.replicas') === 0;
    const isMarked = at(object, label) !== undefined;
    if ((isZero && at(before, 'spec.replicas') !== 0) || isMarked !== (at(before, label) !== undefined))
      add(isZero || isMarked ? 'scaledDown' : 'restored');
    else if (at(object, annotation) !== at(before, annotation)) add('remembered');
  }

  async function watch(resource: string): Promise<void> {
    const path = `/apis/apps/v1/${resource}?watch=true&timeoutSeconds=3600`;
    const headers = { authorization: `Bearer ${cluster.token}`, accept: 'application/json' };
    const { body } = await request(`${cluster.server}${path}`, { headers, dispatcher: agent, signal: ending.signal });
    for await (const line of createInterface({ input: body })) observe(JSON.parse(line));
  }

  const watches = ['deployments', 'statefulsets'].map((resource) =>
    watch(resource).then(
      () => gaps.push(`the watch of ${resource} ended`),
      (thrown: unknown) => ending.signal.aborted || gaps.push(`the watch of ${resource} broke: ${String(thrown)}`),
    ),
  );
  return {
    acts: () => acts,
    expectDeletion: (uid) => void expected.add(uid),
    gaps: () => gaps,
    close: async () => {
      ending.abort();
      await Promise.all(watches);
      await agent.destroy();
    },
  };
}
