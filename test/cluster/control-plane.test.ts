// The test control plane does what the tests of the product rely on. Builds it on first use, and starts it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import test from 'ava';
import { at } from './at.ts';
import { type ControlPlane, startControlPlane } from './control-plane.ts';
import { hasKubectl, kubectl } from './kubectl.ts';
import { applyManifests } from './manifests.ts';
import { podAnnotations } from './pod-annotations.ts';
import { waitFor, waitForValue } from './wait-for.ts';

const digest = `sha256:${'a'.repeat(64)}`;
let cluster: ControlPlane;

test.before(async () => {
  cluster = await startControlPlane();
});

test.after.always(() => cluster?.stop());

interface Template {
  readonly annotations?: Readonly<Record<string, string>>;
  readonly spec?: object;
}

const template = ({ annotations = {}, spec = {} }: Template) => ({
  metadata: { labels: { app: 'web' }, annotations },
  spec: { containers: [{ name: 'web', image: 'shop/web:1.4' }], ...spec },
});

const workload = (kind: string, namespace: string, pods: Template) => ({
  apiVersion: kind === 'Job' ? 'batch/v1' : 'apps/v1',
  kind,
  metadata: { namespace, name: 'web' },
  spec: {
    ...(kind !== 'Job' && { selector: { matchLabels: { app: 'web' } } }),
    ...((kind === 'Deployment' || kind === 'StatefulSet') && { replicas: 2 }),
    template: template(pods),
  },
});

/** A namespace of the test's own with one workload in it, and questions about both. */
async function run(kind: string, namespace: string, pods: Template = {}) {
  await cluster.admin.createNamespace(namespace);
  const [created] = await applyManifests(cluster.admin, [workload(kind, namespace, pods)]);
  const [group, plural] = [String(at(created, 'apiVersion')), `${kind.toLowerCase()}s`];
  const path = `/apis/${group}/namespaces/${namespace}/${plural}/web`;
  const podsPath = `/api/v1/namespaces/${namespace}/pods`;
  return {
    path,
    podsPath,
    /** One member of each pod. */
    pods: async (member: string) => {
      const items = at(await cluster.admin.expect('GET', podsPath), 'items');
      return Array.isArray(items) ? items.map((pod: unknown) => at(pod, member)) : [];
    },
    workload: async (member: string) => at(await cluster.admin.expect('GET', path), member),
  };
}

test('a Deployment becomes available, with the digests that its pods ask for, and goes to zero', async (t) => {
  const annotations = { [podAnnotations.imageDigests]: JSON.stringify({ 'shop/web:1.4': digest }) };
  const web = await run('Deployment', 'deployment', { annotations });
  await waitForValue(() => web.workload('status.availableReplicas'), 2, { what: 'available' });
  const imageId = `docker.io/shop/web@${digest}`;
  t.deepEqual(await web.pods('status.containerStatuses.0.imageID'), [imageId, imageId]);
  t.deepEqual(await web.pods('status.phase'), ['Running', 'Running']);

  await cluster.admin.expect('PATCH', `${web.path}/scale`, { spec: { replicas: 0 } });
  await waitForValue(() => web.pods('metadata.name'), [], { what: 'no pod left' });
  await waitForValue(() => web.workload('status.observedGeneration'), 2, { what: 'observed' });
});

test('a StatefulSet with volume claims becomes ready, though nobody makes volumes', async (t) => {
  await cluster.admin.createNamespace('stateful');
  const set = workload('StatefulSet', 'stateful', {});
  const claim = { metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } };
  await applyManifests(cluster.admin, [{ ...set, spec: { ...set.spec, serviceName: 'web', volumeClaimTemplates: [claim] } }]);
  const ready = async () =>
    at(await cluster.admin.expect('GET', '/apis/apps/v1/namespaces/stateful/statefulsets/web'), 'status.readyReplicas');
  await waitForValue(ready, 2, { what: 'ready' });
  const pods = await cluster.admin.expect('GET', '/api/v1/namespaces/stateful/pods');
  t.is(at(pods, 'items.1.metadata.name'), 'web-1');
});

test('a DaemonSet runs on each node', async (t) => {
  const web = await run('DaemonSet', 'daemons');
  await waitForValue(() => web.workload('status.numberReady'), 2, { what: 'ready' });
  t.deepEqual((await web.pods('spec.nodeName')).toSorted(), ['node-1', 'node-2']);
});

test('the pod of a Job ends, and its init container has', async (t) => {
  const web = await run('Job', 'jobs', { spec: { restartPolicy: 'Never', initContainers: [{ name: 'init', image: 'busybox' }] } });
  await waitForValue(() => web.workload('status.succeeded'), 1, { what: 'succeeded' });
  t.deepEqual(await web.pods('status.initContainerStatuses.0.state.terminated.reason'), ['Completed']);
  t.deepEqual(await web.pods('status.initContainerStatuses.0.image'), ['docker.io/library/busybox:latest']);
});

test('the pod of a Job runs on where an annotation says so, and goes with the Job', async (t) => {
  const annotations = { [podAnnotations.keepRunning]: 'true' };
  const web = await run('Job', 'long-jobs', { annotations, spec: { restartPolicy: 'Never' } });
  await waitForValue(() => web.workload('status.ready'), 1, { what: 'ready' });
  t.deepEqual(await web.pods('status.phase'), ['Running']);
  await cluster.admin.expect('DELETE', web.path, { propagationPolicy: 'Foreground' });
  await waitForValue(() => web.pods('metadata.name'), [], { what: 'no pod left' });
});

test('an annotation keeps a pod waiting for its image, and a deleted one terminating', async (t) => {
  const annotations = { [podAnnotations.waiting]: 'true', [podAnnotations.slowTermination]: 'true' };
  const web = await run('Deployment', 'waiting', { annotations });
  const reasons = () => web.pods('status.containerStatuses.0.state.waiting.reason');
  await waitForValue(reasons, ['ImagePullBackOff', 'ImagePullBackOff'], { what: 'waiting' });
  t.deepEqual(await web.pods('status.containerStatuses.0.imageID'), ['', '']);

  const [first] = await web.pods('metadata.name');
  const path = `${web.podsPath}/${String(first)}`;
  await cluster.admin.expect('PATCH', path, { metadata: { annotations: { [podAnnotations.waiting]: null } } });
  await waitForValue(async () => at(await cluster.admin.expect('GET', path), 'status.phase'), 'Running', { what: 'running' });

  await cluster.admin.expect('DELETE', path);
  await waitFor(async () => (await web.pods('metadata.name')).length === 3, { what: 'a third beside the one that terminates' });
  await cluster.admin.expect('PATCH', path, { metadata: { annotations: { [podAnnotations.slowTermination]: null } } });
  await waitForValue(async () => (await cluster.admin.request('GET', path)).status, 404, { what: 'gone' });
});

test('an imageID can be anything, and a digest in the reference is kept', async (t) => {
  const annotations = { [podAnnotations.imageIds]: JSON.stringify({ 'shop/web:1.4': `sha256:${'b'.repeat(64)}` }) };
  const containers = [
    { name: 'web', image: 'shop/web:1.4' },
    { name: 'side', image: `registry.example.com/side@${digest}` },
  ];
  const web = await run('Deployment', 'ids', { annotations, spec: { containers } });
  await waitForValue(() => web.workload('status.availableReplicas'), 2, { what: 'available' });
  t.is((await web.pods('status.containerStatuses.0.imageID'))[0], `sha256:${'b'.repeat(64)}`);
  t.is((await web.pods('status.containerStatuses.1.imageID'))[0], `registry.example.com/side@${digest}`);
});

test('an ephemeral container runs when it is added', async (t) => {
  const web = await run('Deployment', 'ephemeral');
  await waitForValue(() => web.workload('status.availableReplicas'), 2, { what: 'available' });
  const [name] = await web.pods('metadata.name');
  const path = `${web.podsPath}/${String(name)}`;
  const ephemeralContainers = [{ name: 'debug', image: 'busybox', targetContainerName: 'web' }];
  const contentType = 'application/strategic-merge-patch+json';
  await cluster.admin.expect('PATCH', `${path}/ephemeralcontainers`, { spec: { ephemeralContainers } }, { contentType });
  const state = async () => at(await cluster.admin.expect('GET', path), 'status.ephemeralContainerStatuses.0.state');
  t.truthy(at(await waitFor(state, { what: 'a state' }), 'running.startedAt'));
});

test('a service account may do what RBAC grants, and is told what not', async (t) => {
  await cluster.admin.createNamespace('accounts');
  const token = await cluster.admin.tokenFor('accounts', 'default');
  const refused = await cluster.admin.request('GET', '/api/v1/namespaces/accounts/pods', undefined, { token });
  t.is(refused.status, 403);
  t.is(
    at(refused.body, 'message'),
    'pods is forbidden: User "system:serviceaccount:accounts:default" cannot list resource "pods" in API group "" in the namespace "accounts"',
  );
});

test('the tables of the server read like those of kubectl, and kubectl takes the kubeconfig', async (t) => {
  const table = await cluster.admin.table('/api/v1/nodes');
  t.regex(table, /^NAME +STATUS +ROLES +AGE +VERSION\nnode-1 +Ready +<none> +\w+ +v1\.36\.3\nnode-2 /);
  if (await hasKubectl(process.env)) {
    const printed = await kubectl({ env: process.env, kubeconfigPath: cluster.kubeconfigPath }, ['get', 'nodes', '-o', 'name']);
    t.is(printed, 'node/node-1\nnode/node-2\n');
  }
});

test('it ends when the process that started it is killed, and removes its directory', async (t) => {
  const script = `
    const { startControlPlane } = await import(${JSON.stringify(import.meta.resolve('./control-plane.ts'))});
    const { pid, kubeconfigPath } = await startControlPlane();
    console.log(JSON.stringify({ pid, kubeconfigPath }));`;
  const parent = spawn(process.execPath, ['--input-type=module', '--eval', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(parent.stdout.setEncoding('utf8'), 'data');
  const started: unknown = JSON.parse(String(line));
  const pid = Number(at(started, 'pid'));
  t.true(process.kill(pid, 0));

  parent.kill('SIGKILL');
  await waitFor(() => !isAlive(pid), { what: 'the control plane ended' });
  await t.throwsAsync(access(String(at(started, 'kubeconfigPath'))), { code: 'ENOENT' });
});

test('a start that fails says why', async (t) => {
  await t.throwsAsync(startControlPlane({ apiServerFlags: ['--no-such-flag'] }), {
    message: /^start the test control plane: it ended with exit code 1\n(.|\n)*unknown flag: --no-such-flag/,
  });
});

test('a kept data directory brings back objects and tokens', async (t) => {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'kubexray-kept-'));
  t.teardown(() => rm(dataDirectory, { recursive: true }));
  const first = await startControlPlane({ dataDirectory });
  await first.admin.createNamespace('kept');
  const token = await first.admin.tokenFor('kept', 'default');
  await first.stop();
  const second = await startControlPlane({ dataDirectory, port: Number(new URL(first.server).port) });
  t.teardown(second.stop);
  t.is(second.server, first.server);
  t.is(second.token, first.token);
  t.is((await second.admin.request('GET', '/api/v1/namespaces/kept')).status, 200);
  t.is((await second.admin.request('GET', '/api/v1/namespaces/kept', undefined, { token })).status, 403);
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
