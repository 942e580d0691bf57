// Which workload an object belongs to, and which workloads an event may change.
import test from 'ava';
import type { OwnerReference } from '../../src/facts/objects.ts';
import { clusterOf } from '../builders/cluster.ts';
import { cronJob, deployment, job, namespace, node, ownerReference, pod, replicaSet, revision, statefulSet } from '../builders/objects.ts';

const sorted = (keys: ReadonlySet<string>): readonly string[] => [...keys].sort();

const web = deployment({ name: 'web' });
const webSet = replicaSet({ name: 'web-5d', owners: [ownerReference(web)] });
const webPod = pod({ name: 'web-5d-x', owners: [ownerReference(webSet)] });

test('a pod belongs to the Deployment above its ReplicaSet', (t) => {
  t.deepEqual(clusterOf(web, webSet, webPod).ownership(webPod), {
    workload: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web', uid: 'uid-web' },
    ownedBy: [],
    complete: true,
  });
});

test('a Job whose name begins like a Deployment’s is a workload of its own', (t) => {
  const migrate = job({ name: 'web-5d-migrate' });
  const migratePod = pod({ name: 'web-5d-migrate-x', owners: [ownerReference(migrate)] });
  const cluster = clusterOf(web, webSet, webPod, migrate, migratePod);
  t.is(cluster.ownership(migratePod).workload.uid, 'uid-web-5d-migrate');
  t.deepEqual(
    cluster.below('uid-web').pods.map(({ name }) => name),
    ['web-5d-x'],
  );
});

test('a pod of a CronJob belongs to the CronJob above its Job', (t) => {
  const nightly = cronJob({ name: 'nightly' });
  const run = job({ name: 'nightly-1', owners: [ownerReference(nightly)] });
  const runPod = pod({ name: 'nightly-1-x', owners: [ownerReference(run)] });
  const cluster = clusterOf(nightly, run, runPod);
  t.is(cluster.ownership(runPod).workload.uid, 'uid-nightly');
  t.deepEqual(
    cluster.below('uid-nightly').pods.map(({ name }) => name),
    ['nightly-1-x'],
  );
});

test('a ReplicaSet of an owner that is not watched is the workload, and names its owner', (t) => {
  const rollout: OwnerReference = ownerReference({ apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', name: 'web' });
  const set = replicaSet({ name: 'web-7c', owners: [rollout] });
  const setPod = pod({ name: 'web-7c-x', owners: [ownerReference(set)] });
  const { workload, ownedBy, complete } = clusterOf(set, setPod).ownership(setPod);
  t.deepEqual([workload.kind, workload.uid, complete], ['ReplicaSet', 'uid-web-7c', true]);
  t.deepEqual(ownedBy, [rollout]);
});

test('a pod of another kind belongs to its direct owner', (t) => {
  const owned = pod({ owners: [ownerReference({ apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachineInstance', name: 'vm' })] });
  t.deepEqual(clusterOf(owned).ownership(owned), {
    workload: { apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachineInstance', namespace: 'shop', name: 'vm', uid: 'uid-vm' },
    ownedBy: [],
    complete: true,
  });
});

test('a kind of another group that has the name of a watched one is another kind', (t) => {
  const volcano = pod({ owners: [ownerReference({ apiVersion: 'batch.volcano.sh/v1alpha1', kind: 'Job', name: 'train' })] });
  const { workload, complete } = clusterOf(volcano).ownership(volcano);
  t.deepEqual([workload.apiVersion, workload.kind, complete], ['batch.volcano.sh/v1alpha1', 'Job', true]);
});

test('a mirror pod stands for itself, and its Node is no workload', (t) => {
  const node = ownerReference({ apiVersion: 'v1', kind: 'Node', name: 'node-1' });
  const mirror = pod({ name: 'etcd-node-1', owners: [node] });
  const { workload, ownedBy, complete } = clusterOf(mirror).ownership(mirror);
  t.deepEqual([workload.kind, workload.uid, complete], ['Pod', 'uid-etcd-node-1', true]);
  t.deepEqual(ownedBy, [node]);
});

test('pods in other namespaces than the first one of an owner that is not watched stand for themselves', (t) => {
  const owners = [ownerReference({ name: 'fleet' })];
  const first = pod({ name: 'first', owners });
  const second = pod({ name: 'second', namespace: 'other', owners });
  const cluster = clusterOf(first, second);
  t.deepEqual([cluster.ownership(first).workload.uid, cluster.ownership(first).workload.namespace], ['uid-fleet', 'shop']);
  t.deepEqual([cluster.ownership(second).workload.uid, cluster.ownership(second).workload.namespace], ['uid-second', 'other']);
  t.deepEqual(cluster.below('uid-fleet').pods, [first]);
});

test('an owner that does not control the pod is not its owner', (t) => {
  const owned = pod({ owners: [ownerReference({ ...web, controller: false })] });
  t.is(clusterOf(web, owned).ownership(owned).workload.uid, 'uid-api-1');
});

test('an owner of a watched kind that was not seen leaves the ownership incomplete', (t) => {
  t.is(clusterOf(webPod).ownership(webPod).complete, false);
  t.is(clusterOf(webSet, webPod).ownership(webPod).complete, false);
});

test('owners of a kind that makes no such objects are not followed, not even in a circle', (t) => {
  const a = job({ name: 'a', owners: [ownerReference({ ...job(), name: 'b', uid: 'uid-b' })] });
  const b = job({ name: 'b', owners: [ownerReference(a)] });
  const cluster = clusterOf(a, b);
  t.deepEqual([cluster.ownership(a).workload.uid, cluster.ownership(a).complete], ['uid-a', true]);
  t.deepEqual(cluster.below('uid-a').controllers, []);
});

test('an owner in another namespace does not get the pod, which stands for itself', (t) => {
  const intruder = pod({ name: 'intruder', namespace: 'other', owners: [ownerReference(webSet)] });
  const cluster = clusterOf(web, webSet, intruder, webPod);
  t.deepEqual([cluster.ownership(intruder).workload.uid, cluster.ownership(intruder).complete], ['uid-intruder', true]);
  t.deepEqual(
    cluster.below('uid-web').pods.map(({ name }) => name),
    ['web-5d-x'],
  );
});

test('an event on a pod changes its workload and, where it once stood for itself, itself', (t) => {
  t.deepEqual(sorted(clusterOf(web, webSet).apply(webPod)), ['uid-web', 'uid-web-5d-x']);
  t.deepEqual(sorted(clusterOf(web, webSet, webPod).remove('uid-web-5d-x')), ['uid-web', 'uid-web-5d-x']);
});

test('an owner that comes after its pods also changes what stood for itself until then', (t) => {
  const cluster = clusterOf(webPod);
  t.deepEqual(sorted(cluster.apply(webSet)), ['uid-web-5d', 'uid-web-5d-x']);
  t.deepEqual(sorted(cluster.apply(web)), ['uid-web', 'uid-web-5d']);
  t.deepEqual(sorted(cluster.apply(web)), ['uid-web']);
});

test('an owner that goes before its pods changes what then stands for itself', (t) => {
  t.deepEqual(sorted(clusterOf(web, webSet, webPod).remove('uid-web')), ['uid-web', 'uid-web-5d']);
});

test('an adopted ReplicaSet changes the workload that it leaves and the one that it joins', (t) => {
  const api = deployment({ name: 'api' });
  const cluster = clusterOf(web, api, webSet, webPod);
  t.deepEqual(sorted(cluster.apply({ ...webSet, owners: [ownerReference(api)] })), ['uid-api', 'uid-web', 'uid-web-5d']);
  t.is(cluster.ownership(webPod).workload.uid, 'uid-api');
  t.deepEqual(cluster.below('uid-web').pods, []);
});

test('a workload made anew under its name has nothing of the one before', (t) => {
  const cluster = clusterOf(web, webSet, webPod);
  cluster.apply({ ...web, uid: 'uid-web-again' });
  t.deepEqual(cluster.below('uid-web-again').pods, []);
  t.is(cluster.ownership(webPod).workload.uid, 'uid-web');
});

test('a relabelled namespace changes all its workloads and no others', (t) => {
  const elsewhere = statefulSet({ name: 'db', namespace: 'other' });
  const cluster = clusterOf(web, webSet, webPod, revision({ owners: [ownerReference(web)] }), elsewhere);
  t.deepEqual(sorted(cluster.apply(namespace({ labels: { tier: 'prod' } }))), ['uid-web']);
  t.deepEqual(cluster.namespace('shop')?.labels, { tier: 'prod' });
});

test('the late end of a namespace does not take away its successor', (t) => {
  const cluster = clusterOf();
  cluster.apply(namespace({ uid: 'uid-second', labels: { tier: 'prod' } }));
  cluster.remove('uid-namespace-shop');
  t.is(cluster.namespace('shop')?.uid, 'uid-second');
});

test('what is not known is removed without effect', (t) => {
  t.deepEqual(clusterOf(web).remove('uid-nobody'), new Set());
});

test('all workloads are listed, those without pods too, and those of one namespace', (t) => {
  const cluster = clusterOf(web, webSet, webPod, revision(), deployment({ name: 'idle' }), pod({ name: 'bare', namespace: 'other' }));
  t.deepEqual(sorted(cluster.workloadKeys()), ['uid-bare', 'uid-idle', 'uid-web']);
  t.deepEqual(sorted(cluster.workloadKeys('other')), ['uid-bare']);
});

test('a Deployment that names another as its owner hides nothing behind it', (t) => {
  const evader = deployment({ name: 'evader', owners: [ownerReference(web)] });
  const cluster = clusterOf(web, evader);
  t.deepEqual([cluster.ownership(evader).workload.uid, cluster.ownership(evader).complete], ['uid-evader', true]);
  t.deepEqual(cluster.below('uid-web').controllers, []);
});

test('a pod that names an owner whose selector does not match it is not its pod, and stands for itself', (t) => {
  const selector = { matchLabels: { app: 'web' } };
  const set = replicaSet({ name: 'selecting', selector });
  const own = pod({ name: 'own', labels: { app: 'web' }, owners: [ownerReference(set)] });
  const forged = pod({ name: 'forged', labels: { app: 'other' }, owners: [ownerReference(set)] });
  const cluster = clusterOf(set, own, forged);
  t.deepEqual([cluster.ownership(own).workload.uid, cluster.ownership(forged).workload.uid], ['uid-selecting', 'uid-forged']);
  t.deepEqual(
    cluster.below('uid-selecting').pods.map(({ name }) => name),
    ['own'],
  );
});

test('a StatefulSet has pods of its name and a number only', (t) => {
  const db = statefulSet({ name: 'db' });
  const [own, forged, longer] = ['db-0', 'nodash', 'db-0-1'].map((name) => pod({ name, owners: [ownerReference(db)] }));
  const cluster = clusterOf(db, ...[own, forged, longer].filter((found) => found !== undefined));
  t.deepEqual(
    cluster.below('uid-db').pods.map(({ name }) => name),
    ['db-0'],
  );
});

test('a node changes the workloads of its pods when it comes, when its platform changes and when it goes, and with no heartbeat', (t) => {
  const onNode = pod({ name: 'web-5d-x', owners: [ownerReference(webSet)], nodeName: 'node-1' });
  const elsewhere = pod({ name: 'bare', nodeName: 'node-2' });
  const cluster = clusterOf(web, webSet, onNode, elsewhere);
  t.is(cluster.platformOf('node-1'), undefined);
  t.true(cluster.apply(node()).has('uid-web'));
  t.deepEqual(cluster.platformOf('node-1'), { os: 'linux', architecture: 'amd64', variant: '' });
  t.deepEqual(sorted(cluster.apply(node())), []);
  t.deepEqual(sorted(cluster.apply(node({ architecture: 'arm64' }))), ['uid-web', 'uid-web-5d-x']);
  t.deepEqual(sorted(cluster.remove('uid-node-node-1')), ['uid-web', 'uid-web-5d-x']);
  t.is(cluster.platformOf('node-1'), undefined);
  t.deepEqual(sorted(cluster.remove('uid-node-node-1')), []);
});

test('a node that is made anew under its name changes nothing, and the end of the old one takes nothing away', (t) => {
  const cluster = clusterOf(pod({ nodeName: 'node-1' }), node());
  t.deepEqual(sorted(cluster.apply(node({ uid: 'uid-new' }))), []);
  t.deepEqual(sorted(cluster.remove('uid-node-node-1')), []);
  t.deepEqual(cluster.platformOf('node-1')?.os, 'linux');
});

test('pods that have gone from a node are not its pods', (t) => {
  const cluster = clusterOf(pod({ name: 'a', nodeName: 'node-1' }), pod({ name: 'b', nodeName: 'node-1' }));
  cluster.remove('uid-a');
  cluster.apply(pod({ name: 'b', nodeName: 'node-2' }));
  t.deepEqual(sorted(cluster.apply(node())), []);
  t.deepEqual(sorted(cluster.apply(node({ name: 'node-2' }))), ['uid-b']);
});

test('a node is no workload, nor is its mirror pod’s owner', (t) => {
  const mirror = pod({ name: 'mirror', owners: [ownerReference(node())], nodeName: 'node-1' });
  const cluster = clusterOf(node(), mirror);
  t.is(cluster.ownership(mirror).workload.uid, 'uid-mirror');
  t.deepEqual(sorted(cluster.workloadKeys()), ['uid-mirror']);
  t.is(cluster.get('uid-node-node-1'), undefined);
});

test('a cluster has the platforms of its nodes, each once, and one that is not known while a node has not said its own', (t) => {
  const cluster = clusterOf();
  const amd64 = { os: 'linux', architecture: 'amd64', variant: '' };
  t.deepEqual(cluster.platforms(), []);
  cluster.apply(node());
  cluster.apply(node({ name: 'node-2' }));
  t.deepEqual(cluster.platforms(), [amd64]);
  cluster.apply(node({ name: 'node-3', os: '', architecture: '' }));
  t.deepEqual(cluster.platforms(), [amd64, undefined]);
  cluster.apply(node({ name: 'node-3', architecture: 'arm64' }));
  t.deepEqual(cluster.platforms(), [amd64, { ...amd64, architecture: 'arm64' }]);
});
