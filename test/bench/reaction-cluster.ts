// The clusters that bench:reaction measures on: made once on the real control plane, kept in the user's cache, each start on a copy.
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Progress } from '../../src/opa/progress.ts';
import { builtOnce, type Environment } from '../../src/opa/tool-cache.ts';
import type { AdminClient } from '../cluster/admin-client.ts';
import { at } from '../cluster/at.ts';
import { controlPlaneBinary } from '../cluster/binary.ts';
import { type ControlPlane, startControlPlane } from '../cluster/control-plane.ts';
import { waitFor } from '../cluster/wait-for.ts';
import { auditPolicy } from './audit.ts';
import { type CrowdWorkload, crowdOf } from './crowd.ts';

export interface BenchCluster extends ControlPlane {
  /** Where the server writes down who asked what; see `audit.ts`. */
  readonly auditPath: string;
  /** For what belongs to this cluster and goes with it. */
  readonly directory: string;
}

interface Surroundings {
  readonly env: Environment;
  readonly progress: Progress;
}

// At once; more only makes the API server queue.
const creationsAtOnce = 16;
const nodes = 20;

/** Starts a control plane on a copy of the cluster with so many pods; makes that cluster the first time. Its pods run when this returns. */
export async function startBenchCluster(pods: number, surroundings: Surroundings): Promise<BenchCluster> {
  const saved = await savedCluster(pods, surroundings);
  const directory = await mkdtemp(join(tmpdir(), 'kubexray-bench-'));
  const auditPath = join(directory, 'audit.log');
  const policyPath = join(directory, 'audit-policy.json');
  await writeFile(policyPath, JSON.stringify(auditPolicy));
  await cp(saved, join(directory, 'data'), { recursive: true, mode: constants.COPYFILE_FICLONE });
  const cluster = await startControlPlane({
    ...surroundings,
    dataDirectory: join(directory, 'data'),
    nodes,
    apiServerFlags: [`--audit-policy-file=${policyPath}`, `--audit-log-path=${auditPath}`],
  });
  const stop = async (): Promise<void> => {
    await cluster.stop();
    await rm(directory, { recursive: true, force: true });
  };
  return { ...cluster, auditPath, directory, stop };
}

async function savedCluster(pods: number, surroundings: Surroundings): Promise<string> {
  const crowd = crowdOf(pods);
  const manifests = crowd.map(manifestOf);
  const key = createHash('sha256').update(basename(await controlPlaneBinary(surroundings)));
  key.update(JSON.stringify([nodes, manifests]));
  const tool = {
    name: 'bench-cluster',
    key: `${pods}-pods-${key.digest('hex').slice(0, 16)}`,
    takes: `${pods} pods, about ${Math.max(15, Math.ceil(pods / 80))} s`,
    build: async (directory: string): Promise<string> => {
      const data = join(directory, 'data');
      const cluster = await startControlPlane({ ...surroundings, dataDirectory: data, nodes });
      try {
        await createCrowd(cluster.admin, { crowd, pods, progress: surroundings.progress });
      } finally {
        await cluster.stop();
      }
      return data;
    },
  };
  return builtOnce(tool, surroundings);
}

async function createCrowd(
  admin: AdminClient,
  { crowd, pods, progress }: { readonly crowd: readonly CrowdWorkload[]; readonly pods: number; readonly progress: Progress },
): Promise<void> {
  const namespaces = [...new Set(crowd.map(({ namespace }) => namespace))];
  await atOnce(namespaces, (name) => admin.createNamespace(name));
  const created = atOnce(crowd, (workload) =>
    admin.expect('POST', `/apis/apps/v1/namespaces/${workload.namespace}/deployments`, manifestOf(workload)),
  );
  const allRun = async (): Promise<boolean> => {
    const items = at(await admin.expect('GET', '/apis/apps/v1/deployments'), 'items');
    let running = 0;
    for (const item of Array.isArray(items) ? items : []) running += Number(at(item, 'status.readyReplicas') ?? 0);
    progress.update(`bench-cluster: ${running} of ${pods} pods run`);
    return running === pods;
  };
  const waiting = waitFor(allRun, { what: `${pods} pods running`, timeoutMs: 30 * 60_000, intervalMs: 5_000 });
  await Promise.all([created, waiting]);
}

/** Returns a Deployment whose images have the digests of their references. */
export function manifestOf({ namespace, name, replicas, images }: CrowdWorkload): object {
  const labels = { app: name };
  const containers = images.map((image, index) => ({ name: `container-${index}`, image }));
  const template = { metadata: { labels }, spec: { containers } };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { namespace, name },
    spec: { replicas, selector: { matchLabels: labels }, template },
  };
}

async function atOnce<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  const left = [...items];
  const worker = async (): Promise<void> => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: creationsAtOnce }, worker));
}
