// Paths in the Kubernetes API.
import test from 'ava';
import { isResourceKind, listPath, objectPath } from '../../src/kubernetes/resources.ts';

test('lists are over all namespaces', (t) => {
  t.is(listPath('Pod'), '/api/v1/pods');
  t.is(listPath('Namespace'), '/api/v1/namespaces');
  t.is(listPath('Deployment'), '/apis/apps/v1/deployments');
  t.is(listPath('ControllerRevision'), '/apis/apps/v1/controllerrevisions');
  t.is(listPath('CronJob'), '/apis/batch/v1/cronjobs');
  t.is(listPath('KubeXrayPolicy'), '/apis/kubexray.io/v1alpha1/kubexraypolicies');
});

test('objects are named with their namespace where they have one', (t) => {
  t.is(objectPath({ kind: 'StatefulSet', namespace: 'shop', name: 'db' }), '/apis/apps/v1/namespaces/shop/statefulsets/db');
  t.is(objectPath({ kind: 'Pod', namespace: 'shop', name: 'db-0' }), '/api/v1/namespaces/shop/pods/db-0');
  t.is(objectPath({ kind: 'Namespace', namespace: '', name: 'shop' }), '/api/v1/namespaces/shop');
  t.is(
    objectPath({ kind: 'KubeXrayPolicy', namespace: 'ignored', name: 'production' }),
    '/apis/kubexray.io/v1alpha1/kubexraypolicies/production',
  );
});

test('a name cannot leave its place in the path', (t) => {
  t.is(objectPath({ kind: 'Pod', namespace: 'a/b', name: '../x?y' }), '/api/v1/namespaces/a%2Fb/pods/..%2Fx%3Fy');
});

test('only kinds with a known place are resource kinds', (t) => {
  t.true(isResourceKind('Job'));
  t.false(isResourceKind('Rollout'));
  t.false(isResourceKind('toString'));
});
