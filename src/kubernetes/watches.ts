// Starts one reflector per kind and hands what they bring to the controller. Does network I/O through the client.
import type { Timers } from '../controller/queue.ts';
import type { Watches, WatchHandlers } from '../controller/run.ts';
import type { ClusterObject } from '../facts/objects.ts';
import type { ReflectorLog } from './change-feed.ts';
import type { KubernetesClient } from './client.ts';
import { createInterner } from './interner.ts';
import { textOf, valueAt } from './json-reading.ts';
import { createListWatch } from './list-watch.ts';
import { projectObject } from './project.ts';
import { type Reflector, startReflector } from './reflector.ts';

const kinds = [
  'Namespace',
  'Node',
  'Pod',
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'ReplicaSet',
  'ControllerRevision',
  'Job',
  'CronJob',
] as const;

export interface WatchesOptions {
  readonly client: KubernetesClient;
  readonly timers: Timers;
  readonly random: () => number;
  readonly log: ReflectorLog;
}

interface Watched {
  readonly kind: string;
  readonly reflector: Reflector;
}

/** Starts all watches. */
export function startWatches({ client, timers, random, log }: WatchesOptions, handlers: WatchHandlers): Watches {
  const intern = createInterner();
  const shared = { timers, random, log };
  const objects: Watched[] = kinds.map((kind) => ({
    kind,
    reflector: startReflector<ClusterObject>({
      ...shared,
      name: kind,
      transport: createListWatch(client, kind),
      project: (raw) => projectObject(kind, raw, intern),
      onUpsert: (object) => handlers.onObject(object),
      onDelete: (object) => handlers.onObjectGone(object.uid),
    }),
  }));
  const policies = startReflector<{ readonly name: string; readonly raw: unknown }>({
    ...shared,
    name: 'KubeXrayPolicy',
    transport: createListWatch(client, 'KubeXrayPolicy'),
    project: (raw) => ({
      name: textOf(valueAt(raw, 'metadata', 'name')),
      raw: { ...raw, apiVersion: 'kubexray.io/v1alpha1', kind: 'KubeXrayPolicy' },
    }),
    onUpsert: ({ name, raw }) => handlers.onPolicy(name, raw),
    onDelete: ({ name }) => handlers.onPolicyGone(name),
  });
  const all: readonly Watched[] = [...objects, { kind: 'KubeXrayPolicy', reflector: policies }];
  return {
    synced: Promise.all(all.map(({ reflector }) => reflector.synced)).then(() => undefined),
    missing: () => {
      const behind = all.filter(({ reflector }) => !reflector.state().hasSynced);
      return behind.map(({ kind, reflector }) => `${kind}: ${reflector.state().lastError ?? 'being listed'}`);
    },
    stop: async () => {
      await Promise.all(all.map(({ reflector }) => reflector.stop()));
    },
  };
}
