// Projections of objects as the API server returns them, and of objects that it never would.
import test from 'ava';
import type { ClusterObject, ControllerObject, WorkloadKind } from '../../src/facts/objects.ts';
import { workloadKinds } from '../../src/facts/objects.ts';
import { createInterner } from '../../src/kubernetes/interner.ts';
import { projectObject } from '../../src/kubernetes/project.ts';
import { seededRandom } from './seeded-random.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'api-6c9', uid: 'rs-1', controller: true, blockOwnerDeletion: true };

const metadata = {
  name: 'api',
  namespace: 'shop',
  uid: 'uid-1',
  resourceVersion: '4711',
  generation: 3,
  creationTimestamp: '2026-11-20T08:00:00Z',
  labels: { app: 'api' },
  annotations: { note: 'kept', 'kubectl.kubernetes.io/last-applied-configuration': '{}' },
  managedFields: [{ manager: 'kubectl', fieldsV1: { 'f:spec': {} } }],
};

const podRaw = {
  metadata: { ...metadata, ownerReferences: [owner] },
  spec: {
    nodeName: 'node-1',
    containers: [
      { name: 'api', image: 'registry.example.com/shop/api:1.4', env: [{ name: 'X', value: 'y' }] },
      { name: 'log', image: 'log:2' },
    ],
    initContainers: [{ name: 'migrate', image: 'registry.example.com/shop/migrate:1.4' }],
    ephemeralContainers: [{ name: 'debug', image: 'busybox:1' }],
  },
  status: {
    phase: 'Running',
    containerStatuses: [
      { name: 'log', image: 'docker.io/library/log:2', imageID: '' },
      {
        name: 'api',
        image: 'registry.example.com/shop/api:1.4',
        imageID: `registry.example.com/shop/api@${digest}`,
        ready: true,
      },
    ],
    initContainerStatuses: [{ name: 'migrate', imageID: 'migrate@sha256:b' }],
    ephemeralContainerStatuses: [{ name: 'debug', imageID: 'busybox@sha256:c' }],
  },
};

const project = (kind: ClusterObject['kind'], raw: unknown) => projectObject(kind, raw, createInterner());

function projectWorkload(kind: WorkloadKind, raw: unknown): ControllerObject {
  // A workload kind always gives a ControllerObject, or the test fails on what it reads of undefined.
  return project(kind, raw) as ControllerObject;
}

test('a pod keeps its identity, its owners and its containers with what they run', (t) => {
  t.deepEqual(project('Pod', podRaw), {
    kind: 'Pod',
    apiVersion: 'v1',
    namespace: 'shop',
    name: 'api',
    uid: 'uid-1',
    resourceVersion: '4711',
    generation: 3,
    labels: { app: 'api' },
    annotations: {},
    createdAt: new Date('2026-11-20T08:00:00Z'),
    terminating: false,
    owners: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'api-6c9', uid: 'rs-1', controller: true }],
    phase: 'Running',
    nodeName: 'node-1',
    containers: [
      { name: 'api', type: 'container', image: 'registry.example.com/shop/api:1.4', imageID: `registry.example.com/shop/api@${digest}` },
      { name: 'log', type: 'container', image: 'log:2', imageID: '', statusImage: 'docker.io/library/log:2' },
      { name: 'migrate', type: 'init', image: 'registry.example.com/shop/migrate:1.4', imageID: 'migrate@sha256:b' },
      { name: 'debug', type: 'ephemeral', image: 'busybox:1', imageID: 'busybox@sha256:c' },
    ],
  });
});

test('a pod without a controller keeps its annotations, but not the one of kubectl', (t) => {
  t.deepEqual(project('Pod', { ...podRaw, metadata: { ...metadata, ownerReferences: [{ ...owner, controller: false }] } })?.annotations, {
    note: 'kept',
  });
});

test('a pod that is only scheduled has containers without imageID and no phase of its own', (t) => {
  t.like(project('Pod', { metadata, spec: { containers: [{ name: 'api', image: 'api:1' }] } }), {
    phase: '',
    nodeName: '',
    containers: [{ name: 'api', type: 'container', image: 'api:1', imageID: '' }],
  });
});

test('an object with a deletionTimestamp is terminating', (t) => {
  t.true(project('Namespace', { metadata: { ...metadata, deletionTimestamp: '2026-11-20T09:00:00Z' } })?.terminating);
  t.false(project('Namespace', { metadata: { ...metadata, deletionTimestamp: null } })?.terminating);
});

test('a namespace has labels and no namespace', (t) => {
  const { namespace: _, ...clusterScoped } = metadata;
  t.like(project('Namespace', { metadata: clusterScoped }), { kind: 'Namespace', apiVersion: 'v1', namespace: '', labels: { app: 'api' } });
});

const nodeRaw = {
  metadata: { ...metadata, name: 'node-1', namespace: undefined },
  spec: { podCIDR: '10.0.0.0/24' },
  status: {
    conditions: [{ type: 'Ready', lastHeartbeatTime: '2026-11-20T08:00:00Z' }],
    images: [{ names: ['registry.example.com/shop/api:1.4'], sizeBytes: 1 }],
    nodeInfo: { operatingSystem: 'linux', architecture: 'arm64', kubeletVersion: 'v1.36.3' },
  },
};

test('of a node its platform is kept, and a heartbeat makes no difference', (t) => {
  const before = project('Node', nodeRaw);
  t.deepEqual(before, {
    kind: 'Node',
    apiVersion: 'v1',
    namespace: '',
    name: 'node-1',
    uid: 'uid-1',
    resourceVersion: '',
    generation: 3,
    labels: {},
    annotations: {},
    createdAt: new Date('2026-11-20T08:00:00Z'),
    terminating: false,
    owners: [],
    os: 'linux',
    architecture: 'arm64',
  });
  const status = { ...nodeRaw.status, conditions: [{ type: 'Ready', lastHeartbeatTime: '2026-11-20T08:05:00Z' }] };
  t.deepEqual(project('Node', { ...nodeRaw, metadata: { ...nodeRaw.metadata, resourceVersion: '4712' }, status }), before);
  t.like(project('Node', { metadata: nodeRaw.metadata }), { os: '', architecture: '' });
});

const templateSpec = {
  containers: [{ name: 'api', image: 'api:1', terminationMessagePath: '/dev/termination-log', imagePullPolicy: 'Always' }],
  initContainers: [{ name: 'migrate', image: 'migrate:1' }],
  restartPolicy: 'Always',
};
const deploymentRaw = {
  metadata,
  spec: {
    replicas: 3,
    selector: { matchLabels: { app: 'api' } },
    template: { metadata: { creationTimestamp: null, labels: { app: 'api' } }, spec: templateSpec },
  },
  status: { observedGeneration: 3, replicas: 4, updatedReplicas: 1, conditions: [{ type: 'Progressing', status: 'True' }] },
};

test('a deployment keeps counts and containers', (t) => {
  t.like(project('Deployment', deploymentRaw), {
    kind: 'Deployment',
    apiVersion: 'apps/v1',
    generation: 3,
    replicas: 3,
    annotations: { note: 'kept' },
    status: { observedGeneration: 3, replicas: 4, updateRevision: '' },
    rolloutStalled: false,
    deletesVolumesWhenScaled: false,
    deletesVolumesWhenDeleted: false,
  });
  t.deepEqual(projectWorkload('Deployment', deploymentRaw).template.containers, [
    { name: 'api', type: 'container', image: 'api:1' },
    { name: 'migrate', type: 'init', image: 'migrate:1' },
  ]);
});

test('absent replicas are one for kinds that have replicas, and none for those that do not', (t) => {
  const counts = workloadKinds.map((kind) => [kind, projectWorkload(kind, { metadata, spec: {} }).replicas]);
  t.deepEqual(counts, [
    ['Deployment', 1],
    ['StatefulSet', 1],
    ['DaemonSet', 0],
    ['ReplicaSet', 1],
    ['CronJob', 0],
    ['Job', 0],
  ]);
});

test('zero replicas are zero, not absent', (t) => {
  t.is(projectWorkload('Deployment', { metadata, spec: { replicas: 0 } }).replicas, 0);
});

test('the template of a deployment and that of its replica set have one hash', (t) => {
  const replicaSetRaw = {
    metadata: { ...metadata, name: 'api-6c9', labels: { 'pod-template-hash': '6c9', app: 'api' } },
    spec: {
      replicas: 3,
      template: {
        spec: { restartPolicy: 'Always', initContainers: templateSpec.initContainers, containers: templateSpec.containers },
        metadata: { labels: { 'pod-template-hash': '6c9', app: 'api' } },
      },
    },
  };
  const deployment = projectWorkload('Deployment', deploymentRaw).template.sha256;
  t.is(projectWorkload('ReplicaSet', replicaSetRaw).template.sha256, deployment);
  t.regex(deployment, /^[0-9a-f]{64}$/);
});

test('any other difference between two templates makes another hash', (t) => {
  const hash = (template: object) => projectWorkload('Deployment', { metadata, spec: { template } }).template.sha256;
  const base = {
    metadata: { labels: { app: 'api' } },
    spec: {
      containers: [
        { name: 'a', image: 'a:1' },
        { name: 'b', image: 'b:1' },
      ],
    },
  };
  const others = [
    { ...base, metadata: { labels: { app: 'web' } } },
    { ...base, metadata: { labels: { app: 'api' }, annotations: { restartedAt: 'now' } } },
    {
      ...base,
      spec: {
        containers: [
          { name: 'a', image: 'a:2' },
          { name: 'b', image: 'b:1' },
        ],
      },
    },
    {
      ...base,
      spec: {
        containers: [
          { name: 'b', image: 'b:1' },
          { name: 'a', image: 'a:1' },
        ],
      },
    },
    { ...base, spec: { ...base.spec, replicas: 1 } },
  ];
  t.is(new Set([base, ...others].map(hash)).size, 6);
});

test('a rollout is stalled when the deployment is paused or does not progress', (t) => {
  const stalled = (change: object) => projectWorkload('Deployment', { ...deploymentRaw, ...change }).rolloutStalled;
  t.true(stalled({ spec: { ...deploymentRaw.spec, paused: true } }));
  const conditions = [
    { type: 'Available', status: 'True' },
    { type: 'Progressing', status: 'False' },
  ];
  t.true(stalled({ status: { observedGeneration: 99, conditions } }));
  // What is said of an older spec says nothing of the rollout that has just begun.
  t.false(stalled({ status: { observedGeneration: 0, conditions } }));
  t.false(stalled({ status: { conditions: [{ type: 'Available', status: 'False' }] } }));
});

test('a rollout is stalled when pods are updated only on deletion, or up to a partition', (t) => {
  const stalled = (kind: WorkloadKind, updateStrategy: object) =>
    projectWorkload(kind, { metadata, spec: { updateStrategy } }).rolloutStalled;
  t.true(stalled('StatefulSet', { type: 'OnDelete' }));
  t.true(stalled('StatefulSet', { type: 'RollingUpdate', rollingUpdate: { partition: 1 } }));
  t.false(stalled('StatefulSet', { type: 'RollingUpdate', rollingUpdate: { partition: 0 } }));
  t.true(stalled('DaemonSet', { type: 'OnDelete' }));
  t.false(stalled('DaemonSet', { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1 } }));
});

test('a stateful set tells when scaling or deleting it would delete volumes', (t) => {
  const deletes = (persistentVolumeClaimRetentionPolicy: object, volumeClaimTemplates: readonly object[]) => {
    const object = projectWorkload('StatefulSet', { metadata, spec: { persistentVolumeClaimRetentionPolicy, volumeClaimTemplates } });
    return [object.deletesVolumesWhenScaled, object.deletesVolumesWhenDeleted];
  };
  const volumes = [{ metadata: { name: 'data' } }];
  t.deepEqual(deletes({ whenScaled: 'Delete', whenDeleted: 'Retain' }, volumes), [true, false]);
  t.deepEqual(deletes({ whenScaled: 'Retain', whenDeleted: 'Delete' }, volumes), [false, true]);
  t.deepEqual(deletes({ whenScaled: 'Delete', whenDeleted: 'Delete' }, []), [false, false]);
});

test('a stateful set names its newest revision', (t) => {
  t.is(projectWorkload('StatefulSet', { metadata, spec: {}, status: { updateRevision: 'db-7f' } }).status.updateRevision, 'db-7f');
});

test('the template of a cron job is that of its jobs', (t) => {
  const raw = { metadata, spec: { jobTemplate: { spec: { template: { spec: { containers: [{ name: 'c', image: 'c:1' }] } } } } } };
  t.deepEqual(projectWorkload('CronJob', raw).template.containers, [{ name: 'c', type: 'container', image: 'c:1' }]);
});

test('a revision keeps its number and the images of its template', (t) => {
  const raw = {
    metadata,
    revision: 2,
    data: { spec: { template: { $patch: 'replace', spec: { containers: [{ name: 'db', image: 'db:9' }] } } } },
  };
  t.like(project('ControllerRevision', raw), {
    kind: 'ControllerRevision',
    revision: 2,
    containers: [{ name: 'db', type: 'container', image: 'db:9' }],
  });
});

test('equal strings of different objects are kept once', (t) => {
  const kept: string[] = [];
  const intern = createInterner();
  const spying = (text: string) => {
    kept.push(text);
    return intern(text);
  };
  projectObject('Pod', podRaw, spying);
  for (const text of ['registry.example.com/shop/api:1.4', `registry.example.com/shop/api@${digest}`, 'shop', 'rs-1', 'api', 'Running']) {
    t.true(kept.includes(text), text);
  }
});

test('without name, uid or time of creation there is no object', (t) => {
  t.is(project('Pod', { metadata: { ...metadata, name: '' } }), undefined);
  t.is(project('Pod', { metadata: { ...metadata, uid: 7 } }), undefined);
  t.is(project('Pod', { metadata: { ...metadata, creationTimestamp: 'yesterday' } }), undefined);
  t.is(project('Pod', { metadata: { ...metadata, creationTimestamp: null } }), undefined);
});

const kinds: readonly ClusterObject['kind'][] = [...workloadKinds, 'Pod', 'ControllerRevision', 'Namespace', 'Node'];
const oddities: readonly unknown[] = [null, undefined, '', 'text', 7, Number.NaN, true, [], [null, 7, []], {}, { name: 1 }, { spec: null }];

test('nothing that is not an object is projected', (t) => {
  for (const kind of kinds) {
    for (const raw of oddities) t.is(project(kind, raw), undefined);
  }
});

/** Replaces a random half of all members by something odd. */
function spoil(value: unknown, random: () => number): unknown {
  if (random() < 0.15) return oddities[Math.floor(random() * oddities.length)];
  if (Array.isArray(value)) return value.map((member) => spoil(member, random));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, spoil(member, random)]));
}

test('objects with odd members anywhere never make a projection throw', (t) => {
  const random = seededRandom(5);
  const revision = { metadata, revision: 1, data: { spec: { template: { spec: templateSpec } } } };
  let projected = 0;
  for (let round = 0; round < 3000; round += 1) {
    const kind = kinds[round % kinds.length] ?? 'Pod';
    const spoilt = spoil({ ...podRaw, ...revision, spec: { ...podRaw.spec, ...deploymentRaw.spec } }, random);
    if (project(kind, { metadata, ...(typeof spoilt === 'object' ? spoilt : {}) }) !== undefined) projected += 1;
  }
  t.true(projected > 100);
});
