// `kubexray snapshot` as its own process on a real cluster, under an account that may only list; and manifests beside what the cluster makes of them.
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import { readRecording } from '../../src/commands/recordings.ts';
import { gatherWorkload } from '../../src/facts/workload.ts';
import type { FullRecording } from '../../src/recording/recorded.ts';
import { at } from '../cluster/at.ts';
import { applyManifests } from '../cluster/manifests.ts';
import { digestOf } from '../xray/images.ts';
import { applyPolicy, deploy, type Environment, startEnvironment, workloadManifest } from './environment.ts';

const cli = join(import.meta.dirname, '../../src/cli.ts');
const vulnerable = 'registry.example.com/shop/vulnerable:1';
const unknown = 'registry.example.com/shop/unknown:1';
const secretEnv = {
  containers: [{ name: 'main', image: vulnerable, env: [{ name: 'PASSWORD', value: 'hunter2' }], args: ['--token=hunter2'] }],
};
const labels = { app: 'api' };
const api = {
  ...{ apiVersion: 'apps/v1', kind: 'Deployment' },
  metadata: { namespace: 'shop', name: 'api', labels: { team: 'shop' }, annotations: { 'deploy.example.com/note': 'hunter2' } },
  spec: { replicas: 2, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: secretEnv } },
};

let environment: Environment;
let directory: string;

test.before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kubexray-recording-'));
  environment = await startEnvironment();
  const { admin, xray } = environment;
  xray.set({ name: 'shop/vulnerable:1', digest: digestOf(vulnerable), issues: [{ id: 'XRAY-1', severity: 'High' }] });
  await writeFile(path('token'), xray.login().token);
  await admin.createNamespace('shop', { tier: 'prod' });
  const reader = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace: 'shop', name: 'reader' } };
  const stranger = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace: 'shop', name: 'stranger' } };
  const rules = [{ apiGroups: ['', 'apps', 'batch', 'kubexray.io'], resources: ['*'], verbs: ['list'] }];
  const group = 'rbac.authorization.k8s.io';
  const role = { apiVersion: `${group}/v1`, kind: 'ClusterRole', metadata: { name: 'reader' }, rules };
  const roleRef = { apiGroup: group, kind: 'ClusterRole', name: 'reader' };
  const subjects = [{ kind: 'ServiceAccount', namespace: 'shop', name: 'reader' }];
  const binding = { apiVersion: `${group}/v1`, kind: 'ClusterRoleBinding', metadata: { name: 'reader' }, roleRef, subjects };
  await applyManifests(admin, [reader, stranger, role, binding]);
  for (const name of ['reader', 'stranger']) await admin.writeKubeconfig(path(name), await admin.tokenFor('shop', name));
  await applyPolicy(admin, 'production', { rules: [{ name: 'no-high', use: 'security' }] });
  await deploy(admin, { namespace: 'shop', name: 'db', kind: 'StatefulSet', image: unknown, replicas: 1 });
  await applyManifests(admin, [api]);
  // The second one of the same template is ready after the first, whose manifest has no secret to look for.
  await deploy(admin, { namespace: 'shop', name: 'web', image: vulnerable, replicas: 1 });
});

test.after.always(async () => {
  await environment?.stop();
  await rm(directory, { recursive: true, force: true });
});

function path(name: string): string {
  return join(directory, name);
}

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the verb with nothing of the tester's own environment. */
async function snapshot(kubeconfig: string, ...flags: readonly string[]): Promise<Run> {
  const xray = ['--xray-url', environment.xray.url, '--xray-token-file', path('token')];
  const args = [cli, 'snapshot', '--kubeconfig', path(kubeconfig), ...xray, ...flags];
  return promisify(execFile)(process.execPath, args, { env: { PATH: process.env.PATH }, timeout: 60_000 }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    // An error of execFile has these.
    (error: Run) => error,
  );
}

/** What the rules see of the workloads of the namespace, but for times and uids. */
function workloads({ cluster }: FullRecording): readonly unknown[] {
  return [...cluster.workloadKeys('shop')]
    .map((key) => gatherWorkload(cluster, key))
    .filter((workload) => workload !== undefined)
    .map(({ ref: { uid: _, ...ref }, images, controller, annotations: __, terminating, ...rest }) => ({
      ...{ ...rest, ...ref, terminating, template: controller?.template.containers, stalled: controller?.rolloutStalled },
      images: images.map(({ firstSeenAt: ___, ...image }) => image),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

test.serial('a snapshot needs no more than to list, holds what runs, and no secrets', async (t) => {
  const { code, stdout, stderr } = await snapshot('reader', '-o', path('one.json'));
  t.is(
    // On a busy machine it says that it is at work.
    stderr
      .replace(/^reading .*\n/, '')
      .replace(/\d+ objects/, 'N objects')
      .replace(/[\d.]+ KiB/, 'N KiB'),
    [
      'annotations left out (keep them with --annotations): deploy.example.com/note\n',
      'recorded N objects, 1 policy, 2 images: N KiB\n',
    ].join(''),
  );
  t.is(stdout, '');
  t.is(code, 0);
  const text = await readFile(path('one.json'), 'utf8');
  t.false(text.includes('hunter2'));
  t.is((await stat(path('one.json'))).mode & 0o777, 0o600);
  t.deepEqual(
    (await readdir(directory)).filter((name) => name.endsWith('.tmp')),
    [],
  );
  const recording = await readRecording({ resources: path('one.json'), now: new Date() });
  t.is(at(recording.policies[0], 'metadata.name'), 'production');
  const fact = recording.factOf(digestOf(vulnerable));
  t.deepEqual(fact.state === 'scanned' && fact.content.issues.map(({ id, severity }) => `${id} ${severity}`), ['XRAY-1 high']);
  t.is(recording.factOf(digestOf(unknown)).state, 'unscanned');
});

test.serial('two snapshots of a cluster at rest differ in their time alone', async (t) => {
  const { stdout, code } = await snapshot('reader', '-o', '-', '--annotations', '*');
  const { stdout: later } = await snapshot('reader', '-o', '-', '--annotations', '*');
  t.is(code, 0);
  t.true(stdout.includes('deploy.example.com/note'));
  const [before, after] = [stdout.split('\n'), later.split('\n')];
  t.deepEqual(
    after.filter((line) => !before.includes(line)).map((line) => line.slice(0, 10)),
    ['"takenAt":'],
  );
});

test.serial('manifests are judged as what the cluster makes of them', async (t) => {
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', labels: { tier: 'prod' } } };
  const db = workloadManifest({ namespace: 'shop', name: 'db', kind: 'StatefulSet', image: unknown, replicas: 1 });
  const web = workloadManifest({ namespace: 'shop', name: 'web', image: vulnerable, replicas: 1 });
  await writeFile(path('manifests.json'), JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [namespace, db, web, api] }));
  const images = [vulnerable, unknown].map((ref) => ({ ref, digest: digestOf(ref) }));
  await writeFile(path('facts.yaml'), JSON.stringify({ images }));
  const declared = await readRecording({ resources: path('manifests.json'), facts: path('facts.yaml'), now: new Date() });
  const recorded = await readRecording({ resources: path('one.json'), now: new Date() });
  t.deepEqual(workloads(declared), workloads(recorded));
  t.is(workloads(recorded).length, 3);
});

test.serial('an export of the cluster is judged as the cluster, with its pods and without', async (t) => {
  const { admin } = environment;
  const list = (resource: string) => admin.expect('GET', `/apis/apps/v1/namespaces/shop/${resource}`);
  const [deployments, sets, stateful] = await Promise.all(['deployments', 'replicasets', 'statefulsets'].map(list));
  const [pods, namespaces] = await Promise.all(
    ['/api/v1/namespaces/shop/pods', '/api/v1/namespaces'].map((target) => admin.expect('GET', target)),
  );
  const recorded = workloads(await readRecording({ resources: path('one.json'), now: new Date() }));
  const workloadsOf = async (...lists: readonly unknown[]) => {
    await writeFile(path('export.json'), JSON.stringify({ apiVersion: 'v1', kind: 'List', items: lists }));
    return workloads(await readRecording({ resources: path('export.json'), facts: path('facts.yaml'), now: new Date() }));
  };
  t.deepEqual(await workloadsOf(deployments, sets, stateful, pods, namespaces), recorded);
  t.deepEqual(await workloadsOf(deployments, sets, stateful, namespaces), recorded);
  t.deepEqual(await workloadsOf(deployments, stateful, namespaces), recorded);
});

test.serial('an account that may not list is told every kind, and nothing is written', async (t) => {
  const { code, stderr } = await snapshot('stranger', '-o', path('never.json'));
  t.is(code, 2);
  for (const kind of ['Pod', 'Deployment', 'CronJob', 'Namespace', 'KubeXrayPolicy']) t.true(stderr.includes(`${kind}: GET `), kind);
  t.is(stderr.trim().split('\n').length, 1);
  t.false((await readdir(directory)).includes('never.json'));
});

test.serial('an Xray that answers for no image is an error, and nothing is written', async (t) => {
  await writeFile(path('bad-token'), 'wrong');
  const { code, stderr } = await snapshot('reader', '-o', path('blind.json'), '--xray-token-file', path('bad-token'));
  t.is(code, 2);
  t.regex(stderr, /ask Xray about 2 images: Xray refused the credentials/);
  t.false((await readdir(directory)).includes('blind.json'));
});

test.serial('a file that cannot be written is named', async (t) => {
  const { code, stderr } = await snapshot('reader', '-o', path('no/such/folder.json'));
  t.is(code, 2);
  t.regex(stderr, /write \S+folder\.json: ENOENT/);
});
