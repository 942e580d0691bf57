// A cluster in memory with what the engine relies on: resourceVersions, generations, conditional writes, and a change for each write.
import type { ClusterPort } from '../../src/actions/execute.ts';
import type { StatusPort } from '../../src/controller/policy-pass.ts';
import type { WorkloadRef } from '../../src/facts/cluster.ts';
import { isJsonObject, type JsonObject } from '../../src/facts/json.ts';
import type { ClusterObject, ControllerObject } from '../../src/facts/objects.ts';
import { Failure } from '../../src/failure.ts';
import { parsePolicy } from '../../src/policy/parse.ts';

/** What a watch would bring. */
export type Change =
  | { readonly kind: 'object'; readonly object: ClusterObject }
  | { readonly kind: 'gone'; readonly uid: string }
  | { readonly kind: 'policy'; readonly name: string; readonly object: JsonObject }
  | { readonly kind: 'policyGone'; readonly name: string };

export interface Write {
  readonly verb: 'patch' | 'delete' | 'status';
  readonly name: string;
  readonly body: JsonObject;
}

export class MemoryCluster implements ClusterPort, StatusPort {
  readonly #objects = new Map<string, ClusterObject>();
  readonly #policies = new Map<string, JsonObject>();
  readonly #listeners: ((change: Change) => void)[] = [];
  #version = 100;
  isKindEstablished = true;
  /** Every write that was accepted, in order. */
  readonly writes: Write[] = [];
  /** Runs before a read is answered, with its name: the place to let the world move. */
  onRead: (what: string) => void = () => undefined;
  /** Runs before a write is looked at: the place to let the world move, or to throw. */
  onWrite: (write: Write) => void = () => undefined;

  listen(listener: (change: Change) => void): void {
    this.#listeners.push(listener);
  }

  /** Everything that there is, as a first list would bring it. */
  all(): readonly Change[] {
    return [
      ...[...this.#objects.values()].map((object): Change => ({ kind: 'object', object })),
      ...[...this.#policies].map(([name, object]): Change => ({ kind: 'policy', name, object })),
    ];
  }

  put(object: ClusterObject): void {
    this.#version += 1;
    const stored = { ...object, resourceVersion: String(this.#version) };
    this.#objects.set(object.uid, stored);
    this.#tell({ kind: 'object', object: stored });
  }

  remove(uid: string): void {
    this.#objects.delete(uid);
    this.#tell({ kind: 'gone', uid });
  }

  object(uid: string): ClusterObject | undefined {
    return this.#objects.get(uid);
  }

  /** The object when it is of a kind with replicas; throws when there is none. */
  controller(uid: string): ControllerObject {
    const object = this.#objects.get(uid);
    if (object?.kind !== 'Deployment' && object?.kind !== 'StatefulSet') throw new Error(`there is no Deployment or StatefulSet ${uid}`);
    return object;
  }

  objects(): readonly ClusterObject[] {
    return [...this.#objects.values()];
  }

  /** Stores a policy as a person writes it; a new spec raises the generation. The name becomes the uid unless one is given. */
  apply(name: string, spec: JsonObject, uid = `uid-${name}`): void {
    const before = this.#policies.get(name);
    const metadata = isJsonObject(before?.metadata) ? before.metadata : {};
    const generation = (typeof metadata.generation === 'number' ? metadata.generation : 0) + 1;
    const status = before?.status === undefined ? {} : { status: before.status };
    const object = { apiVersion: 'kubexray.io/v1alpha1', kind: 'KubeXrayPolicy', metadata: { name, uid, generation }, spec, ...status };
    this.#policies.set(name, object);
    this.#tell({ kind: 'policy', name, object });
  }

  removePolicy(name: string): void {
    this.#policies.delete(name);
    this.#tell({ kind: 'policyGone', name });
  }

  policy(name: string): JsonObject | undefined {
    return this.#policies.get(name);
  }

  readonly readObject: ClusterPort['readObject'] = async (ref) => {
    this.onRead(`${ref.kind} ${ref.name}`);
    const object = this.#named(ref);
    if (object === undefined) return undefined;
    const { uid, resourceVersion, generation, terminating, replicas, labels } = object;
    return { uid, resourceVersion, generation, terminating, replicas, labels };
  };

  readonly readNamespace: ClusterPort['readNamespace'] = async (name) => {
    this.onRead(`Namespace ${name}`);
    return this.objects().find((object) => object.kind === 'Namespace' && object.name === name);
  };

  readonly readPolicy: ClusterPort['readPolicy'] = async (name) => {
    this.onRead(`KubeXrayPolicy ${name}`);
    const object = this.#policies.get(name);
    if (object === undefined) return undefined;
    const parsed = parsePolicy(object);
    if ('policy' in parsed) return parsed.policy;
    throw new Failure(`read policy ${name}: it cannot be understood`, { retry: 'soon', reason: 'InvalidPolicy' });
  };

  readonly isPolicyKindEstablished: ClusterPort['isPolicyKindEstablished'] = async () => {
    this.onRead('CustomResourceDefinition');
    return this.isKindEstablished;
  };

  readonly patchObject: ClusterPort['patchObject'] = async (ref, patch) => {
    const write: Write = { verb: 'patch', name: ref.name, body: patch };
    this.onWrite(write);
    const object = this.#named(ref);
    const metadata = isJsonObject(patch.metadata) ? patch.metadata : {};
    const spec = isJsonObject(patch.spec) ? patch.spec : {};
    if (object === undefined || object.uid !== metadata.uid || object.resourceVersion !== metadata.resourceVersion) throw conflict(ref);
    const replicas = typeof spec.replicas === 'number' ? spec.replicas : object.replicas;
    this.writes.push(write);
    this.put({
      ...object,
      labels: merged(object.labels, metadata.labels),
      annotations: merged(object.annotations, metadata.annotations),
      replicas,
      generation: replicas === object.replicas ? object.generation : object.generation + 1,
    });
  };

  /** In the foreground: the object terminates until the test removes it. */
  readonly deleteObject: ClusterPort['deleteObject'] = async (ref, { uid, resourceVersion }) => {
    const write: Write = { verb: 'delete', name: ref.name, body: { uid, resourceVersion } };
    this.onWrite(write);
    const object = this.#named(ref);
    if (object?.uid !== uid || object.resourceVersion !== resourceVersion) throw conflict(ref);
    this.writes.push(write);
    this.put({ ...object, terminating: true });
  };

  readonly patchPolicyStatus: StatusPort['patchPolicyStatus'] = async (name, status) => {
    const write: Write = { verb: 'status', name, body: { ...status } };
    this.onWrite(write);
    const object = this.#policies.get(name);
    if (object === undefined) throw new Failure(`patch the status of ${name}: 404`, { retry: 'changed', reason: 'NotFound' });
    this.writes.push(write);
    const before = isJsonObject(object.status) ? object.status : {};
    // Through JSON, as over the wire.
    const next: JsonObject = { ...object, status: JSON.parse(JSON.stringify({ ...before, ...status })) };
    this.#policies.set(name, next);
    this.#tell({ kind: 'policy', name, object: next });
  };

  #named(ref: WorkloadRef): ControllerObject | undefined {
    const found = this.objects().find(({ kind, namespace, name }) => kind === ref.kind && namespace === ref.namespace && name === ref.name);
    return found === undefined ? undefined : this.controller(found.uid);
  }

  #tell(change: Change): void {
    for (const listener of this.#listeners) listener(change);
  }
}

function merged(before: Readonly<Record<string, string>>, patch: unknown): Readonly<Record<string, string>> {
  const entries = Object.entries({ ...before, ...(isJsonObject(patch) ? patch : {}) });
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== null));
}

function conflict({ kind, name }: WorkloadRef): Failure {
  return new Failure(`write ${kind} ${name}: 409`, { retry: 'changed', reason: 'Conflict' });
}
