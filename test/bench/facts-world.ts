// The cluster and the facts of it that bench:facts measures: a crowd as the watches would bring it, used as the controller uses it.
import type { Clock } from '../../src/facts/clock.ts';
import { Cluster } from '../../src/facts/cluster.ts';
import { Facts } from '../../src/facts/gather.ts';
import type { ClusterObject, PodObject } from '../../src/facts/objects.ts';
import type { ScanSource } from '../../src/facts/scan.ts';
import { gatherWorkload } from '../../src/facts/workload.ts';
import { container, deployment, namespace, ownerReference, pod, replicaSet } from '../builders/objects.ts';
import type { CrowdWorkload } from './crowd.ts';

export interface FactsWorld {
  /** Brings all objects, then uses what each workload needs, as a controller does whose caches are filled. */
  readonly fill: () => void;
  readonly restart: (workload: CrowdWorkload, how: 'rolling' | 'stop' | 'start') => void;
  /** Resolves when there is an answer about every image in use. */
  readonly complete: () => Promise<void>;
  readonly close: () => void;
}

const appsV1 = { apiVersion: 'apps/v1', controller: true } as const;

const realClock: Clock = {
  now: () => new Date(),
  setTimer: (run, delayMs) => {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};

export interface FactsWorldOptions {
  readonly crowd: readonly CrowdWorkload[];
  readonly source: ScanSource;
  /** Default: that of the machine. */
  readonly clock?: Clock;
  readonly maxAgeMs: number;
}

/** Returns an empty cluster; nothing is asked before it is filled. */
export function createFactsWorld({ crowd, source, clock = realClock, maxAgeMs }: FactsWorldOptions): FactsWorld {
  const cluster = new Cluster();
  let wake: () => void = () => undefined;
  const facts = new Facts({ source, clock, random: Math.random, onChange: () => wake() });
  let generation = 0;
  const use = (keys: Iterable<string>): void => {
    for (const key of keys) facts.use(key, gatherWorkload(cluster, key)?.needs.digests ?? [], maxAgeMs);
  };
  const change = (...objects: readonly ClusterObject[]): void => {
    for (const object of objects) use(cluster.apply(object));
  };
  const remove = (old: PodObject): void => use(cluster.remove(old.uid));
  return {
    fill: () => {
      for (const workload of crowd) for (const object of objectsOf(workload)) cluster.apply(object);
      use(cluster.workloadKeys());
    },
    restart: (workload, how) => {
      const [before, after] = [podsOf(workload, generation), podsOf(workload, generation + 1)];
      // One more, then one less, as a Deployment does it.
      if (how === 'rolling')
        for (const [index, fresh] of after.entries()) {
          change(fresh);
          const old = before[index];
          if (old !== undefined) remove(old);
        }
      else if (how === 'stop') before.forEach(remove);
      else change(...after);
      if (workload === crowd.at(-1) && how !== 'stop') generation += 1;
    },
    complete: async () => {
      const isComplete = (): boolean => facts.counts().unavailable === 0;
      while (!isComplete())
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    },
    close: () => facts.close(),
  };
}

function objectsOf(workload: CrowdWorkload): readonly ClusterObject[] {
  const own = deployment({ namespace: workload.namespace, name: workload.name, replicas: workload.replicas });
  return [namespace({ name: workload.namespace }), own, setOf(workload), ...podsOf(workload, 0)];
}

function setOf({ namespace: place, name }: CrowdWorkload) {
  return replicaSet({ namespace: place, name: `${name}-set`, owners: [ownerReference({ ...appsV1, kind: 'Deployment', name })] });
}

function podsOf({ namespace: place, name, replicas, images }: CrowdWorkload, generation: number): readonly PodObject[] {
  const owners = [ownerReference({ ...appsV1, kind: 'ReplicaSet', name: `${name}-set` })];
  const containers = images.map((image, index) => container({ name: `container-${index}`, image }));
  return Array.from({ length: replicas }, (_, index) =>
    pod({ namespace: place, name: `${name}-${generation}-${index}`, owners, containers, nodeName: 'node-1' }),
  );
}
