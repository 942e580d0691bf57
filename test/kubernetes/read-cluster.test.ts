// Reading a whole cluster once: what is asked, what is tried again, and how each kind that cannot be read is named.
import type { ServerResponse } from 'node:http';
import test, { type ExecutionContext } from 'ava';
import { createKubernetesClient } from '../../src/kubernetes/client.ts';
import { type ReadClusterOptions, readCluster } from '../../src/kubernetes/read-cluster.ts';
import { type Answer, type LocalServer, sendJson, startLocalServer } from './local-server.ts';

type Reply = (response: ServerResponse) => void;

const empty: Reply = (response) => sendJson(response, 200, { metadata: { resourceVersion: '7' }, items: [] });

/** A server whose lists are empty but for these, by the end of their path. */
function listsWith(replies: Readonly<Record<string, Reply>>): Answer {
  return ({ path }, response) => (replies[path.split('/').at(-1) ?? ''] ?? empty)(response);
}

async function started(t: ExecutionContext, answer: Answer) {
  const server: LocalServer = await startLocalServer(answer);
  const client = await createKubernetesClient({ kubeconfigPath: server.kubeconfigPath, env: {} });
  t.teardown(async () => {
    await client.close();
    await server.close();
  });
  const options: ReadClusterOptions = { client, timeoutMs: 20_000, retryDelayMs: 1, progress: () => {} };
  return { server, read: (given: Partial<ReadClusterOptions> = {}) => readCluster({ ...options, ...given }) };
}

const refuse =
  (status: number, message: string): Reply =>
  (response) =>
    sendJson(response, status, { kind: 'Status', message, reason: status === 403 ? 'Forbidden' : 'NotFound' });

test('objects are projected and policies kept, with lists only, children before owners', async (t) => {
  const metadata = { name: 'shop', uid: 'uid-1', creationTimestamp: '2026-11-01T00:00:00Z' };
  const policy = { metadata: { name: 'production' }, spec: {} };
  const items =
    (list: readonly object[]): Reply =>
    (response) =>
      sendJson(response, 200, { metadata: { resourceVersion: '7' }, items: list });
  const { server, read } = await started(t, listsWith({ namespaces: items([{ metadata }]), kubexraypolicies: items([policy]) }));
  const { objects, policies, knowsPolicies } = await read();
  t.deepEqual(
    objects.map(({ kind, name }) => `${kind} ${name}`),
    ['Namespace shop'],
  );
  t.deepEqual(policies, [{ ...policy, apiVersion: 'kubexray.io/v1alpha1', kind: 'KubeXrayPolicy' }]);
  t.true(knowsPolicies);
  t.deepEqual(
    server.received.map(({ method, path, query }) => `${method} ${path.split('/').at(-1)} ${query.watch ?? 'list'}`),
    [
      ...['GET pods list', 'GET replicasets list', 'GET controllerrevisions list', 'GET jobs list', 'GET deployments list'],
      ...['GET statefulsets list', 'GET daemonsets list', 'GET cronjobs list', 'GET namespaces list', 'GET kubexraypolicies list'],
    ],
  );
});

test('every kind that may not be read is named at once, and nothing is tried again', async (t) => {
  const { server, read } = await started(t, listsWith({ pods: refuse(403, 'no pods for you'), jobs: refuse(403, 'nor jobs') }));
  await t.throwsAsync(read(), {
    message: 'read the cluster: Pod: GET /api/v1/pods: 403 no pods for you; Job: GET /apis/batch/v1/jobs: 403 nor jobs',
  });
  t.is(server.received.length, 10);
});

test('a cluster that does not know policies has none', async (t) => {
  const { server, read } = await started(
    t,
    listsWith({ kubexraypolicies: refuse(404, 'the server could not find the requested resource') }),
  );
  t.deepEqual(await read(), { objects: [], policies: [], knowsPolicies: false });
  t.is(server.received.length, 10);
});

test('a server in trouble is asked again, and a half list is not counted twice', async (t) => {
  let asked = 0;
  const metadata = { name: 'api-1', uid: 'uid-1', creationTimestamp: '2026-11-01T00:00:00Z' };
  const pods: Reply = (response) => {
    asked += 1;
    if (asked === 2) return refuse(503, 'later')(response);
    sendJson(response, 200, { metadata: { resourceVersion: '7', continue: asked === 1 ? 'more' : '' }, items: [{ metadata }] });
  };
  const { read } = await started(t, listsWith({ pods }));
  t.is((await read()).objects.length, 1);
  t.is(asked, 3);
});

test('what could not be read in time is named with the last reason', async (t) => {
  const { read } = await started(t, listsWith({ cronjobs: refuse(503, 'later') }));
  const error = await t.throwsAsync(read({ timeoutMs: 1500 }));
  t.regex(
    error.message,
    /^read the cluster within 1\.5 s: CronJob: GET \/apis\/batch\/v1\/cronjobs: 503 later; Namespace: there was no time left; /,
  );
});
