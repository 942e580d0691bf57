// Single reads and writes, as they arrive at a local HTTP server.
import test, { type ExecutionContext } from 'ava';
import { createKubernetesClient } from '../../src/kubernetes/client.ts';
import { type ClusterObjects, createClusterObjects } from '../../src/kubernetes/cluster-objects.ts';
import { type Answer, type LocalServer, sendJson, startLocalServer } from './local-server.ts';

async function start(t: ExecutionContext, answer: Answer): Promise<{ objects: ClusterObjects; server: LocalServer }> {
  const server = await startLocalServer(answer);
  const client = await createKubernetesClient({ kubeconfigPath: server.kubeconfigPath, env: {} });
  t.teardown(async () => {
    await client.close();
    await server.close();
  });
  return { objects: createClusterObjects(client), server };
}

const notFound: Answer = (_received, response) => sendJson(response, 404, { reason: 'NotFound', message: 'not found' });
const forbidden: Answer = (_received, response) => sendJson(response, 403, { reason: 'Forbidden', message: 'cannot' });
const api = { kind: 'Deployment', namespace: 'shop', name: 'api' } as const;

test('an object that is not there is undefined, and so are namespaces and policies', async (t) => {
  const { objects } = await start(t, notFound);
  t.is(await objects.getObject(api), undefined);
  t.is(await objects.getNamespace('shop'), undefined);
  t.is(await objects.getPolicy('production'), undefined);
  t.false(await objects.customResourceDefinitionEstablished('kubexraypolicies.kubexray.io'));
});

test('an object that may not be read is a failure, not absent', async (t) => {
  const { objects } = await start(t, forbidden);
  await t.throwsAsync(objects.getObject(api), { message: 'GET /apis/apps/v1/namespaces/shop/deployments/api: 403 cannot' });
  await t.throwsAsync(objects.customResourceDefinitionEstablished('x'), { message: /403 cannot/ });
});

test('an answer that is no object is a failure, not absent', async (t) => {
  const { objects } = await start(t, (_received, response) => sendJson(response, 200, null));
  await t.throwsAsync(objects.getPolicy('production'), { message: /the answer is no object/ });
});

test('an object is read whole, with what no projection knows', async (t) => {
  const { objects } = await start(t, (_received, response) => sendJson(response, 200, { spec: { unknown: [1] } }));
  t.deepEqual(await objects.getObject(api), { spec: { unknown: [1] } });
});

test('a patch is a merge patch on the object', async (t) => {
  const { objects, server } = await start(t, (_received, response) => sendJson(response, 200, { done: true }));
  t.deepEqual(await objects.patchObject(api, { metadata: { resourceVersion: '7' }, spec: { replicas: 0 } }), { done: true });
  t.like(server.received[0], {
    method: 'PATCH',
    path: '/apis/apps/v1/namespaces/shop/deployments/api',
    body: '{"metadata":{"resourceVersion":"7"},"spec":{"replicas":0}}',
  });
  t.is(server.received[0]?.headers['content-type'], 'application/merge-patch+json');
});

test('a deletion is in the foreground and bound to uid and resource version', async (t) => {
  const { objects, server } = await start(t, (_received, response) => sendJson(response, 200, {}));
  await objects.deleteObject(api, { uid: 'u1', resourceVersion: '7' });
  t.is(server.received[0]?.method, 'DELETE');
  t.deepEqual(JSON.parse(server.received[0]?.body ?? ''), {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    propagationPolicy: 'Foreground',
    preconditions: { uid: 'u1', resourceVersion: '7' },
  });
});

test('the status of a policy is patched on its subresource', async (t) => {
  const { objects, server } = await start(t, (_received, response) => sendJson(response, 200, {}));
  await objects.patchPolicyStatus('production', { observedGeneration: 3 });
  await objects.patchPolicyStatus('production', { observedGeneration: 3 }, '99');
  t.is(server.received[0]?.path, '/apis/kubexray.io/v1alpha1/kubexraypolicies/production/status');
  t.is(server.received[0]?.body, '{"status":{"observedGeneration":3}}');
  t.is(server.received[1]?.body, '{"metadata":{"resourceVersion":"99"},"status":{"observedGeneration":3}}');
});

test('a definition is established when its condition says so', async (t) => {
  const answers = ['True', 'False'].map((status) => ({
    status: {
      conditions: [
        { type: 'NamesAccepted', status: 'True' },
        { type: 'Established', status },
      ],
    },
  }));
  const { objects } = await start(t, (_received, response) => sendJson(response, 200, answers.shift() ?? {}));
  t.true(await objects.customResourceDefinitionEstablished('x'));
  t.false(await objects.customResourceDefinitionEstablished('x'));
  t.false(await objects.customResourceDefinitionEstablished('x'));
});
