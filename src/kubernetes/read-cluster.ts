// Reads everything that is judged from a live cluster, once and without changing anything: it needs the verb `list` only. Does network I/O.
import { setTimeout as sleepFor } from 'node:timers/promises';
import type { JsonObject } from '../facts/json.ts';
import type { ClusterObject } from '../facts/objects.ts';
import { Failure, messageOf } from '../failure.ts';
import type { KubernetesClient } from './client.ts';
import { createInterner } from './interner.ts';
import { KubernetesFailure } from './kubernetes-failure.ts';
import { createListWatch, listAll } from './list-watch.ts';
import { noContact } from './no-contact.ts';
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
const kinds = [
  'Pod',
  'ReplicaSet',
  'ControllerRevision',
  'Job',
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'CronJob',
  'Namespace',
  'Node',
] as const;

/**
 * Returns all objects and policies; no nodes where those may not be read. Throws `Failure` naming every other kind that may not be read, or
 * that could not be read in time; at once when
 * the server cannot be reached at all or does not accept the credentials.
 */
export async function readCluster(options: ReadClusterOptions): Promise<ClusterContent> {
  const deadline = AbortSignal.timeout(options.timeoutMs);
  const intern = createInterner();
  const objects: ClusterObject[] = [];
  const policies: JsonObject[] = [];
  const problems: string[] = [];
  let knowsPolicies = true;
  for (const kind of [...kinds, 'KubeXrayPolicy'] as const) {
    const listed = await listKind(options, { kind, deadline, hasAnswered: kind !== kinds[0] });
    if ('problem' in listed) {
      if (kind === 'KubeXrayPolicy' && isUnknownKind(listed.problem)) knowsPolicies = false;
      // Who may look at workloads may often not look at nodes, and without them almost everything can be told.
      else if (kind === 'Node' && isForbidden(listed.problem)) continue;
      else problems.push(listed.problem.message);
    } else if (kind === 'KubeXrayPolicy')
      policies.push(...listed.items.map((raw) => ({ ...raw, apiVersion: 'kubexray.io/v1alpha1', kind })));
    else objects.push(...projected(listed.items, (raw) => projectObject(kind, raw, intern)));
    // What took the time is named; the kinds after it would only say that there was none left.
    if (deadline.aborted && problems.length > 0) break;
  }
  if (problems.length > 0) {
    const within = deadline.aborted ? ` within ${options.timeoutMs / 1000} s` : '';
    throw new Failure(`read the cluster at ${options.client.host}${within}: ${problems.join('; ')}`, {
      retry: 'never',
      reason: 'NotListed',
    });
  }
  return { objects, policies, knowsPolicies };
}

interface KindToList {
  readonly kind: ResourceKind;
  readonly deadline: AbortSignal;
  /** Whether the server has answered anything yet. */
  readonly hasAnswered: boolean;
}

type Listed = { readonly items: readonly JsonObject[] } | { readonly problem: Error };

/** Tries again until the deadline where that can help. Throws `Failure` when there is no contact to the server at all. */
async function listKind({ client, progress, retryDelayMs = 1000 }: ReadClusterOptions, toList: KindToList): Promise<Listed> {
  const { kind, deadline } = toList;
  let { hasAnswered } = toList;
  let problem = new Error('there was no time left');
  progress(`reading the cluster: ${kind === 'KubeXrayPolicy' ? 'KubeXrayPolicies' : `${kind}s`}…`);
  for (let tries = 1; !deadline.aborted; tries += 1) {
    const items: JsonObject[] = [];
    try {
      await listAll({ name: kind, transport: createListWatch(client, kind), signal: deadline, onObject: (raw) => items.push(raw) });
      return { items };
    } catch (thrown) {
      hasAnswered ||= items.length > 0 || (thrown instanceof KubernetesFailure && thrown.status !== 0);
      refuseWithoutContact(thrown, { host: client.host, hasAnswered, tries });
      // The failure before the deadline says more than the deadline does.
      if (!deadline.aborted || tries === 1) problem = new Error(messageOf(thrown), { cause: thrown });
      if (!canRetry(thrown)) return { problem: named(kind, problem) };
    }
    await sleepFor(retryDelayMs, undefined, { signal: deadline }).catch(() => undefined);
  }
  return { problem: named(kind, problem) };
}

interface Contact {
  readonly host: string;
  readonly hasAnswered: boolean;
  /** So far, this one included. */
  readonly tries: number;
}

function refuseWithoutContact(thrown: unknown, { host, hasAnswered, tries }: Contact): void {
  const found = noContact(thrown);
  if (found === undefined || (found.when === 'beforeAnswers' && hasAnswered) || tries < found.tries) return;
  throw new Failure(`read the cluster at ${host}: ${found.why}`, { retry: 'never', reason: 'NoContact', cause: thrown });
}

function named(kind: string, problem: Error): Error {
  return new Error(`${kind}: ${problem.message}`, { cause: problem.cause });
}

/** 404 never comes true by waiting here; 410 is a page that has grown too old. */
function canRetry(thrown: unknown): boolean {
  if (thrown instanceof KubernetesFailure && thrown.status === 404) return false;
  return thrown instanceof Failure && thrown.retry !== 'never';
}

function isForbidden({ cause }: Error): boolean {
  return cause instanceof KubernetesFailure && cause.status === 403;
}

function isUnknownKind({ cause }: Error): boolean {
  return cause instanceof KubernetesFailure && cause.status === 404;
}

function projected(items: readonly JsonObject[], project: (raw: JsonObject) => ClusterObject | undefined): readonly ClusterObject[] {
  return items.map(project).filter((object) => object !== undefined);
}
