// What a workload runs: which pods count, which images are of the newest revision, since when an image is there.
import test from 'ava';
import { Cluster } from '../../src/facts/cluster.ts';
import type { Identity } from '../../src/facts/identity.ts';
import type { PodTemplate } from '../../src/facts/objects.ts';
import { allNeeds, gatherWorkload, isByTag, type Workload } from '../../src/facts/workload.ts';
import { clusterOf } from '../builders/cluster.ts';
import { content, issue, scanned, unscanned } from '../builders/fact.ts';
import { platformManifests } from '../builders/memory-registry.ts';
import {
  container,
  cronJob,
  daemonSet,
  deployment,
  digestOf,
  job,
  namespace,
  node,
  ownerReference,
  pod,
  replicaSet,
  revision,
  statefulSet,
} from '../builders/objects.ts';

const old = 'registry.example.com/shop/api:1';
const fresh = 'registry.example.com/shop/api:2';
const running = (image: string) => [container({ image })];
const template = (image: string): PodTemplate => ({
  sha256: `template of ${image}`,
  containers: [{ name: 'api', type: 'container', image }],
});
const day = (number: number): Date => new Date(`2026-11-0${number}T00:00:00Z`);

/** Reference and whether it is current, of each image. */
function currentOf(workload: Workload | undefined): unknown {
  return workload?.images.map(({ ref, current }) => [ref, current]);
}

test('a workload is read with its labels, its namespace’s labels, its replicas and its images', (t) => {
  const api = deployment({ labels: { app: 'api' }, annotations: { team: 'shop' }, replicas: 3 });
  const set = replicaSet({ name: 'api-5d', owners: [ownerReference(api)] });
  const cluster = clusterOf(api, set, pod({ owners: [ownerReference(set)] }), namespace({ labels: { tier: 'prod' } }));
  t.deepEqual(gatherWorkload(cluster, 'uid-api'), {
    ref: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'api', uid: 'uid-api' },
    labels: { app: 'api' },
    annotations: { team: 'shop' },
    namespaceLabels: { tier: 'prod' },
    ownedBy: [],
    ownersKnown: true,
    controller: api,
    terminating: false,
    replicas: 3,
    pods: 1,
    runningPods: 1,
    images: [
      {
        ref: 'registry.example.com/shop/api:1.4',
        registry: 'registry.example.com',
        repository: 'shop/api',
        tag: '1.4',
        digest: digestOf('registry.example.com/shop/api:1.4'),
        problem: '',
        containers: [{ name: 'api', type: 'container' }],
        pods: 1,
        current: true,
        firstSeenAt: new Date('2026-11-01T00:00:00Z'),
      },
    ],
    needs: { digests: [digestOf('registry.example.com/shop/api:1.4')], questions: [] },
  });
});

test('pods that are being deleted or have ended do not count', (t) => {
  const api = job();
  const owners = [ownerReference(api)];
  const workload = gatherWorkload(
    clusterOf(
      api,
      pod({ name: 'ended', owners, phase: 'Succeeded', containers: running('ended') }),
      pod({ name: 'failed', owners, phase: 'Failed', containers: running('failed') }),
      pod({ name: 'going', owners, terminating: true, containers: running('going') }),
      pod({ name: 'pending', owners, phase: 'Pending', containers: running('pending') }),
      pod({ name: 'lost', owners, phase: 'Unknown', containers: running('lost') }),
      pod({ name: 'new', owners, phase: '', containers: running('new') }),
    ),
    'uid-api',
  );
  t.deepEqual([workload?.pods, workload?.images.map(({ ref }) => ref)], [3, ['lost', 'new', 'pending']]);
});

test('init and ephemeral containers run images too', (t) => {
  const containers = [
    container({ name: 'api', image: 'api:1' }),
    container({ name: 'migrate', type: 'init', image: 'api:1' }),
    container({ name: 'debug', type: 'ephemeral', image: 'busybox:1' }),
  ];
  const images = gatherWorkload(clusterOf(pod({ containers })), 'uid-api-1')?.images ?? [];
  t.deepEqual(
    images.map(({ ref, containers, pods }) => ({ ref, containers, pods })),
    [
      {
        ref: 'api:1',
        containers: [
          { name: 'api', type: 'container' },
          { name: 'migrate', type: 'init' },
        ],
        pods: 1,
      },
      { ref: 'busybox:1', containers: [{ name: 'debug', type: 'ephemeral' }], pods: 1 },
    ],
  );
});

test('one reference with two digests is two images', (t) => {
  const [first, second] = [`sha256:${'1'.repeat(64)}`, `sha256:${'2'.repeat(64)}`];
  const api = replicaSet();
  const owners = [ownerReference(api)];
  const withDigest = (digest: string) => [container({ image: 'api:latest', imageID: `docker.io/library/api@${digest}` })];
  const cluster = clusterOf(
    api,
    pod({ name: 'b', owners, containers: withDigest(second) }),
    pod({ name: 'a', owners, containers: withDigest(first) }),
    pod({ name: 'a-too', owners, containers: withDigest(first) }),
  );
  t.deepEqual(
    gatherWorkload(cluster, 'uid-api')?.images.map(({ ref, digest, pods }) => [ref, digest, pods]),
    [
      ['api:latest', first, 2],
      ['api:latest', second, 1],
    ],
  );
});

test('an image whose digest cannot be told has none, and says why', (t) => {
  const cluster = clusterOf(pod({ containers: [container({ image: 'api:1', imageID: '' })] }));
  const [image] = gatherWorkload(cluster, 'uid-api-1')?.images ?? [];
  t.deepEqual([image?.digest, image?.problem], ['', 'api:1 was not pulled yet, so its digest is not known']);
});

test('of a Deployment the images of the newest ReplicaSet’s pods are current', (t) => {
  const api = deployment({ template: template(fresh) });
  const before = replicaSet({ name: 'api-1', template: template(old), owners: [ownerReference(api)] });
  const after = replicaSet({ name: 'api-2', template: template(fresh), owners: [ownerReference(api)] });
  const cluster = clusterOf(
    ...[api, before, after],
    pod({ name: 'p1', owners: [ownerReference(before)], containers: running(old) }),
    pod({ name: 'p2', owners: [ownerReference(after)], containers: running(fresh) }),
  );
  t.deepEqual(currentOf(gatherWorkload(cluster, 'uid-api')), [
    [old, false],
    [fresh, true],
  ]);
});

test('an image of both revisions is current', (t) => {
  const api = deployment({ template: template(fresh) });
  const before = replicaSet({ name: 'api-1', template: template(old), owners: [ownerReference(api)] });
  const after = replicaSet({ name: 'api-2', template: template(fresh), owners: [ownerReference(api)] });
  const cluster = clusterOf(
    // The newer one comes first, so that the older one has the last word.
    ...[api, after, before],
    pod({ name: 'p2', owners: [ownerReference(after)], containers: running('proxy:1') }),
    pod({ name: 'p1', owners: [ownerReference(before)], containers: running('proxy:1') }),
  );
  t.deepEqual(currentOf(gatherWorkload(cluster, 'uid-api')), [['proxy:1', true]]);
});

test('while a Deployment’s new template has no ReplicaSet yet, nothing that runs is current', (t) => {
  const api = deployment({ template: template(fresh) });
  const before = replicaSet({ name: 'api-1', template: template(old), owners: [ownerReference(api)] });
  const cluster = clusterOf(api, before, pod({ name: 'p1', owners: [ownerReference(before)], containers: running(old) }));
  t.deepEqual(currentOf(gatherWorkload(cluster, 'uid-api')), [[old, false]]);
});

const hash = (value: string) => ({ labels: { 'controller-revision-hash': value } });

test('of a StatefulSet the images of the update revision are current, once its controller has seen the newest spec', (t) => {
  const db = statefulSet({ name: 'db', generation: 2, status: { observedGeneration: 2, replicas: 2, updateRevision: 'db-2' } });
  const owners = [ownerReference(db)];
  const pods = [
    pod({ name: 'db-0', owners, ...hash('db-1'), containers: running(old) }),
    pod({ name: 'db-1', owners, ...hash('db-2'), containers: running(fresh) }),
  ];
  t.deepEqual(currentOf(gatherWorkload(clusterOf(db, ...pods), 'uid-db')), [
    [old, false],
    [fresh, true],
  ]);
  t.deepEqual(currentOf(gatherWorkload(clusterOf({ ...db, generation: 3 }, ...pods), 'uid-db')), [
    [old, false],
    [fresh, false],
  ]);
});

test('a pod without a revision is not current in a StatefulSet that has none yet', (t) => {
  const db = statefulSet({ name: 'db', generation: 1, status: { observedGeneration: 0, replicas: 0, updateRevision: '' } });
  const cluster = clusterOf(db, pod({ name: 'db-0', owners: [ownerReference(db)], containers: running(old) }));
  t.deepEqual(currentOf(gatherWorkload(cluster, 'uid-db')), [[old, false]]);
});

test('of a DaemonSet the images of the highest ControllerRevision are current', (t) => {
  const agent = daemonSet({ name: 'agent' });
  const owners = [ownerReference(agent)];
  const cluster = clusterOf(
    agent,
    // A rollback gives an old revision the highest number: neither name nor age tells.
    revision({ name: 'agent-a', owners, revision: 3, ...hash('a'), createdAt: day(1) }),
    revision({ name: 'agent-b', owners, revision: 2, ...hash('b'), createdAt: day(2) }),
    pod({ name: 'p1', owners, ...hash('a'), containers: running(old) }),
    pod({ name: 'p2', owners, ...hash('b'), containers: running(fresh) }),
  );
  t.deepEqual(currentOf(gatherWorkload(cluster, 'uid-agent')), [
    [old, true],
    [fresh, false],
  ]);
});

test('whatever a CronJob’s Jobs or a bare pod run is current', (t) => {
  const nightly = cronJob({ name: 'nightly', template: template(fresh) });
  const run = job({ name: 'nightly-1', template: template(old), owners: [ownerReference(nightly)] });
  const cluster = clusterOf(nightly, run, pod({ owners: [ownerReference(run)], containers: running(old) }), pod({ name: 'bare' }));
  t.deepEqual(currentOf(gatherWorkload(cluster, 'uid-nightly')), [[old, true]]);
  t.deepEqual(currentOf(gatherWorkload(cluster, 'uid-bare')), [['registry.example.com/shop/api:1.4', true]]);
});

test('an image is there since the oldest pod or ReplicaSet that names it', (t) => {
  const api = deployment({ createdAt: day(1), template: template(fresh) });
  const owners = [ownerReference(api)];
  const first = replicaSet({ name: 'api-1', template: template(old), createdAt: day(2), owners });
  const second = replicaSet({ name: 'api-2', template: template(fresh), createdAt: day(4), owners });
  const cluster = clusterOf(
    ...[api, first, second],
    pod({ name: 'p1', createdAt: day(6), owners: [ownerReference(first)], containers: running(old) }),
    pod({ name: 'p3', createdAt: day(5), owners: [ownerReference(second)], containers: [container({ name: 'x', image: 'x' })] }),
    pod({
      name: 'p2',
      createdAt: day(7),
      owners: [ownerReference(second)],
      containers: [...running(fresh), container({ name: 'x', image: 'x' })],
    }),
  );
  t.deepEqual(
    gatherWorkload(cluster, 'uid-api')?.images.map(({ ref, firstSeenAt }) => [ref, firstSeenAt]),
    [
      [old, day(2)],
      [fresh, day(4)],
      ['x', day(5)],
    ],
  );
});

test('a restarted pod does not make its image younger: the ReplicaSet or ControllerRevision remembers', (t) => {
  const db = statefulSet({ name: 'db' });
  const set = replicaSet({ name: 'set', template: template(old), createdAt: day(2) });
  const cluster = clusterOf(
    ...[db, set],
    revision({ owners: [ownerReference(db)], createdAt: day(3), containers: template(old).containers }),
    pod({ name: 'db-0', createdAt: day(8), owners: [ownerReference(db)], containers: running(old) }),
    pod({ name: 'set-x', createdAt: day(8), owners: [ownerReference(set)], containers: running(old) }),
  );
  t.deepEqual(gatherWorkload(cluster, 'uid-db')?.images[0]?.firstSeenAt, day(3));
  t.deepEqual(gatherWorkload(cluster, 'uid-set')?.images[0]?.firstSeenAt, day(2));
});

test('a workload without pods has no images, and the replicas that it wants', (t) => {
  const workload = gatherWorkload(clusterOf(deployment({ replicas: 0 })), 'uid-api');
  t.deepEqual([workload?.replicas, workload?.pods, workload?.images], [0, 0, []]);
});

test('a kind without replicas has as many as pods', (t) => {
  const agent = daemonSet({ name: 'agent' });
  const owners = [ownerReference(agent)];
  t.is(gatherWorkload(clusterOf(agent, pod({ name: 'a', owners }), pod({ name: 'b', owners })), 'uid-agent')?.replicas, 2);
});

test('pods of another kind are one workload without an object of its own', (t) => {
  const owners = [ownerReference({ apiVersion: 'example.com/v1', kind: 'Widget', name: 'w' })];
  const cluster = clusterOf(pod({ name: 'a', owners, labels: { app: 'w' } }), pod({ name: 'b', owners }));
  const workload = gatherWorkload(cluster, 'uid-w');
  t.deepEqual([workload?.ref.kind, workload?.controller, workload?.labels, workload?.pods], ['Widget', undefined, {}, 2]);
});

test('a key of what is no workload, or no more, gives none', (t) => {
  const api = deployment();
  const set = replicaSet({ name: 'api-5d', owners: [ownerReference(api)] });
  const mirror = pod({ name: 'mirror', owners: [ownerReference({ apiVersion: 'v1', kind: 'Node', name: 'node-1' })] });
  const cluster = clusterOf(api, set, pod({ owners: [ownerReference(set)] }), mirror, revision({ owners: [ownerReference(api)] }));
  for (const key of ['uid-api-5d', 'uid-api-1', 'uid-node-1', 'uid-api-revision-1', 'uid-namespace-shop', 'uid-nobody', '']) {
    t.is(gatherWorkload(cluster, key), undefined, key);
  }
});

test('a workload whose owner was not seen says so', (t) => {
  const orphan = pod({ owners: [ownerReference(replicaSet())] });
  t.is(gatherWorkload(clusterOf(orphan), 'uid-api-1')?.ownersKnown, false);
});

test('a workload whose namespace was not seen says so: its labels are not “none”', (t) => {
  const cluster = new Cluster();
  cluster.apply(deployment());
  t.is(gatherWorkload(cluster, 'uid-api')?.ownersKnown, false);
  cluster.apply(namespace());
  t.is(gatherWorkload(cluster, 'uid-api')?.ownersKnown, true);
});

test('a workload that is being deleted, or whose namespace is, is terminating', (t) => {
  t.true(gatherWorkload(clusterOf(deployment({ terminating: true })), 'uid-api')?.terminating);
  t.true(gatherWorkload(clusterOf(deployment(), namespace({ terminating: true })), 'uid-api')?.terminating);
});

/** A workload of pods that run these digests of one reference, on these nodes; what the registry says by digest. */
function withIdentities(pods: readonly (readonly [string, string])[], identities: Readonly<Record<string, Identity>>) {
  const set = replicaSet();
  const owners = [ownerReference(set)];
  const running = pods.map(([word, nodeName], index) =>
    pod({
      name: `p${index}`,
      owners,
      nodeName,
      // A pod without a word waits to be pulled.
      containers: [container({ image: 'reg.io/api:1', imageID: word === '' ? '' : `reg.io/api@${digestOf(word)}` })],
    }),
  );
  const cluster = clusterOf(set, node(), node({ name: 'node-2', architecture: 'arm64' }), ...running);
  const known = {
    factOf: (digest: string) => unscanned({ digest }),
    identityOf: ({ reference }: { readonly reference: string }) => identities[reference],
  };
  return gatherWorkload(cluster, 'uid-api', known);
}

const listing: Identity = {
  kind: 'index',
  digest: digestOf('index'),
  manifests: platformManifests({ 'linux/amd64': digestOf('amd64'), 'linux/arm64': digestOf('arm64') }),
};

test('an index on nodes of two platforms is two images, and a pod that runs the manifest itself is of one of them', (t) => {
  const pods = [
    ['index', 'node-1'],
    ['index', 'node-2'],
    ['amd64', 'node-1'],
    ['index', 'node-1'],
  ] as const;
  const workload = withIdentities(pods, {
    [digestOf('index')]: listing,
    [digestOf('amd64')]: { kind: 'manifest', digest: digestOf('amd64') },
  });
  t.deepEqual(
    new Set(workload?.images.map(({ digest, pods: count }) => `${digest} ${count}`)),
    new Set([`${digestOf('amd64')} 3`, `${digestOf('arm64')} 1`]),
  );
  t.deepEqual(new Set(workload?.needs.digests), new Set(['index', 'amd64', 'arm64'].map(digestOf)));
});

test('what is being asked about is not one with what cannot be told', (t) => {
  const pods = [
    ['index', 'node-3'],
    ['other', 'node-1'],
  ] as const;
  const asking: Identity = { kind: 'asking', reason: 'the registry reg.io is being asked' };
  const workload = withIdentities(pods, { [digestOf('index')]: listing, [digestOf('other')]: asking });
  t.deepEqual(
    workload?.images.map(({ digest, identity }) => [digest, identity?.kind]),
    [
      ['', undefined],
      ['', 'asking'],
    ],
  );
});

test('of two pods that wait for one tag the younger one says what an answer must be younger than', (t) => {
  const place = { registry: 'reg.io', repository: 'api', reference: '1' };
  const questions = [day(1), day(3), day(2)].map((since) => ({ digests: [], questions: [{ ...place, since }] }));
  t.deepEqual(allNeeds(questions).questions, [{ ...place, since: day(3) }]);
});

test('what a pod runs is not by its tag alone, whichever pods wait beside it', (t) => {
  const byTag = (...words: readonly string[]) => {
    const identities = {
      '1': { kind: 'manifest', digest: digestOf('own') },
      [digestOf('own')]: { kind: 'manifest', digest: digestOf('own') },
    } as const;
    const images =
      withIdentities(
        words.map((word) => [word, 'node-1'] as const),
        identities,
      )?.images ?? [];
    return images.map((image) => [image.digest, isByTag(image)]);
  };
  t.deepEqual(byTag('', ''), [[digestOf('own'), true]]);
  t.deepEqual(byTag('', 'own'), [[digestOf('own'), false]]);
  t.deepEqual(byTag('own', ''), [[digestOf('own'), false]]);
});

test('an index in which Xray names an issue is an image beside its manifest, of the same pods', (t) => {
  const own = pod({ nodeName: 'node-1', containers: [container({ image: 'reg.io/api:1', imageID: `reg.io/api@${digestOf('index')}` })] });
  const withIssue = scanned({ content: content({ issues: [issue()] }) });
  const workload = gatherWorkload(clusterOf(node(), own), own.uid, { factOf: () => withIssue, identityOf: () => listing });
  t.deepEqual(
    workload?.images.map(({ digest, pods }) => [digest, pods]),
    [
      [digestOf('index'), 1],
      [digestOf('amd64'), 1],
    ],
  );
});
