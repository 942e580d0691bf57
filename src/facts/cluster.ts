// What the watches have brought, indexed by owner: from a pod to its workload, and from a workload to its pods. In memory only.
import type {
  ClusterObject,
  ControllerObject,
  NamespaceObject,
  NodeObject,
  ObjectIdentity,
  OwnerReference,
  PodObject,
  RevisionObject,
} from './objects.ts';
import { isChildOf, namesMaker } from './ownership.ts';
import type { Platform } from './registry.ts';

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

/** What is found by its uid: all but nodes. */
type StoredObject = Exclude<ClusterObject, NodeObject>;
/** What may be a workload or a part of one. */
type OwnedObject = Exclude<StoredObject, NamespaceObject>;

interface Children {
  /** Of the child that came first: it tells the namespace of an owner that is not watched. */
  readonly namespace: string;
  readonly uids: Set<string>;
}

export class Cluster {
  readonly #objects = new Map<string, StoredObject>();
  readonly #children = new Map<string, Children>();
  readonly #namespaces = new Map<string, NamespaceObject>();
  /** By name, which is what pods know of them. */
  readonly #nodes = new Map<string, NodeObject>();
  /** Name of a node → uids of its pods. */
  readonly #podsOn = new Map<string, Set<string>>();

  /** Stores an object in place of its earlier version and returns the keys of the workloads that this may change. */
  apply(object: ClusterObject): ReadonlySet<string> {
    if (object.kind === 'Node') return this.#applyNode(object);
    const known = this.#objects.get(object.uid);
    const affected = known === undefined ? this.#stoodForThemselves(object.uid) : this.#affectedBy(known, new Set());
    if (known !== undefined) this.#forget(known);
    this.#objects.set(object.uid, object);
    if (object.kind === 'Namespace') this.#namespaces.set(object.name, object);
    if (object.kind === 'Pod' && object.nodeName !== '') this.#podsOf(object.nodeName).add(object.uid);
    const owner = controllerOf(object);
    if (owner !== undefined) this.#addChild(owner.uid, object);
    return this.#affectedBy(object, affected);
  }

  /** Forgets an object and returns the keys of the workloads that this may change. Unknown uids change nothing. */
  remove(uid: string): ReadonlySet<string> {
    const object = this.#objects.get(uid);
    if (object === undefined) return this.#removeNode(uid);
    const affected = this.#affectedBy(object, this.#stoodForThemselves(uid));
    this.#forget(object);
    return affected;
  }

  /** Returns the object with this uid, as last seen; never a node. */
  get(uid: string): StoredObject | undefined {
    return this.#objects.get(uid);
  }

  namespace(name: string): NamespaceObject | undefined {
    return this.#namespaces.get(name);
  }

  /** Returns the platform of a node; undefined while the node was not seen or has not said it. */
  platformOf(nodeName: string): Platform | undefined {
    const node = this.#nodes.get(nodeName);
    return node === undefined ? undefined : platformOfNode(node);
  }

  /** Returns the platforms that there are among the nodes, each once; undefined stands for those of which it is not known. */
  platforms(): readonly (Platform | undefined)[] {
    return [...new Map([...this.#nodes.values()].map((node) => [`${node.os}/${node.architecture}`, platformOfNode(node)])).values()];
  }

  /** Returns the workload that an object belongs to: the highest owner of a watched kind, else the direct owner, else the object itself. */
  ownership(object: OwnedObject): Ownership {
    let highest: OwnedObject = object;
    for (let depth = 0; depth < maxOwners; depth += 1) {
      const owner = controllerOf(highest);
      if (owner === undefined) return { workload: refOf(highest), ownedBy: [], complete: true };
      const above = this.#maker(highest, owner);
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
    // An owner that is not watched has the children of one namespace.
    const namespace = this.#objects.get(uid)?.namespace ?? this.#children.get(uid)?.namespace;
    const visit = (parent: string, depth: number): void => {
      for (const child of this.#children.get(parent)?.uids ?? []) {
        const object = this.#objects.get(child);
        if (object === undefined || object.namespace !== namespace || depth > maxOwners) continue;
        const owner = this.#controller(parent);
        if (owner !== undefined && !isChildOf(object, owner)) continue;
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

  #maker(child: StoredObject, owner: OwnerReference): ControllerObject | undefined {
    const object = this.#controller(owner.uid);
    return object !== undefined && isChildOf(child, object) ? object : undefined;
  }

  #controller(uid: string): ControllerObject | undefined {
    const object = this.#objects.get(uid);
    const isOther = object === undefined || object.kind === 'Pod' || object.kind === 'Namespace' || object.kind === 'ControllerRevision';
    return isOther ? undefined : object;
  }

  #ownershipAtEdge(highest: OwnedObject, owner: OwnerReference): Ownership {
    const isKnown = this.#objects.has(owner.uid);
    if (!isKnown && namesMaker(highest, owner)) return { workload: refOf(highest), ownedBy: [owner], complete: false };
    // An owner of pods in several namespaces is no workload, nor is the Node that owns a mirror pod, nor one that does not own it in truth.
    const isElsewhere = this.#children.get(owner.uid)?.namespace !== highest.namespace;
    if (highest.kind !== 'Pod' || owner.kind === 'Node' || isElsewhere || isKnown)
      return { workload: refOf(highest), ownedBy: [owner], complete: true };
    const { apiVersion, kind, name, uid } = owner;
    return { workload: { apiVersion, kind, name, uid, namespace: highest.namespace }, ownedBy: [], complete: true };
  }

  #affectedBy(object: StoredObject, affected: Set<string>): Set<string> {
    if (object.kind === 'Namespace') {
      for (const key of this.workloadKeys(object.name)) affected.add(key);
      return affected;
    }
    // The object's own key too: until its owner was known, it stood for itself.
    if (object.kind !== 'ControllerRevision') affected.add(object.uid);
    affected.add(this.ownership(object).workload.uid);
    return affected;
  }

  /** Keys of those whose direct owner comes or goes with this uid: without it each is the highest of its chain. */
  #stoodForThemselves(uid: string): Set<string> {
    return new Set(this.#children.get(uid)?.uids);
  }

  #forget(object: StoredObject): void {
    this.#objects.delete(object.uid);
    if (object.kind === 'Pod' && object.nodeName !== '') {
      const pods = this.#podsOf(object.nodeName);
      pods.delete(object.uid);
      if (pods.size === 0) this.#podsOn.delete(object.nodeName);
    }
    if (object.kind === 'Namespace' && this.#namespaces.get(object.name) === object) this.#namespaces.delete(object.name);
    const owner = controllerOf(object);
    const siblings = owner === undefined ? undefined : this.#children.get(owner.uid);
    siblings?.uids.delete(object.uid);
    if (owner !== undefined && siblings?.uids.size === 0) this.#children.delete(owner.uid);
  }

  #podsOf(nodeName: string): Set<string> {
    const pods = this.#podsOn.get(nodeName) ?? new Set();
    this.#podsOn.set(nodeName, pods);
    return pods;
  }

  /** A node's status is written every few minutes at least, on each of thousands of nodes: only another platform means anything. */
  #applyNode(node: NodeObject): ReadonlySet<string> {
    const known = this.#nodes.get(node.name);
    this.#nodes.set(node.name, node);
    return known?.os === node.os && known.architecture === node.architecture ? new Set() : this.#workloadsOn(node.name);
  }

  #removeNode(uid: string): ReadonlySet<string> {
    const node = [...this.#nodes.values()].find((candidate) => candidate.uid === uid);
    if (node === undefined) return new Set();
    this.#nodes.delete(node.name);
    return this.#workloadsOn(node.name);
  }

  #workloadsOn(nodeName: string): ReadonlySet<string> {
    const keys = new Set<string>();
    for (const uid of this.#podsOn.get(nodeName) ?? []) {
      const pod = this.#objects.get(uid);
      if (pod !== undefined) this.#affectedBy(pod, keys);
    }
    return keys;
  }

  #addChild(owner: string, { namespace, uid }: StoredObject): void {
    const siblings = this.#children.get(owner) ?? { namespace, uids: new Set() };
    this.#children.set(owner, siblings);
    siblings.uids.add(uid);
  }
}

function controllerOf(object: ObjectIdentity): OwnerReference | undefined {
  return object.owners.find((owner) => owner.controller);
}

function platformOfNode({ os, architecture }: NodeObject): Platform | undefined {
  return os === '' || architecture === '' ? undefined : { os, architecture, variant: '' };
}

/** Returns what identifies an object as a workload. */
function refOf(object: OwnedObject): WorkloadRef {
  const { apiVersion, kind, namespace, name, uid } = object;
  return { apiVersion, kind, namespace, name, uid };
}
