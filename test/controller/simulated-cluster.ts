// A controller on a cluster in memory with simulated time; the cluster's own controllers and kubelets move when a test says so.
import { setImmediate as turn } from 'node:timers/promises';
import { type Controller, startController, type WatchHandlers } from '../../src/controller/run.ts';
import { isJsonObject, type JsonObject } from '../../src/facts/json.ts';
import type { ImageRegistry } from '../../src/facts/registry.ts';
import type { WatchAnswer } from '../../src/facts/watch-source.ts';
import type { KubeXrayPolicyStatus } from '../../src/policy/kubexraypolicy.generated.ts';
import { parsePolicy } from '../../src/policy/parse.ts';
import { type Change, MemoryCluster, type Write } from '../actions/memory-cluster.ts';
import { type SimulatedClock, simulatedClock } from '../builders/clock.ts';
import { container, deployment, digestOf, namespace, node, ownerReference, pod, replicaSet } from '../builders/objects.ts';
import { MemoryRules, noLibrary, type Objects, regoOf } from './memory-rules.ts';
import { MemoryScans } from './memory-scans.ts';

export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;

/** Lets everything end that waits for no timer. */
export async function settle(): Promise<void> {
  for (let round = 0; round < 40; round += 1) await turn();
}

/** A policy with one rule `bad` that objects to images; Enforce and ScaleDown unless told otherwise. Facts are asked again every minute or so. */
export function spec(objects: Objects, given: { action?: string; version?: number } & JsonObject = {}): JsonObject {
  const { action = 'ScaleDown', version = 1, ...fields } = given;
  const rules = [{ name: 'bad', rego: regoOf(objects, version), actions: { default: action } }];
  return { mode: 'Enforce', facts: { maxAge: '2m' }, rules, ...fields };
}

export class SimulatedCluster {
  readonly clock: SimulatedClock = simulatedClock();
  readonly cluster = new MemoryCluster();
  readonly scans = new MemoryScans();
  readonly rules = new MemoryRules();
  /** Controllers that are started from now on ask it. */
  registry: ImageRegistry | undefined = undefined;
  /** Name of the node that a new pod runs on; `node-1` is there. */
  nodeOf: (podIndex: number) => string = () => 'node-1';
  /** What the runtime reports of an image in a new pod. */
  imageIdOf: (image: string) => string = (image) => container({ image }).imageID;
  /** What was logged as an error. */
  readonly errors: string[] = [];
  /** What Xray answers for its watches. */
  readonly watches = new Map<string, WatchAnswer>();
  /** The watches bring no policies while this holds. */
  isPolicyWatchSilent = false;

  constructor() {
    this.cluster.put(namespace({ name: 'shop' }));
    this.cluster.put(node());
  }

  /** Starts a controller; several at once are replicas. Each sees what is there and then every change, until it is stopped. */
  start(rules: MemoryRules = this.rules): Controller {
    const { clock, cluster, scans } = this;
    let actions = 0;
    return startController({
      startWatches: (handlers) => {
        let isStopped = false;
        const tell = (change: Change): void => {
          if (!isStopped) hand(change, handlers);
        };
        // As watches do: the events come later, one after the other, never while somebody writes.
        const later = (change: Change): void => {
          if (change.kind !== 'policy' || !this.isPolicyWatchSilent) void turn().then(() => tell(change));
        };
        const synced = turn().then(() => {
          for (const change of cluster.all()) tell(change);
          cluster.listen(later);
        });
        const stop = async (): Promise<void> => {
          isStopped = true;
        };
        return { synced, missing: () => [], stop };
      },
      port: cluster,
      scans,
      violations: {
        rows: async (watch, { from }) => {
          const answer = this.watches.get(watch) ?? { kind: 'unavailable', reason: `Xray knows no watch ${watch}` };
          if (answer.kind === 'unavailable' || from === null) return answer;
          return { ...answer, rows: answer.rows.filter(({ createdAt }) => createdAt >= from) };
        },
      },
      registry: this.registry,
      library: noLibrary,
      compiler: rules.compiler,
      loadProgram: rules.loadProgram,
      protectedNamespaces: ['kubexray'],
      clock,
      timers: { now: () => clock.now().getTime(), setTimer: clock.setTimer },
      random: () => 0.5,
      newActionId: () => {
        actions += 1;
        return `action-${actions}`;
      },
      log: { error: (_fields, message) => void this.errors.push(message), info: () => undefined, debug: () => undefined },
    });
  }

  /** Lets time pass, timer by timer, with all the work that each brings. */
  async pass(ms: number): Promise<void> {
    let leftMs = ms;
    for (;;) {
      await settle();
      const [next] = this.clock.pendingMs();
      if (next === undefined || next > leftMs) break;
      await this.clock.advance(next);
      leftMs -= next;
    }
    await this.clock.advance(leftMs);
    await settle();
  }

  /** A Deployment with its ReplicaSet and running pods. */
  deploy(name: string, image: string, replicas = 1): void {
    const at = { name, template: templateOf(image), replicas, status: { observedGeneration: 1, replicas, updateRevision: '' } };
    this.cluster.put(deployment(at));
    this.converge();
  }

  /** Changes the Deployment as a person would; a change of spec raises the generation. */
  edit(
    name: string,
    change: { readonly image?: string; readonly replicas?: number; readonly annotations?: Readonly<Record<string, string>> },
  ): void {
    const before = this.cluster.controller(`uid-${name}`);
    const { image, ...fields } = change;
    const template = image === undefined ? before.template : templateOf(image);
    const isSpec = image !== undefined || change.replicas !== undefined;
    this.cluster.put({ ...before, ...fields, template, generation: before.generation + (isSpec ? 1 : 0) });
  }

  /** What the cluster's own controllers do: pods as wanted, status as it is, and what is being deleted goes. */
  converge(): void {
    for (const object of this.cluster.objects()) {
      if (object.kind !== 'Deployment') continue;
      if (object.terminating) {
        for (const part of this.#parts(object.name)) this.cluster.remove(part.uid);
        this.cluster.remove(object.uid);
        continue;
      }
      const set = replicaSet({
        name: `${object.name}-${object.template.sha256}`,
        owners: [ownerReference(object)],
        template: object.template,
        replicas: object.replicas,
      });
      const image = object.template.containers[0]?.image ?? '';
      const pods = Array.from({ length: object.replicas }, (_, index) =>
        pod({
          name: `${object.name}-${object.template.sha256}-${index}`,
          owners: [ownerReference(set)],
          nodeName: this.nodeOf(index),
          createdAt: this.clock.now(),
          containers: [container({ image, imageID: this.imageIdOf(image) })],
        }),
      );
      const wanted = new Set([set.uid, ...pods.map(({ uid }) => uid)]);
      for (const part of this.#parts(object.name)) if (!wanted.has(part.uid)) this.cluster.remove(part.uid);
      for (const part of [set, ...pods]) if (this.cluster.object(part.uid) === undefined) this.cluster.put(part);
      const status = { observedGeneration: object.generation, replicas: object.replicas, updateRevision: '' };
      if (JSON.stringify(status) !== JSON.stringify(object.status)) this.cluster.put({ ...object, status });
    }
  }

  #parts(name: string) {
    return this.cluster
      .objects()
      .filter((object) => (object.kind === 'ReplicaSet' || object.kind === 'Pod') && object.name.startsWith(`${name}-`));
  }

  /** Writes to objects; those of statuses do not count. */
  actions(): readonly Write[] {
    return this.cluster.writes.filter(({ verb }) => verb !== 'status');
  }

  replicas(name: string): number {
    return this.cluster.controller(`uid-${name}`).replicas;
  }

  status(name: string): KubeXrayPolicyStatus | undefined {
    const parsed = parsePolicy(this.cluster.policy(name));
    return 'policy' in parsed ? parsed.policy.status : undefined;
  }

  /** `workload rule outcome reason` of each row. */
  rows(name: string): readonly string[] {
    const rows = this.status(name)?.violations ?? [];
    return rows.map(({ workload, rule, outcome, reason = '' }) => [workload.name, rule, outcome, reason].join(' ').trimEnd());
  }

  condition(name: string, type: string): string | undefined {
    const object = this.cluster.policy(name);
    const status = isJsonObject(object?.status) ? object.status : {};
    const conditions: readonly unknown[] = Array.isArray(status.conditions) ? status.conditions : [];
    const found = conditions.filter(isJsonObject).find((one) => one.type === type);
    return found === undefined ? undefined : `${String(found.status)} ${String(found.reason)}`;
  }
}

function templateOf(image: string) {
  return { sha256: digestOf(image).slice(7, 27), containers: [{ name: 'app', type: 'container' as const, image }] };
}

function hand(change: Change, handlers: WatchHandlers): void {
  switch (change.kind) {
    case 'object':
      handlers.onObject(change.object);
      break;
    case 'gone':
      handlers.onObjectGone(change.uid);
      break;
    case 'policy':
      handlers.onPolicy(change.name, change.object);
      break;
    case 'policyGone':
      handlers.onPolicyGone(change.name);
      break;
  }
}
