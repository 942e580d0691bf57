// Reads everything that is judged from a live cluster, once and without changing anything: it needs the verb `list` only. Does network I/O.
import { setTimeout as sleepFor } from 'node:timers/promises';
import type { JsonObject } from '../facts/json.ts';
import type { ClusterObject } from '../facts/objects.ts';
import { Failure, messageOf } from '../failure.ts';
import type { KubernetesClient } from './client.ts';
import { createInterner } from './interner.ts';
import { KubernetesFailure } from './kubernetes-failure.ts';
import { createListWatch, listAll } from './list-watch.ts';
import { projectObject } from './project.ts';
import type { ResourceKind } from './resources.ts';

export interface ReadClusterOptions {
  readonly client: KubernetesClient;
  /** For all kinds together. */
  readonly timeoutMs: number;
  /** Called with what is read next. */
  readonly progress: (text: string) => void;
  /** Between tries of one kind; a second unless given. */
  readonly retryDelayMs?: number;
}

export interface ClusterContent {
  /** In the order of arrival. */
  readonly objects: readonly ClusterObject[];
  /** As the API server gave them, with kind and apiVersion. */
  readonly policies: readonly JsonObject[];
  /** False when the cluster does not know the resource KubeXrayPolicy. */
  readonly knowsPolicies: boolean;
}

// Children before their owners: what makes a child is older than it, so it is still found when the later list comes.
const kinds = ['Pod', 'ReplicaSet', 'ControllerRevision', 'Job', 'Deployment', 'StatefulSet', 'DaemonSet', 'CronJob', 'Namespace'] as const;

/** Returns all objects and policies. Throws `Failure` naming every kind that may not be read, or could not be read in time. */
export async function readCluster(options: ReadClusterOptions): Promise<ClusterContent> {
  const deadline = AbortSignal.timeout(options.timeoutMs);
  const intern = createInterner();
  const objects: ClusterObject[] = [];
  const policies: JsonObject[] = [];
  const problems: string[] = [];
  for (const kind of kinds) {
    const listed = await listKind(options, { kind, deadline });
    if ('problem' in listed) problems.push(listed.problem.message);
    else objects.push(...projected(listed.items, (raw) => projectObject(kind, raw, intern)));
  }
  const listed = await listKind(options, { kind: 'KubeXrayPolicy', deadline });
  const knowsPolicies = !('problem' in listed && isUnknownKind(listed.problem));
  if ('items' in listed)
    policies.push(...listed.items.map((raw) => ({ ...raw, apiVersion: 'kubexray.io/v1alpha1', kind: 'KubeXrayPolicy' })));
  else if (knowsPolicies) problems.push(listed.problem.message);
  if (problems.length > 0) {
    const within = deadline.aborted ? ` within ${options.timeoutMs / 1000} s` : '';
    throw new Failure(`read the cluster${within}: ${problems.join('; ')}`, { retry: 'never', reason: 'NotListed' });
  }
  return { objects, policies, knowsPolicies };
}

interface KindToList {
  readonly kind: ResourceKind;
  readonly deadline: AbortSignal;
}

type Listed = { readonly items: readonly JsonObject[] } | { readonly problem: Error };

/** Tries again until the deadline where that can help. */
async function listKind({ client, progress, retryDelayMs = 1000 }: ReadClusterOptions, { kind, deadline }: KindToList): Promise<Listed> {
  let problem = new Error('there was no time left');
  progress(`reading ${kind}s`);
  while (!deadline.aborted) {
    const items: JsonObject[] = [];
    try {
      await listAll({ name: kind, transport: createListWatch(client, kind), signal: deadline, onObject: (raw) => items.push(raw) });
      return { items };
    } catch (thrown) {
      // The failure before the deadline says more than the deadline does.
      if (!deadline.aborted || problem.message === 'there was no time left') problem = new Error(messageOf(thrown), { cause: thrown });
      if (!canRetry(thrown)) return { problem: named(kind, problem) };
    }
    await sleepFor(retryDelayMs, undefined, { signal: deadline }).catch(() => undefined);
  }
  return { problem: named(kind, problem) };
}

function named(kind: string, problem: Error): Error {
  return new Error(`${kind}: ${problem.message}`, { cause: problem.cause });
}

/** 404 never comes true by waiting here; 410 is a page that has grown too old. */
function canRetry(thrown: unknown): boolean {
  if (thrown instanceof KubernetesFailure && (thrown.status === 401 || thrown.status === 404)) return false;
  return thrown instanceof Failure && thrown.retry !== 'never';
}

function isUnknownKind({ cause }: Error): boolean {
  return cause instanceof KubernetesFailure && cause.status === 404;
}

function projected(items: readonly JsonObject[], project: (raw: JsonObject) => ClusterObject | undefined): readonly ClusterObject[] {
  return items.map(project).filter((object) => object !== undefined);
}
