// What the watches have brought, indexed by owner: from a pod to its workload, and from a workload to its pods. In memory only.
import type {
  ClusterObject,
  ControllerObject,
  NamespaceObject,
  ObjectIdentity,
  OwnerReference,
  PodObject,
  RevisionObject,
} from './objects.ts';
import { workloadKinds } from './objects.ts';

/** Identifies a workload. `uid` is its key everywhere; a bare pod is its own workload. */
export interface WorkloadRef {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** Where the owners of an object lead. */
export interface Ownership {
  readonly workload: WorkloadRef;
  /** Owners above the workload, of kinds that are not watched. */
  readonly ownedBy: readonly OwnerReference[];
  /** False while an owner of a watched kind is named that the watch has not brought (yet). */
  readonly complete: boolean;
}

// Longer chains do not exist (Pod, Job, CronJob is the longest); a cycle would.
const maxOwners = 8;
const groups = ['apps/v1', 'batch/v1'];

export class Cluster {
  readonly #objects = new Map<string, ClusterObject>();
  readonly #children = new Map<string, Set<string>>();
  readonly #namespaces = new Map<string, NamespaceObject>();

  /** Stores an object in place of its earlier version and returns the keys of the workloads that this may change. */
  apply(object: ClusterObject): ReadonlySet<string> {
    const affected = new Set(this.remove(object.uid));
    this.#objects.set(object.uid, object);
    if (object.kind === 'Namespace') this.#namespaces.set(object.name, object);
    const owner = controllerOf(object);
    if (owner !== undefined) childSet(this.#children, owner.uid).add(object.uid);
    return this.#affectedBy(object, affected);
  }

  /** Forgets an object and returns the keys of the workloads that this may change. Unknown uids change nothing. */
  remove(uid: string): ReadonlySet<string> {
    const object = this.#objects.get(uid);
    if (object === undefined) return new Set();
    const affected = this.#affectedBy(object, new Set());
    this.#objects.delete(uid);
    if (object.kind === 'Namespace' && this.#namespaces.get(object.name) === object) this.#namespaces.delete(object.name);
    const owner = controllerOf(object);
    if (owner !== undefined) this.#removeChild(owner.uid, uid);
    return affected;
  }

  /** Returns the object with this uid, as last seen. */
  get(uid: string): ClusterObject | undefined {
    return this.#objects.get(uid);
  }

  namespace(name: string): NamespaceObject | undefined {
    return this.#namespaces.get(name);
  }

  /** Returns the workload that an object belongs to: the highest owner of a watched kind, else the direct owner, else the object itself. */
  ownership(object: Exclude<ClusterObject, NamespaceObject>): Ownership {
    let highest: Exclude<ClusterObject, NamespaceObject> = object;
    for (let depth = 0; depth < maxOwners; depth += 1) {
      const owner = controllerOf(highest);
      if (owner === undefined) return { workload: refOf(highest), ownedBy: [], complete: true };
      const above = this.#watchedOwner(owner, object.namespace);
      if (above === undefined) return this.#ownershipAtEdge(highest, owner);
      highest = above;
    }
    return { workload: refOf(object), ownedBy: [], complete: false };
  }

  /** Returns the pods and revisions below a workload, whatever is between them. Order is that of arrival. */
  below(uid: string): {
    readonly pods: readonly PodObject[];
    readonly controllers: readonly ControllerObject[];
    readonly revisions: readonly RevisionObject[];
  } {
    const pods: PodObject[] = [];
    const controllers: ControllerObject[] = [];
    const revisions: RevisionObject[] = [];
    const visit = (parent: string, depth: number): void => {
      for (const child of this.#children.get(parent) ?? []) {
        const object = this.#objects.get(child);
        if (object === undefined || depth > maxOwners) continue;
        if (object.kind === 'Pod') pods.push(object);
        else if (object.kind === 'ControllerRevision') revisions.push(object);
        else if (object.kind !== 'Namespace') {
          controllers.push(object);
          visit(child, depth + 1);
        }
      }
    };
    visit(uid, 0);
    return { pods, controllers, revisions };
  }

  /** Returns the keys of all workloads, those without pods included; of one namespace if it is given. */
  workloadKeys(namespace?: string): ReadonlySet<string> {
    const keys = new Set<string>();
    for (const object of this.#objects.values()) {
      if (object.kind === 'Namespace' || object.kind === 'ControllerRevision') continue;
      if (namespace === undefined || object.namespace === namespace) keys.add(this.ownership(object).workload.uid);
    }
    return keys;
  }

  #watchedOwner(owner: OwnerReference, namespace: string): ControllerObject | undefined {
    const object = this.#objects.get(owner.uid);
    if (object === undefined || object.kind === 'Pod' || object.kind === 'Namespace' || object.kind === 'ControllerRevision')
      return undefined;
    // An ownerReference cannot cross namespaces; one that claims to is not followed.
    return object.namespace === namespace ? object : undefined;
  }

  #ownershipAtEdge(highest: Exclude<ClusterObject, NamespaceObject>, owner: OwnerReference): Ownership {
    if (isWatchedKind(owner)) return { workload: refOf(highest), ownedBy: [owner], complete: false };
    // A mirror pod is owned by its Node, which owns pods of several namespaces: the pod stands for itself.
    if (highest.kind !== 'Pod' || owner.kind === 'Node') return { workload: refOf(highest), ownedBy: [owner], complete: true };
    const { apiVersion, kind, name, uid } = owner;
    return { workload: { apiVersion, kind, name, uid, namespace: highest.namespace }, ownedBy: [], complete: true };
  }

  #affectedBy(object: ClusterObject, affected: Set<string>): Set<string> {
    if (object.kind === 'Namespace') {
      for (const key of this.workloadKeys(object.name)) affected.add(key);
      return affected;
    }
    // The object's own key too: until its owner was known, it stood for itself.
    if (object.kind !== 'ControllerRevision') affected.add(object.uid);
    affected.add(this.ownership(object).workload.uid);
    return affected;
  }

  #removeChild(owner: string, child: string): void {
    const children = this.#children.get(owner);
    children?.delete(child);
    if (children?.size === 0) this.#children.delete(owner);
  }
}

function childSet(children: Map<string, Set<string>>, owner: string): Set<string> {
  const known = children.get(owner);
  if (known !== undefined) return known;
  const created = new Set<string>();
  children.set(owner, created);
  return created;
}

function controllerOf(object: ObjectIdentity): OwnerReference | undefined {
  return object.owners.find((owner) => owner.controller);
}

function isWatchedKind(owner: OwnerReference): boolean {
  return groups.includes(owner.apiVersion) && workloadKinds.some((kind) => kind === owner.kind);
}

/** Returns what identifies an object as a workload. */
export function refOf(object: Exclude<ClusterObject, NamespaceObject>): WorkloadRef {
  const { apiVersion, kind, namespace, name, uid } = object;
  return { apiVersion, kind, namespace, name, uid };
}
