// From what a person calls a workload to the workload.
import test from 'ava';
import { findWorkload, parseWorkloadName } from '../../src/commands/find-workload.ts';
import { clusterOf } from '../builders/cluster.ts';
import { cronJob, deployment, namespace, ownerReference, pod, replicaSet, statefulSet } from '../builders/objects.ts';

const api = deployment({ name: 'api' });
const apiSet = replicaSet({ name: 'api-5d', owners: [ownerReference(api)] });
const cluster = clusterOf(
  api,
  apiSet,
  pod({ name: 'api-5d-x', owners: [ownerReference(apiSet)] }),
  statefulSet({ name: 'ledger' }),
  cronJob({ name: 'report' }),
  pod({ name: 'shell' }),
  namespace({ name: 'store' }),
  deployment({ name: 'api', namespace: 'store', uid: 'uid-store-api' }),
);

const names: readonly (readonly [string, string])[] = [
  ['Deployment/shop/api', 'uid-api'],
  ['deploy/shop/api', 'uid-api'],
  ['deployments/store/api', 'uid-store-api'],
  ['STS/shop/ledger', 'uid-ledger'],
  ['cj/shop/report', 'uid-report'],
  ['po/shop/shell', 'uid-shell'],
  ['pod/shop/api-5d-x', 'uid-api'],
  ['rs/shop/api-5d', 'uid-api'],
];

for (const [name, key] of names) {
  test(`${name} is ${key}`, (t) => {
    t.is(findWorkload(cluster, parseWorkloadName(name)), key);
  });
}

test('the nearest names come first: of the namespace and the kind, then of others', (t) => {
  const error = t.throws(() => findWorkload(cluster, parseWorkloadName('deploy/shop/apo')));
  t.regex(error.message, /; the nearest are Deployment\/shop\/api, /);
});

test('in a cluster without workloads there is nothing near', (t) => {
  const error = t.throws(() => findWorkload(clusterOf(), parseWorkloadName('deploy/shop/api')));
  t.is(error.message, 'find deploy/shop/api: there is no such workload, nor any other');
});

for (const name of ['api', 'shop/api', 'deploy/shop/api/x', 'deploy//api', '']) {
  test(`"${name}" is no name of a workload`, (t) => {
    t.throws(() => parseWorkloadName(name), { message: `give the workload as KIND/NAMESPACE/NAME, not ${name}` });
  });
}
