// The client against a real local HTTP server: what it sends, and what it makes of answers and of their absence.
import { writeFile } from 'node:fs/promises';
import test, { type ExecutionContext } from 'ava';
import { createKubernetesClient, type KubernetesClient } from '../../src/kubernetes/client.ts';
import { KubernetesFailure } from '../../src/kubernetes/kubernetes-failure.ts';
import { type Answer, kubeconfig, type LocalServer, sendJson, startLocalServer } from './local-server.ts';

async function start(t: ExecutionContext, answer: Answer, user?: object): Promise<{ client: KubernetesClient; server: LocalServer }> {
  const server = await startLocalServer(answer, user);
  const client = await createKubernetesClient({ kubeconfigPath: server.kubeconfigPath, env: {} });
  t.teardown(async () => {
    await client.close();
    await server.close();
  });
  return { client, server };
}

const get = { method: 'GET', path: '/api/v1/pods' } as const;

const status = (code: number, reason: string, message: string) => ({ kind: 'Status', status: 'Failure', code, reason, message });

async function failureOf(promise: Promise<unknown>): Promise<KubernetesFailure> {
  const thrown = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (thrown instanceof KubernetesFailure) return thrown;
  throw new Error(`no KubernetesFailure but ${String(thrown)}`);
}

test('a request carries path, query, token and accepts JSON', async (t) => {
  const { client, server } = await start(t, (_received, response) => sendJson(response, 200, { items: [] }));
  t.deepEqual(await client.request({ ...get, query: { limit: '500', continue: 'a b&c' } }), { items: [] });
  t.like(server.received[0], {
    method: 'GET',
    path: '/api/v1/pods',
    query: { limit: '500', continue: 'a b&c' },
    body: '',
  });
  t.like(server.received[0]?.headers, { authorization: 'Bearer secret-token', accept: 'application/json' });
});

test('a patch names its type and the field manager', async (t) => {
  const { client, server } = await start(t, (_received, response) => sendJson(response, 200, {}));
  await client.request({
    method: 'PATCH',
    path: '/apis/apps/v1/namespaces/a/deployments/b',
    body: { spec: { replicas: 0 } },
    contentType: 'application/merge-patch+json',
  });
  t.like(server.received[0], { method: 'PATCH', query: { fieldManager: 'kubexray' }, body: '{"spec":{"replicas":0}}' });
  t.is(server.received[0]?.headers['content-type'], 'application/merge-patch+json');
});

test('a post names the field manager, a deletion does not', async (t) => {
  const { client, server } = await start(t, (_received, response) => sendJson(response, 201, {}));
  await client.request({ method: 'POST', path: '/api/v1/namespaces/a/events', body: { reason: 'X' } });
  await client.request({ method: 'DELETE', path: '/api/v1/namespaces/a/pods/b' });
  t.deepEqual(
    server.received.map((received) => [received.method, received.query, received.body]),
    [
      ['POST', { fieldManager: 'kubexray' }, '{"reason":"X"}'],
      ['DELETE', {}, ''],
    ],
  );
});

test('many requests share their connections', async (t) => {
  const { client, server } = await start(t, (_received, response) => sendJson(response, 200, {}));
  for (let index = 0; index < 20; index += 1) await client.request(get);
  // A second one opens when a request is sent before the end of the answer to the last was noticed.
  t.true(server.connections() <= 2);
});

const refusals = [
  { code: 400, reason: 'BadRequest', retry: 'never' },
  { code: 401, reason: 'Unauthorized', retry: 'soon' },
  { code: 403, reason: 'Forbidden', retry: 'never' },
  { code: 404, reason: 'NotFound', retry: 'changed' },
  { code: 409, reason: 'Conflict', retry: 'changed' },
  { code: 409, reason: 'AlreadyExists', retry: 'changed' },
  { code: 410, reason: 'Expired', retry: 'changed' },
  { code: 422, reason: 'Invalid', retry: 'never' },
  { code: 429, reason: 'TooManyRequests', retry: 'soon' },
  { code: 500, reason: 'InternalError', retry: 'soon' },
  { code: 503, reason: 'ServiceUnavailable', retry: 'soon' },
] as const;

for (const { code, reason, retry } of refusals) {
  test(`${code} ${reason} is a failure that says what the server said, retry ${retry}`, async (t) => {
    const { client } = await start(t, (_received, response) => sendJson(response, code, status(code, reason, 'why not')));
    t.like(await failureOf(client.request(get)), { status: code, reason, retry, message: `GET /api/v1/pods: ${code} why not` });
  });
}

test('a refusal without a Status has a reason all the same, and its body stays out of the message', async (t) => {
  const { client } = await start(t, (_received, response) => response.writeHead(502).end('<html>secret of the proxy</html>'));
  t.like(await failureOf(client.request(get)), { status: 502, reason: 'ServerError', retry: 'soon', message: 'GET /api/v1/pods: 502' });
});

test('a redirection is not followed', async (t) => {
  const { client, server } = await start(t, (_received, response) => response.writeHead(302, { location: '/elsewhere' }).end());
  t.like(await failureOf(client.request(get)), { status: 302, retry: 'never' });
  t.is(server.received.length, 1);
});

test('the time to wait that the server asks for is kept', async (t) => {
  const { client } = await start(t, (_received, response) => sendJson(response, 429, {}, { 'retry-after': '17' }));
  t.is((await failureOf(client.request(get))).retryAfterMs, 17_000);
});

test('an answer that is not JSON is a failure, worth another try', async (t) => {
  const { client } = await start(t, (_received, response) => response.writeHead(200).end('{"items": ['));
  t.like(await failureOf(client.request(get)), { reason: 'BadAnswer', retry: 'soon', message: 'GET /api/v1/pods: answer is not JSON' });
});

test('an answer that is cut off is a failure, worth another try', async (t) => {
  const { client } = await start(t, (_received, response) => {
    response.writeHead(200, { 'content-length': '1000' });
    response.write('{"items":');
    setImmediate(() => response.destroy());
  });
  t.like(await failureOf(client.request(get)), { status: 0, retry: 'soon', reason: 'Unreachable' });
});

test('a server that says nothing is given up after the time-out', async (t) => {
  const { client } = await start(t, () => {});
  t.like(await failureOf(client.request({ ...get, timeoutMs: 50 })), { status: 0, retry: 'soon', reason: 'Timeout' });
});

test('a server that stops in the middle of its answer is given up after the time-out', async (t) => {
  const { client } = await start(t, (_received, response) => response.writeHead(200).write('{"items":'));
  t.like(await failureOf(client.request({ ...get, timeoutMs: 100 })), { status: 0, retry: 'soon', reason: 'Timeout' });
});

test('the caller can end a request', async (t) => {
  const { client } = await start(t, () => {});
  const controller = new AbortController();
  const failure = failureOf(client.request({ ...get, signal: controller.signal }));
  controller.abort();
  t.like(await failure, { reason: 'Aborted', retry: 'soon' });
});

test('a server that is not there is a failure, worth another try, that tells no secret', async (t) => {
  const server = await startLocalServer(() => {});
  const client = await createKubernetesClient({ kubeconfigPath: server.kubeconfigPath, env: {} });
  await server.close();
  const failure = await failureOf(client.request(get));
  t.like(failure, { status: 0, retry: 'soon', reason: 'Unreachable' });
  t.regex(failure.message, /ECONNREFUSED/);
  t.notRegex(`${failure.message} ${JSON.stringify(failure)}`, /secret-token/);
  await client.close();
});

test('a watch brings bytes as they come and ends with its signal', async (t) => {
  const { client, server } = await start(t, (_received, response) => response.writeHead(200).write('first'));
  const controller = new AbortController();
  const stream = await client.watch({ path: '/api/v1/pods', query: { watch: 'true' }, signal: controller.signal });
  const chunks: string[] = [];
  await t.throwsAsync(async () => {
    for await (const chunk of stream) {
      chunks.push(Buffer.from(chunk).toString());
      controller.abort(new Error('enough'));
    }
  });
  t.deepEqual(chunks, ['first']);
  t.deepEqual(server.received[0]?.query, { watch: 'true' });
});

test('a refused watch fails as a request does', async (t) => {
  const { client } = await start(t, (_received, response) => sendJson(response, 410, status(410, 'Expired', 'too old resource version')));
  t.like(await failureOf(client.watch({ path: '/api/v1/pods' })), {
    status: 410,
    reason: 'Expired',
    message: 'WATCH /api/v1/pods: 410 too old resource version',
  });
});

test('open watches do not keep requests from being sent', async (t) => {
  const { client } = await start(t, (received, response) => {
    if (received.query.watch === 'true') response.writeHead(200).write('\n');
    else sendJson(response, 200, { ok: true });
  });
  for (let index = 0; index < 40; index += 1) await client.watch({ path: '/api/v1/pods', query: { watch: 'true' } });
  t.deepEqual(await client.request({ ...get, timeoutMs: 5000 }), { ok: true });
});

test('user and password are sent as basic authentication', async (t) => {
  const { client, server } = await start(t, (_received, response) => sendJson(response, 200, {}), { username: 'u', password: 'p' });
  await client.request(get);
  t.is(server.received[0]?.headers.authorization, 'Basic dTpw');
});

test('a token from a file is sent without the newline at its end', async (t) => {
  const server = await startLocalServer((_received, response) => sendJson(response, 200, {}));
  const tokenFile = `${server.kubeconfigPath}-token`;
  await writeFile(tokenFile, 'from-file\n');
  const user = { 'auth-provider': { name: 'tokenFile', config: { tokenFile } } };
  await writeFile(server.kubeconfigPath, kubeconfig({ server: server.url, 'insecure-skip-tls-verify': true }, user));
  const client = await createKubernetesClient({ kubeconfigPath: server.kubeconfigPath, env: {} });
  await client.request(get);
  t.is(server.received[0]?.headers.authorization, 'Bearer from-file');
  await client.close();
  await server.close();
});

test('credentials that cannot be had are a failure, worth another try', async (t) => {
  const user = { 'auth-provider': { name: 'tokenFile', config: { tokenFile: '/does/not/exist' } } };
  const { client } = await start(t, () => {}, user);
  await t.throwsAsync(client.request(get), { message: 'get credentials for the API server' });
});
