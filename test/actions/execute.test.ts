// Carrying plans out against a cluster that moves between the decision, the reads and the write.
import test from 'ava';
import { execute } from '../../src/actions/execute.ts';
import type { Plan } from '../../src/actions/plan.ts';
import type { ControllerObject } from '../../src/facts/objects.ts';
import { Failure } from '../../src/failure.ts';
import { deployment, namespace } from '../builders/objects.ts';
import { marks, record } from './decision.ts';
import { MemoryCluster } from './memory-cluster.ts';

type Planned = Exclude<Plan, { kind: 'none' }>;

const ref = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'api', uid: 'uid-api' };
const production = { name: 'production', seen: { uid: 'uid-production', generation: 1, mode: 'Enforce' } } as const;
const labels = { labels: {}, namespaceLabels: {} };
const target = { target: ref, generation: 1, ...labels, policies: [production] };
const scaleDown: Planned = { kind: 'scaleDown', replicas: 3, record: record(), ...target };
const deletion: Planned = { kind: 'delete', ...target };
const held = { ...labels, labels: marks(3).labels };
const restore: Planned = { kind: 'restore', replicas: 3, target: ref, generation: 2, ...held, policies: [{ name: 'production' }] };

const spec = { mode: 'Enforce', rules: [{ name: 'security', use: 'security' }] };

/** The namespace shop with the Deployment api at 3 replicas, and the policy production. */
function running(given: Partial<ControllerObject> = {}): MemoryCluster {
  const cluster = new MemoryCluster();
  cluster.put(namespace());
  cluster.put(deployment({ replicas: 3, ...given }));
  cluster.apply('production', spec);
  return cluster;
}

/** The same at zero by us, with the policy deleted. */
function heldWithoutPolicy(): MemoryCluster {
  const cluster = running({ ...marks(3), replicas: 0, generation: 2 });
  cluster.removePolicy('production');
  return cluster;
}

test('a scale-down is one write that takes the replicas and remembers them', async (t) => {
  const cluster = running();
  t.deepEqual(await execute(scaleDown, cluster), { kind: 'sent' });
  t.is(cluster.writes.length, 1);
  const { replicas, labels, annotations } = cluster.controller('uid-api');
  t.deepEqual({ replicas, labels, annotations }, { replicas: 0, ...marks(3) });
});

test('a restore is one write that gives the replicas back and takes the marks away, and nothing else of the object', async (t) => {
  const cluster = heldWithoutPolicy();
  cluster.put({ ...cluster.controller('uid-api'), labels: { ...marks(3).labels, app: 'api' } });
  t.deepEqual(await execute({ ...restore, labels: { ...marks(3).labels, app: 'api' } }, cluster), { kind: 'sent' });
  t.is(cluster.writes.length, 1);
  const { replicas, labels, annotations } = cluster.controller('uid-api');
  t.deepEqual({ replicas, labels, annotations }, { replicas: 3, labels: { app: 'api' }, annotations: {} });
});

test('a restore leaves the count that somebody has set meanwhile', async (t) => {
  const cluster = heldWithoutPolicy();
  cluster.put({ ...cluster.controller('uid-api'), replicas: 5, generation: 3 });
  t.deepEqual(await execute({ ...restore, generation: 3 }, cluster), { kind: 'sent' });
  const { replicas, labels } = cluster.controller('uid-api');
  t.deepEqual([replicas, labels], [5, {}]);
});

test('remembering anew writes the annotation alone', async (t) => {
  const cluster = running({ ...marks(3), replicas: 0 });
  await execute({ kind: 'remember', record: record({ rules: ['production/license'] }), ...target, ...held }, cluster);
  const { replicas, labels, annotations } = cluster.controller('uid-api');
  t.deepEqual({ replicas, labels, annotations }, { replicas: 0, ...marks(3, record({ rules: ['production/license'] })) });
});

test('void marks go and the replicas stay', async (t) => {
  const cluster = running({ annotations: { ...marks(3).annotations, team: 'shop' } });
  await execute({ kind: 'forget', ...target, policies: [] }, cluster);
  const { replicas, annotations } = cluster.controller('uid-api');
  t.deepEqual([replicas, annotations], [3, { team: 'shop' }]);
});

test('a deletion is bound to what was read', async (t) => {
  const cluster = running();
  const { resourceVersion } = cluster.controller('uid-api');
  t.deepEqual(await execute(deletion, cluster), { kind: 'sent' });
  t.deepEqual(cluster.writes, [{ verb: 'delete', name: 'api', body: { uid: 'uid-api', resourceVersion } }]);
});

const moves: Readonly<Record<string, (cluster: MemoryCluster) => void>> = {
  'its object is gone': (cluster) => cluster.remove('uid-api'),
  'another object has its name': (cluster) => {
    cluster.remove('uid-api');
    cluster.put(deployment({ uid: 'uid-another' }));
  },
  'its object has another spec': (cluster) => cluster.put(deployment({ generation: 2 })),
  'its labels have changed': (cluster) => cluster.put(deployment({ replicas: 3, labels: { tier: 'exempt' } })),
  'the labels of its namespace have changed': (cluster) => cluster.put(namespace({ labels: { tier: 'exempt' } })),
  'its object is being deleted': (cluster) => cluster.put(deployment({ terminating: true })),
  'its namespace is being deleted': (cluster) => cluster.put(namespace({ terminating: true })),
  'its policy is gone': (cluster) => cluster.removePolicy('production'),
  'its policy has another spec': (cluster) => cluster.apply('production', spec),
  'its policy is another of that name': (cluster) => {
    cluster.removePolicy('production');
    cluster.apply('production', spec, 'uid-new');
  },
};
for (const [what, move] of Object.entries(moves)) {
  test(`an action is dropped when ${what}`, async (t) => {
    for (const plan of [scaleDown, deletion]) {
      const cluster = running();
      move(cluster);
      t.is((await execute(plan, cluster)).kind, 'dropped');
      t.deepEqual(cluster.writes, []);
    }
  });
}

test('an action is dropped when one of several policies has moved', async (t) => {
  const cluster = running();
  const other = { name: 'other', seen: { uid: 'uid-other', generation: 1, mode: 'Enforce' } } as const;
  t.deepEqual(await execute({ ...scaleDown, policies: [production, other] }, cluster), {
    kind: 'dropped',
    why: 'policy other has changed',
  });
  t.deepEqual(cluster.writes, []);
});

test('a write between our read and our write makes ours fail, and it is dropped', async (t) => {
  for (const plan of [scaleDown, deletion]) {
    const cluster = running();
    cluster.onWrite = () => cluster.put({ ...cluster.controller('uid-api'), labels: { touched: 'yes' } });
    t.deepEqual(await execute(plan, cluster), { kind: 'dropped', why: 'write Deployment api: 409' });
    t.deepEqual(cluster.writes, []);
  }
});

test('two controllers that want the same do it once, and the count is that of before', async (t) => {
  const cluster = running();
  const kinds = (await Promise.all([execute(scaleDown, cluster), execute(scaleDown, cluster)])).map(({ kind }) => kind).sort();
  t.deepEqual(kinds, ['dropped', 'sent']);
  t.deepEqual(cluster.controller('uid-api').labels, { 'kubexray.io/scaled-down': '3' });
});

test('nothing is given back while the kind of policies is not established', async (t) => {
  const cluster = heldWithoutPolicy();
  cluster.isKindEstablished = false;
  t.is((await execute(restore, cluster)).kind, 'dropped');
  t.is((await execute({ ...restore, policies: [] }, cluster)).kind, 'dropped');
  t.deepEqual(cluster.writes, []);
});

test('nothing is given back when a policy that was gone is there again, or cannot be read', async (t) => {
  const cluster = heldWithoutPolicy();
  cluster.apply('production', spec);
  t.deepEqual(await execute(restore, cluster), { kind: 'dropped', why: 'policy production is there again' });
  cluster.apply('production', { rules: [] });
  t.is((await execute(restore, cluster)).kind, 'failed');
  t.deepEqual(cluster.writes, []);
});

test('what the API server forbids has failed, with its reason', async (t) => {
  const cluster = running();
  const forbidden = new Failure('PATCH deployments/api: 403', { retry: 'never', reason: 'Forbidden' });
  cluster.onWrite = () => {
    throw forbidden;
  };
  t.deepEqual(await execute(scaleDown, cluster), { kind: 'failed', failure: forbidden });
});

test('an action is not taken when its policy could not be looked at', async (t) => {
  const cluster = running();
  cluster.onRead = (what) => {
    if (what === 'KubeXrayPolicy production') throw new Failure('GET production: 503', { retry: 'soon', reason: 'ServerError' });
  };
  const executed = await execute(deletion, cluster);
  t.deepEqual([executed.kind, cluster.writes], ['failed', []]);
});

test('a mistake of ours is not taken for an answer of the API server', async (t) => {
  const cluster = running();
  cluster.onRead = () => {
    throw new TypeError('mistake');
  };
  await t.throwsAsync(() => execute(scaleDown, cluster), { instanceOf: TypeError });
});

test('a workload whose annotations have no room is taken to zero with the label alone', async (t) => {
  const cluster = running();
  const refused: unknown[] = [];
  cluster.onWrite = ({ body }) => {
    if (!JSON.stringify(body).includes('templateSha256')) return;
    refused.push(body);
    throw new Failure('PATCH: 422 metadata.annotations: Too long', { retry: 'never', reason: 'Invalid' });
  };
  t.deepEqual(await execute(scaleDown, cluster), { kind: 'sent' });
  const { replicas, labels: written, annotations } = cluster.controller('uid-api');
  t.deepEqual([refused.length, replicas, written, annotations], [1, 0, marks(3).labels, {}]);
});
