// Reflectors, projections and single reads and writes against the real API server and the real workload controllers.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import type { Timers } from '../../src/controller/queue.ts';
import type { ClusterObject } from '../../src/facts/objects.ts';
import { createKubernetesClient, type KubernetesClient } from '../../src/kubernetes/client.ts';
import { type ClusterObjects, createClusterObjects } from '../../src/kubernetes/cluster-objects.ts';
import { createInterner } from '../../src/kubernetes/interner.ts';
import { KubernetesFailure } from '../../src/kubernetes/kubernetes-failure.ts';
import { createListWatch } from '../../src/kubernetes/list-watch.ts';
import { projectObject } from '../../src/kubernetes/project.ts';
import { type Reflector, startReflector } from '../../src/kubernetes/reflector.ts';
import { type ControlPlane, startControlPlane } from '../cluster/control-plane.ts';
import { applyManifests } from '../cluster/manifests.ts';
import { waitFor, waitForValue } from '../cluster/wait-for.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const timers: Timers = {
  now: () => performance.now(),
  setTimer: (run, delayMs) => {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};

let directory: string;
let cluster: ControlPlane;
let client: KubernetesClient;
let objects: ClusterObjects;

test.before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kubexray-adapter-'));
  cluster = await startControlPlane({ dataDirectory: join(directory, 'data') });
  client = await createKubernetesClient({ kubeconfigPath: cluster.kubeconfigPath, env: {} });
  objects = createClusterObjects(client);
});

test.after.always(async () => {
  await client?.close();
  await cluster?.stop();
  await rm(directory, { recursive: true, force: true });
});

interface Known {
  readonly reflector: Reflector;
  /** What the reflector knows in a namespace. */
  readonly in: (namespace: string) => readonly ClusterObject[];
}

function know(kind: ClusterObject['kind'], through: KubernetesClient = client): Known {
  const known = new Map<string, ClusterObject>();
  const intern = createInterner();
  const reflector = startReflector<ClusterObject>({
    name: kind,
    transport: createListWatch(through, kind),
    timers,
    random: Math.random,
    log: { info: () => {}, error: () => {} },
    project: (raw) => projectObject(kind, raw, intern),
    onUpsert: (object) => known.set(object.uid, object),
    onDelete: (object) => known.delete(object.uid),
  });
  return { reflector, in: (namespace) => [...known.values()].filter((object) => object.namespace === namespace) };
}

function web(kind: 'Deployment' | 'StatefulSet', namespace: string, image = 'shop/web:1.4'): object {
  const annotations = { 'test.kubexray.io/image-digests': JSON.stringify({ 'shop/web:1.4': digest }) };
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { namespace, name: 'web' },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' }, annotations }, spec: { containers: [{ name: 'web', image }] } },
    },
  };
}

async function thrownBy(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

test.serial('the pods of a deployment are known with what they run, and gone when it is', async (t) => {
  const pods = know('Pod');
  await pods.reflector.synced;
  await cluster.admin.createNamespace('pods');
  await applyManifests(cluster.admin, [web('Deployment', 'pods')]);
  const imageIds = () => pods.in('pods').map((pod) => pod.kind === 'Pod' && [pod.phase, pod.containers[0]?.imageID]);
  const running = ['Running', `docker.io/shop/web@${digest}`];
  await waitForValue(imageIds, [running, running], { what: 'running pods' });
  const deployment = await objects.getObject({ kind: 'Deployment', namespace: 'pods', name: 'web' });
  t.is(deployment?.kind, 'Deployment');
  await cluster.admin.expect('DELETE', '/apis/apps/v1/namespaces/pods/deployments/web');
  await waitForValue(() => pods.in('pods'), [], { what: 'no pod' });
  t.like(pods.reflector.state(), { lists: 1, skipped: 0, handlerErrors: 0, lastError: undefined });
  await pods.reflector.stop();
});

test.serial('a deployment and its replica set are recognised by one template hash, and a new image makes another', async (t) => {
  const deployments = know('Deployment');
  const replicaSets = know('ReplicaSet');
  await cluster.admin.createNamespace('hashes');
  await applyManifests(cluster.admin, [web('Deployment', 'hashes')]);
  const hashes = (known: Known) => known.in('hashes').map((object) => 'template' in object && object.template.sha256);
  await waitFor(() => hashes(replicaSets).length === 1, { what: 'replica set' });
  await waitForValue(() => hashes(deployments), hashes(replicaSets), { what: 'one hash' });
  await applyManifests(cluster.admin, [web('Deployment', 'hashes', 'shop/web:1.5')]);
  await waitFor(() => hashes(replicaSets).length === 2, { what: 'second replica set' });
  await waitForValue(() => hashes(replicaSets).includes(hashes(deployments)[0] ?? false), true, { what: 'hash of the new template' });
  t.is(new Set(hashes(replicaSets)).size, 2);
  await deployments.reflector.stop();
  await replicaSets.reflector.stop();
});

test.serial('the revisions of a stateful set are known with their images', async (t) => {
  const sets = know('StatefulSet');
  const revisions = know('ControllerRevision');
  await cluster.admin.createNamespace('revisions');
  await applyManifests(cluster.admin, [web('StatefulSet', 'revisions')]);
  await applyManifests(cluster.admin, [web('StatefulSet', 'revisions', 'shop/web:1.5')]);
  const images = () =>
    revisions.in('revisions').map((one) => one.kind === 'ControllerRevision' && [one.revision, one.containers[0]?.image]);
  await waitForValue(
    () => images().toSorted(),
    [
      [1, 'shop/web:1.4'],
      [2, 'shop/web:1.5'],
    ],
    { what: 'revisions' },
  );
  const newest = revisions.in('revisions').find((one) => one.kind === 'ControllerRevision' && one.revision === 2);
  const updateRevision = () => sets.in('revisions').map((set) => set.kind === 'StatefulSet' && set.status.updateRevision);
  await waitForValue(updateRevision, [newest?.name], { what: 'update revision' });
  t.pass();
  await sets.reflector.stop();
  await revisions.reflector.stop();
});

test.serial('a patch and a deletion hold only for the version that was read', async (t) => {
  await cluster.admin.createNamespace('writes');
  await applyManifests(cluster.admin, [web('Deployment', 'writes')]);
  const name = { kind: 'Deployment', namespace: 'writes', name: 'web' } as const;
  const stale = await thrownBy(objects.patchObject(name, { metadata: { resourceVersion: '1' }, spec: { replicas: 0 } }));
  t.like(stale, { status: 409, retry: 'changed', reason: 'Conflict' });
  const otherUid = await thrownBy(objects.deleteObject(name, { uid: 'another', resourceVersion: '1' }));
  t.like(otherUid, { status: 409, retry: 'changed' });

  // The controllers write the status meanwhile: read until one attempt meets no other write.
  const scaled = await waitFor(
    async () => {
      const metadata = (await objects.getObject(name))?.metadata as { resourceVersion: string };
      return objects.patchObject(name, { metadata: { resourceVersion: metadata.resourceVersion }, spec: { replicas: 0 } });
    },
    { what: 'patch' },
  );
  t.like(scaled, { spec: { replicas: 0 } });
  const managers = scaled.metadata as { managedFields: readonly { manager: string }[] };
  t.true(managers.managedFields.some(({ manager }) => manager === 'kubexray'));

  const remove = async () => {
    const metadata = (await objects.getObject(name))?.metadata as { uid: string; resourceVersion: string } | undefined;
    if (metadata !== undefined) await objects.deleteObject(name, metadata);
    return metadata === undefined;
  };
  await waitFor(remove, { what: 'deletion' });
  t.is(await objects.getObject(name), undefined);
});

test.serial('a service account without rights is told which verb and resource it lacks', async (t) => {
  await cluster.admin.createNamespace('rights');
  const kubeconfigPath = join(directory, 'rights');
  await cluster.admin.writeKubeconfig(kubeconfigPath, await cluster.admin.tokenFor('rights', 'default'));
  const weak = await createKubernetesClient({ kubeconfigPath, env: {} });
  const failure = await thrownBy(createClusterObjects(weak).getObject({ kind: 'Deployment', namespace: 'rights', name: 'web' }));
  t.true(failure instanceof KubernetesFailure);
  t.like(failure, { status: 403, reason: 'Forbidden', retry: 'never' });
  t.regex(String(failure), /system:serviceaccount:rights:default" cannot get resource "deployments" in API group "apps"/);

  const pods = know('Pod', weak);
  await waitFor(() => pods.reflector.state().lastError?.includes('cannot list resource "pods"'), { what: 'error shown' });
  t.false(pods.reflector.state().hasSynced);
  await pods.reflector.stop();
  await weak.close();
});

test.serial('a definition that is not there is not established', async (t) => {
  t.false(await objects.customResourceDefinitionEstablished('nothing.example.com'));
});

test.serial('reflectors find the cluster again after the API server was away', async (t) => {
  const namespaces = know('Namespace');
  const pods = know('Pod');
  await Promise.all([namespaces.reflector.synced, pods.reflector.synced]);
  const port = Number(new URL(cluster.server).port);
  await cluster.stop();
  await waitFor(() => pods.reflector.state().lastError !== undefined, { what: 'loss noticed' });
  cluster = await startControlPlane({ dataDirectory: join(directory, 'data'), port });
  await cluster.admin.createNamespace('afterwards');
  await applyManifests(cluster.admin, [web('Deployment', 'afterwards')]);
  await waitForValue(() => namespaces.in('').some((one) => one.name === 'afterwards'), true, { what: 'namespace', timeoutMs: 40_000 });
  await waitForValue(() => pods.in('afterwards').length, 2, { what: 'pods', timeoutMs: 40_000 });
  t.like(pods.reflector.state(), { hasSynced: true, lastError: undefined });
  await namespaces.reflector.stop();
  await pods.reflector.stop();
});
