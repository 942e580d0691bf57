// Carries a plan out: reads the object and the policies once more, and sends one write bound to what was read. Impure, through its port.
import { isDeepStrictEqual } from 'node:util';
import type { WorkloadRef } from '../facts/cluster.ts';
import type { JsonObject } from '../facts/json.ts';
import { Failure } from '../failure.ts';
import type { Plan, PolicyExpectation } from './plan.ts';
import { type FreshObject, writeRequest } from './requests.ts';

/** What `execute` needs of the API server. All answers are fresh (no cache); each throws `Failure` when it could not be had or done. */
export interface ClusterPort {
  /** Undefined when there is none of this name. */
  readonly readObject: (ref: WorkloadRef) => Promise<FreshObject | undefined>;
  /** Undefined when there is none of this name. */
  readonly readNamespace: (
    name: string,
  ) => Promise<{ readonly terminating: boolean; readonly labels: Readonly<Record<string, string>> } | undefined>;
  /** Undefined when the API server answers 404. */
  readonly readPolicy: (name: string) => Promise<PolicyExpectation['seen']>;
  /** Whether the CustomResourceDefinition of policies is there and established. */
  readonly isPolicyKindEstablished: () => Promise<boolean>;
  /** A merge patch; its resourceVersion makes it conditional. Throws a `Failure` with retry `changed` on 409. */
  readonly patchObject: (ref: WorkloadRef, patch: JsonObject) => Promise<void>;
  /** In the foreground, on condition of both. Throws a `Failure` with retry `changed` when one no longer holds. */
  readonly deleteObject: (ref: WorkloadRef, preconditions: { readonly uid: string; readonly resourceVersion: string }) => Promise<void>;
}

/** `dropped`: the world had moved since the decision, nothing was sent, decide again. */
export type Executed =
  | { readonly kind: 'sent' }
  | { readonly kind: 'dropped'; readonly why: string }
  | { readonly kind: 'failed'; readonly failure: Failure };

/** Carries out a plan at most once. Never throws a `Failure`: it is data here. */
export async function execute(plan: Exclude<Plan, { kind: 'none' }>, port: ClusterPort): Promise<Executed> {
  try {
    // At once: whatever moves between these and the write, the resourceVersion of the object tells.
    const [object, namespace, policies] = await Promise.all([
      port.readObject(plan.target),
      port.readNamespace(plan.target.namespace),
      Promise.all(plan.policies.map(({ name }) => port.readPolicy(name))),
    ]);
    const why = whyMoved(plan, object) ?? whyNamespaceForbids(plan, namespace) ?? (await whyPoliciesMoved(plan, policies, port));
    if (why !== undefined || object === undefined) return { kind: 'dropped', why: why ?? 'the object is gone' };
    await send(plan, object, port);
    return { kind: 'sent' };
  } catch (thrown) {
    if (!(thrown instanceof Failure)) throw thrown;
    return thrown.retry === 'changed' ? { kind: 'dropped', why: thrown.message } : { kind: 'failed', failure: thrown };
  }
}

async function send(plan: Exclude<Plan, { kind: 'none' }>, object: FreshObject, port: ClusterPort): Promise<void> {
  const request = writeRequest(plan, object);
  if (request.kind === 'delete') return port.deleteObject(plan.target, request);
  try {
    await port.patchObject(plan.target, request.patch);
  } catch (thrown) {
    if (plan.kind !== 'scaleDown' || !(thrown instanceof Failure) || thrown.reason !== 'Invalid') throw thrown;
    // Annotations have 256 KiB in all; who fills them must not become untouchable.
    const smaller = writeRequest(plan, object, 'forLabel');
    if (smaller.kind === 'patch') await port.patchObject(plan.target, smaller.patch);
  }
}

function whyMoved(plan: Exclude<Plan, { kind: 'none' }>, object: FreshObject | undefined): string | undefined {
  if (object === undefined) return 'the object is gone';
  if (object.uid !== plan.target.uid) return 'another object has its name';
  if (object.terminating) return 'the object is being deleted';
  // Labels change no generation, and a policy may not be about the workload any more.
  if (!isDeepStrictEqual({ ...object.labels }, { ...plan.labels })) return 'its labels have changed';
  if (object.generation !== plan.generation) return `its generation is ${object.generation}, not ${plan.generation}`;
  return undefined;
}

function whyNamespaceForbids(
  plan: Exclude<Plan, { kind: 'none' }>,
  namespace: Awaited<ReturnType<ClusterPort['readNamespace']>>,
): string | undefined {
  if (namespace === undefined || namespace.terminating) return 'its namespace is being deleted';
  return isDeepStrictEqual({ ...namespace.labels }, { ...plan.namespaceLabels }) ? undefined : 'the labels of its namespace have changed';
}

async function whyPoliciesMoved(
  plan: Exclude<Plan, { kind: 'none' }>,
  policies: readonly PolicyExpectation['seen'][],
  port: ClusterPort,
): Promise<string | undefined> {
  for (const [index, expectation] of plan.policies.entries()) {
    const why = whyPolicyMoved(expectation, policies[index]);
    if (why !== undefined) return why;
  }
  // Of a label alone nobody knows which policies it was for; they may all be gone with their kind.
  const isAnyGone = plan.policies.some(({ seen }) => seen === undefined) || (plan.kind === 'restore' && plan.policies.length === 0);
  // Without the kind every policy looks deleted; that is somebody's accident, not an order to start everything again.
  return !isAnyGone || (await port.isPolicyKindEstablished()) ? undefined : 'the kind KubeXrayPolicy is not established';
}

function whyPolicyMoved({ name, seen }: PolicyExpectation, policy: PolicyExpectation['seen']): string | undefined {
  if (seen === undefined) return policy === undefined ? undefined : `policy ${name} is there again`;
  const isSame = policy !== undefined && policy.uid === seen.uid && policy.generation === seen.generation && policy.mode === seen.mode;
  return isSame ? undefined : `policy ${name} has changed`;
}
