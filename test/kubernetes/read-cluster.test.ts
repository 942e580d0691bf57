// Reading a whole cluster once: what is asked, what is tried again, and how each kind that cannot be read is named.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { createKubernetesClient } from '../../src/kubernetes/client.ts';
import { type ReadClusterOptions, readCluster } from '../../src/kubernetes/read-cluster.ts';
import { type Answer, kubeconfig, type LocalServer, sendJson, startLocalServer } from './local-server.ts';

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
      ...[
        'GET statefulsets list',
        'GET daemonsets list',
        'GET cronjobs list',
        'GET namespaces list',
        'GET nodes list',
        'GET kubexraypolicies list',
      ],
    ],
  );
});

test('every kind that may not be read is named at once, and nothing is tried again', async (t) => {
  const { server, read } = await started(t, listsWith({ pods: refuse(403, 'no pods for you'), jobs: refuse(403, 'nor jobs') }));
  await t.throwsAsync(read(), {
    message: `read the cluster at ${new URL(server.url).host}: Pod: GET /api/v1/pods: 403 no pods for you; Job: GET /apis/batch/v1/jobs: 403 nor jobs`,
  });
  t.is(server.received.length, 11);
});

test('nodes that may not be read are left out, and nodes that could not be read are not', async (t) => {
  const { server, read } = await started(t, listsWith({ nodes: refuse(403, 'no nodes for you') }));
  t.deepEqual(await read(), { objects: [], policies: [], knowsPolicies: true });
  t.is(server.received.length, 11);
  const broken = await started(t, listsWith({ nodes: refuse(503, 'later') }));
  await t.throwsAsync(broken.read({ timeoutMs: 300 }), { message: /Node: GET \/api\/v1\/nodes: 503 later/ });
});

test('a cluster that does not know policies has none', async (t) => {
  const { server, read } = await started(
    t,
    listsWith({ kubexraypolicies: refuse(404, 'the server could not find the requested resource') }),
  );
  t.deepEqual(await read(), { objects: [], policies: [], knowsPolicies: false });
  t.is(server.received.length, 11);
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

test('what could not be read in time is named with the last reason, and nothing after it', async (t) => {
  const { server, read } = await started(t, listsWith({ cronjobs: refuse(503, 'later') }));
  const error = await t.throwsAsync(read({ timeoutMs: 1500 }));
  t.is(error.message, `read the cluster at ${new URL(server.url).host} within 1.5 s: CronJob: GET /apis/batch/v1/cronjobs: 503 later`);
});

/** Reads a cluster whose kubeconfig names this server. Time enough to see that none of it is used. */
async function readAt(t: ExecutionContext, server: string, cluster: object = {}): Promise<unknown> {
  const directory = await mkdtemp(join(tmpdir(), 'kubexray-read-'));
  const kubeconfigPath = join(directory, 'config');
  await writeFile(kubeconfigPath, kubeconfig({ server, ...cluster }, { token: 'secret-token' }));
  const client = await createKubernetesClient({ kubeconfigPath, env: {} });
  t.teardown(async () => {
    await client.close();
    await rm(directory, { recursive: true });
  });
  return readCluster({ client, timeoutMs: 20_000, retryDelayMs: 1, progress: () => {} });
}

test('a server that nobody listens at is given up at once, in one sentence', async (t) => {
  const server = await startLocalServer(listsWith({}));
  const { host, port } = new URL(server.url);
  await server.close();
  await t.throwsAsync(readAt(t, `https://user:pass@127.0.0.1:${port}/prefix`), {
    message: `read the cluster at ${host}: the connection was refused (ECONNREFUSED)`,
  });
});

test('a server whose name means nothing is given up soon, in one sentence', async (t) => {
  await t.throwsAsync(readAt(t, 'https://no-such-host.invalid:6443'), {
    message: /^read the cluster at no-such-host\.invalid:6443: its name cannot be resolved \((ENOTFOUND|EAI_AGAIN)\)$/,
  });
});

test('a server that speaks no TLS is given up at once, in one sentence', async (t) => {
  const { server } = await started(t, listsWith({}));
  const error = await t.throwsAsync(readAt(t, server.url.replace('http:', 'https:')));
  t.regex(error?.message ?? '', /^read the cluster at 127\.0\.0\.1:\d+: no trusted connection: [^\n]+ \([A-Z_]+\)$/);
});

test('credentials that are not accepted are said once, and no other kind is asked', async (t) => {
  const { server, read } = await started(t, (_, response) => sendJson(response, 401, { kind: 'Status', message: 'Unauthorized' }));
  await t.throwsAsync(read(), { message: `read the cluster at ${new URL(server.url).host}: it does not accept the credentials (401)` });
  t.is(server.received.length, 1);
});

test('a connection that is reset is made again, the first one too', async (t) => {
  let asked = 0;
  const pods: Reply = (response) => {
    asked += 1;
    if (asked === 1) response.destroy();
    else empty(response);
  };
  const { read } = await started(t, listsWith({ pods }));
  t.deepEqual((await read()).objects, []);
  t.is(asked, 2);
});

test('a server that never answers is one sentence when the time is up', async (t) => {
  const { server, read } = await started(t, () => {});
  const error = await t.throwsAsync(read({ timeoutMs: 300 }));
  t.regex(error.message, /^read the cluster at 127\.0\.0\.1:\d+ within 0\.3 s: Pod: GET \/api\/v1\/pods: [^;]+$/);
  t.is(server.received.length, 1);
});

test('progress names each kind', async (t) => {
  const told: string[] = [];
  const { read } = await started(t, listsWith({}));
  await read({ progress: (text) => told.push(text) });
  t.is(told[0], 'reading the cluster: Pods…');
  t.is(told.at(-1), 'reading the cluster: KubeXrayPolicies…');
});
