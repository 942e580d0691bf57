// Measures one program on one cluster: its first pass, its rest, its reactions, and what each costs.
import { setTimeout as delay } from 'node:timers/promises';
import type { Progress } from '../../src/opa/progress.ts';
import { at } from '../cluster/at.ts';
import { applyManifests } from '../cluster/manifests.ts';
import { waitFor } from '../cluster/wait-for.ts';
import { applyPolicy, condition, installController, policyStatus } from '../e2e/environment.ts';
import { startXray } from '../xray/stand-in.ts';
import { accounts, auditedRequests, isWrite } from './audit.ts';
import { type Contender, type OurProgram, type Peer, startOurs, startPeer, type Usage } from './contender.ts';
import { crowdOf, crowdSources } from './crowd.ts';
import { type BenchCluster, startBenchCluster } from './reaction-cluster.ts';
import { type Reaction, startRounds } from './reaction-rounds.ts';
import { nowMs } from './watch.ts';

export interface Measured {
  readonly name: string;
  readonly pods: number;
  readonly workloads: number;
  readonly firstPass: FirstPass;
  readonly newWorkloads: readonly Reaction[];
  readonly webhooks: readonly Reaction[];
  /** Ours alone. */
  readonly byHand: readonly Reaction[];
  readonly rest: { readonly seconds: number; readonly reads: number; readonly writes: number; readonly callsToXray: number };
  readonly usage: { readonly afterFirstPass: Usage | undefined; readonly atTheEnd: Usage | undefined };
}

export interface FirstPass {
  /** From the start of the process. */
  readonly ms: number;
  readonly callsToXray: number;
  /** In each of these calls. */
  readonly imagesAsked: readonly number[];
  readonly reads: number;
  readonly writes: number;
  /** Where the time goes, in order, in milliseconds from the start; what a program does not tell is left out. */
  readonly moments: Readonly<Record<string, number>>;
  /** A plain LIST of all pods in pages of 500, by a client that throws them away. */
  readonly listMs: number;
}

export interface MeasureOptions {
  readonly pods: number;
  readonly rounds: number;
  readonly restSeconds: number;
  readonly issuesEach: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly progress: Progress;
  /** In place of our controller. */
  readonly peer?: Peer;
  readonly ours: OurProgram;
}

const policyName = 'bench';
// Whoever asked nothing for so long has been through.
const quietMs = 10_000;
const firstPassWithinMs = 15 * 60_000;

/** Starts everything, measures, and ends everything. Rejects with the end of the program's log when it ends before. */
export async function measure(options: MeasureOptions): Promise<Measured> {
  const { pods, peer, progress } = options;
  const say = (text: string): void => progress.say(`${pods} pods, ${peer?.name ?? 'ours'}: ${text}`);
  const [cluster, xray] = await Promise.all([startBenchCluster(pods, options), startXray({ images: crowdSources(options.issuesEach) })]);
  let contender: Contender | undefined;
  try {
    await prepare(cluster);
    const listMs = await timeList(cluster);
    xray.clearRequests();
    say('first pass');
    contender = peer === undefined ? await startOurs({ cluster, xray }, options.ours) : await startPeer({ cluster, xray }, peer);
    const workloads = crowdOf(pods).length;
    const passed = contender.isOurs ? oursPassed(cluster, contender, workloads) : peerPassed(contender, () => xray.requests().at(-1)?.at);
    const ms = (await passed) - contender.startedAtMs;
    const callsToXray = xray.calls();
    const imagesAsked = xray.requests().map(({ checksums }) => checksums.length);
    const moments = momentsOf(
      contender,
      xray.requests().map(({ at: askedAt }) => askedAt.getTime()),
    );
    const { reads, writes } = await counted(cluster);
    const afterFirstPass = await contender.usage();
    const firstPass = { ms, callsToXray, imagesAsked, reads, writes, moments, listMs };
    const rounds = await startRounds({ ...options, cluster, xray, contender });
    say(`${Math.round(ms)} ms; new workloads, one by one`);
    const newWorkloads = await rounds.newWorkloads();
    say('webhooks, one by one');
    const webhooks = await rounds.webhooks();
    const byHand = contender.isOurs ? await rounds.byHand() : [];
    await rounds.stop();
    say(`${options.restSeconds} s at rest`);
    const rest = await atRest(cluster, options.restSeconds, () => xray.calls());
    const usage = { afterFirstPass, atTheEnd: await contender.usage() };
    return { name: contender.name, pods, workloads, firstPass, newWorkloads, webhooks, byHand, rest, usage };
  } catch (thrown) {
    throw new Error(`${peer?.name ?? 'ours'} on ${pods} pods: ${String(thrown)}\n${contender?.tail() ?? ''}`, { cause: thrown });
  } finally {
    await contender?.end();
    await Promise.all([cluster.stop(), xray.close()]);
  }
}

/** Our resource and account, a policy that people would have, and an account that may do everything, as KubeXray's. */
async function prepare({ admin }: BenchCluster): Promise<void> {
  await installController(admin);
  await applyPolicy(admin, policyName, {
    mode: 'Enforce',
    rules: [
      { name: 'no-high', use: 'security', parameters: { minSeverity: 'High' }, actions: { deployments: 'ScaleDown' } },
      { name: 'no-agpl', use: 'license', parameters: { denied: ['AGPL-*'] }, actions: { deployments: 'ScaleDown' } },
      { name: 'unscanned', use: 'unscanned', actions: { deployments: 'ScaleDown' } },
    ],
  });
  const name = accounts.peer;
  await applyManifests(admin, [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace: 'kubexray' } },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ kind: 'ServiceAccount', name, namespace: 'kubexray' }],
    },
  ]);
}

async function timeList({ admin }: BenchCluster): Promise<number> {
  const begunAtMs = nowMs();
  let more = '';
  do {
    const page = await admin.expect('GET', `/api/v1/pods?limit=500${more}`);
    const token = at(page, 'metadata.continue');
    more = typeof token === 'string' && token !== '' ? `&continue=${encodeURIComponent(token)}` : '';
  } while (more !== '');
  return nowMs() - begunAtMs;
}

/** Returns when the status says that every workload was judged on what Xray knows. */
async function oursPassed({ admin }: BenchCluster, contender: Contender, workloads: number): Promise<number> {
  const isOver = async (): Promise<boolean> => {
    if (contender.hasEnded()) throw new Error('the controller ended');
    const status = await policyStatus(admin, policyName);
    const { evaluated, undecided } = status.totals ?? {};
    return condition(status, 'Ready')?.status === 'True' && evaluated === workloads && undecided === 0;
  };
  await waitFor(isOver, { what: 'every workload judged', timeoutMs: firstPassWithinMs, intervalMs: 20 });
  return nowMs();
}

/** Returns when Xray was asked last, once it is not asked any more. */
async function peerPassed(contender: Contender, lastAsked: () => Date | undefined): Promise<number> {
  const isQuiet = (): boolean => {
    const last = lastAsked()?.getTime();
    return contender.hasEnded() || (last !== undefined && Date.now() - last > quietMs);
  };
  await waitFor(isQuiet, { what: `${contender.name} asks no more`, timeoutMs: firstPassWithinMs, intervalMs: 200 });
  const last = lastAsked()?.getTime();
  if (contender.hasEnded() || last === undefined) throw new Error('the program ended');
  return last;
}

function momentsOf(contender: Contender, askedAtMs: readonly number[]): Readonly<Record<string, number>> {
  const moments = {
    'process is up': contender.loggedAtMs('"controller started"'),
    'caches are filled': contender.loggedAtMs('"caches are filled"'),
    'first question to Xray': askedAtMs[0],
    'last question to Xray': askedAtMs.at(-1),
  };
  return Object.fromEntries(
    Object.entries(moments).flatMap(([name, atMs]) => (atMs === undefined ? [] : [[name, atMs - contender.startedAtMs] as const])),
  );
}

async function counted({ auditPath }: BenchCluster): Promise<{ readonly reads: number; readonly writes: number }> {
  const audited = await auditedRequests(auditPath);
  const writes = audited.filter(isWrite).length;
  return { writes, reads: audited.length - writes };
}

async function atRest(cluster: BenchCluster, seconds: number, calls: () => number): Promise<Measured['rest']> {
  // What the last round brought is written once a second, and its pods have to go.
  await delay(5_000);
  const before = { ...(await counted(cluster)), calls: calls() };
  await delay(seconds * 1_000);
  const after = await counted(cluster);
  return { seconds, reads: after.reads - before.reads, writes: after.writes - before.writes, callsToXray: calls() - before.calls };
}
