// One by one: a workload with a grave issue begins to run, or the issue becomes known while it runs; when is it seen at zero replicas?
import { setTimeout as delay } from 'node:timers/promises';
import { at } from '../cluster/at.ts';
import { waitFor } from '../cluster/wait-for.ts';
import { digestOf, type IssueSource } from '../xray/images.ts';
import type { XrayStandIn } from '../xray/stand-in.ts';
import { sendWebhook } from '../xray/webhook.ts';
import { auditedRequests } from './audit.ts';
import type { Contender } from './contender.ts';
import { sourceOf } from './crowd.ts';
import { type BenchCluster, manifestOf } from './reaction-cluster.ts';
import { nowMs, watchObjects } from './watch.ts';

/** What happened to one workload, in milliseconds from the moment that counts: its pod seen running, or the issue published. */
export interface Reaction {
  /** Seen at zero replicas. Infinite when that was not seen in time. */
  readonly zeroMs: number;
  /** The stand-in was asked about its image. */
  readonly askedMs: number | undefined;
  /** The API server was first asked for the workload itself, before it is acted on. */
  readonly readMs: number | undefined;
  /** The API server was told to scale it. */
  readonly writtenMs: number | undefined;
}

export interface RoundsOptions {
  readonly cluster: BenchCluster;
  readonly xray: XrayStandIn;
  readonly contender: Contender;
  readonly rounds: number;
  readonly issuesEach: number;
}

export interface Rounds {
  /** A workload of a new image with a grave issue, two replicas: from the first pod seen running. */
  readonly newWorkloads: () => Promise<readonly Reaction[]>;
  /** An issue becomes known in an image that runs, and a webhook says so: from before the issue was published. */
  readonly webhooks: () => Promise<readonly Reaction[]>;
  /** The reads and the one write of an action, sent by hand, until the workload is seen at zero: no program can be faster. */
  readonly byHand: () => Promise<readonly Reaction[]>;
  readonly stop: () => Promise<void>;
}

/** The client begins two calls to Xray a second when it has used up its first twelve: faster rounds would measure that. */
export const paceMs = 600;
const namespace = 'bench';
const replicas = 2;
const grave: IssueSource = {
  id: 'XRAY-999999',
  cve: 'CVE-2026-9999',
  severity: 'High',
  cvss: 9.1,
  component: 'npm://grave:1.0.0',
  fixed: ['1.0.1'],
};
// Whoever takes longer has not noticed.
const patienceMs = 30_000;

/** Creates the namespace of the rounds and watches it. */
export async function startRounds(options: RoundsOptions): Promise<Rounds> {
  const { cluster, xray, rounds } = options;
  const { admin } = cluster;
  await admin.createNamespace(namespace);
  const runningAtMs = new Map<string, number>();
  const zeroAtMs = new Map<string, number>();
  const stopPods = await watchObjects(cluster, `/api/v1/namespaces/${namespace}/pods`, ({ object, atMs }) => {
    const workload = String(at(object, 'metadata.labels.app'));
    if (at(object, 'status.phase') === 'Running' && !runningAtMs.has(workload)) runningAtMs.set(workload, atMs);
  });
  const stopWorkloads = await watchObjects(cluster, `/apis/apps/v1/namespaces/${namespace}/deployments`, ({ object, name, atMs }) => {
    if (at(object, 'spec.replicas') === 0 && !zeroAtMs.has(name)) zeroAtMs.set(name, atMs);
  });
  const create = async (name: string): Promise<void> => {
    const manifest = manifestOf({ namespace, name, replicas, images: [refOf(name)] });
    await admin.expect('POST', `/apis/apps/v1/namespaces/${namespace}/deployments`, manifest);
  };
  const seen = (times: ReadonlyMap<string, number>, name: string): Promise<number> =>
    waitFor(() => times.get(name), { what: name, timeoutMs: patienceMs, intervalMs: 2 }).catch(() => Number.POSITIVE_INFINITY);
  const know = (name: string, issues: readonly IssueSource[] = []): void => {
    const source = sourceOf(refOf(name), options.issuesEach);
    xray.set({ ...source, issues: [...(source.issues ?? []), ...issues] });
  };
  const paced = async (names: readonly string[], round: (name: string) => Promise<number>): Promise<readonly Reaction[]> => {
    const begun = new Map<string, number>();
    for (const name of names) {
      const rest = delay(paceMs);
      begun.set(name, await round(name));
      await seen(zeroAtMs, name);
      await rest;
    }
    return reactionsOf({ options, begun, zeroAtMs });
  };

  return {
    newWorkloads: () =>
      paced(namesOf('new', rounds), async (name) => {
        know(name, [grave]);
        await create(name);
        return seen(runningAtMs, name);
      }),
    webhooks: async () => {
      const { url, login } = await options.contender.webhook();
      const names = namesOf('told', rounds);
      // Ours may have them all run beforehand. KubeXray takes the last pod of a namespace for any other: it gets one at a time.
      const prepare = async (some: readonly string[]): Promise<void> => {
        for (const name of some) know(name);
        for (const name of some) await create(name);
        for (const name of some)
          await waitFor(() => xray.timesAsked(digestOf(refOf(name))) > 0, { what: `${name} asked about`, timeoutMs: patienceMs });
        // The answer has to arrive too, and to be judged.
        await delay(1_000);
      };
      if (options.contender.isOurs) await prepare(names);
      return paced(names, async (name) => {
        if (!options.contender.isOurs) await prepare([name]);
        const begunAtMs = nowMs();
        xray.addIssue(digestOf(refOf(name)), grave);
        const image = {
          name: refOf(name).slice(refOf(name).indexOf('/') + 1),
          digest: digestOf(refOf(name)),
          repositories: ['docker-local'],
        };
        await sendWebhook(url, { login, images: [image], issues: [grave] });
        return begunAtMs;
      });
    },
    byHand: async () => {
      const names = namesOf('hand', 20);
      for (const name of names) know(name);
      for (const name of names) await create(name);
      for (const name of names) await seen(runningAtMs, name);
      const begun = new Map<string, number>();
      for (const name of names) {
        const path = `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`;
        begun.set(name, nowMs());
        for (const read of [path, `/api/v1/namespaces/${namespace}`, '/api/v1/namespaces/kubexray']) await admin.expect('GET', read);
        await admin.expect('PATCH', path, { spec: { replicas: 0 } });
        await seen(zeroAtMs, name);
      }
      return reactionsOf({ options, begun, zeroAtMs });
    },
    stop: async () => {
      await Promise.all([stopPods(), stopWorkloads()]);
    },
  };
}

function namesOf(word: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${word}-${index}`);
}

function refOf(name: string): string {
  return `registry.example.com/bench/${name}:1`;
}

interface Begun {
  readonly options: RoundsOptions;
  /** Name → the moment that counts. */
  readonly begun: ReadonlyMap<string, number>;
  readonly zeroAtMs: ReadonlyMap<string, number>;
}

async function reactionsOf({ options, begun, zeroAtMs }: Begun): Promise<readonly Reaction[]> {
  const audited = await auditedRequests(options.cluster.auditPath);
  return [...begun].map(([name, begunAtMs]) => {
    const hex = digestOf(refOf(name)).slice('sha256:'.length);
    const asked = options.xray
      .requests()
      .find(({ checksums, at: askedAt }) => checksums.includes(hex) && askedAt.getTime() >= begunAtMs - 1);
    const own = audited.filter((request) => request.namespace === namespace && request.name === name && request.resource === 'deployments');
    const since = (atMs: number | undefined): number | undefined => (atMs === undefined ? undefined : atMs - begunAtMs);
    return {
      zeroMs: (zeroAtMs.get(name) ?? Number.POSITIVE_INFINITY) - begunAtMs,
      askedMs: since(asked?.at.getTime()),
      readMs: since(own.find(({ verb }) => verb === 'get')?.receivedAtMs),
      writtenMs: since(own.find(({ verb }) => verb === 'patch' || verb === 'update')?.receivedAtMs),
    };
  });
}
