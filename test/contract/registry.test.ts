import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import test from 'ava';
import type { ManifestAnswer } from '../../src/facts/registry.ts';
import { createRegistryClient, type RegistryOptions } from '../../src/registry/client.ts';
import { noCredentials } from '../../src/registry/config-file.ts';
import { parseDockerConfig } from '../../src/registry/docker-config.ts';
import { digestOf, imageAnswer, imageManifest, startRegistry, type TestRegistry } from '../registry/registry.ts';

const signal = new AbortController().signal;
const open = await startRegistry();
test.after.always(() => open.stop());

function clientOf(registry: TestRegistry, options: Partial<RegistryOptions> = {}) {
  return createRegistryClient({
    rules: { allowedHosts: ['*'], plainHttpHosts: [registry.host] },
    credentials: async () => noCredentials,
    now: () => performance.now(),
    ...options,
  });
}

/** Asks with a client of its own, so that nothing is remembered. */
async function ask(
  registry: TestRegistry,
  repository: string,
  reference: string,
  options?: Partial<RegistryOptions>,
): Promise<ManifestAnswer> {
  const client = clientOf(registry, options);
  try {
    return await client.manifest({ registry: registry.host, repository }, reference, signal);
  } finally {
    await client.close();
  }
}

/** A docker config with one entry for the registry's host. */
function configOf(registry: TestRegistry, entry: object): Partial<RegistryOptions> {
  const config = parseDockerConfig(JSON.stringify({ auths: { [registry.host]: entry } }));
  if ('problem' in config) throw new Error(config.problem);
  return { credentials: async () => config };
}

/** The registry's port is another at each run. */
const withoutHost = (registry: TestRegistry, answer: ManifestAnswer): object =>
  'reason' in answer ? { ...answer, reason: answer.reason.replaceAll(registry.host, 'HOST') } : answer;

test('a tag of an image is its manifest', async (t) => {
  await open.pushImage('shop/api', '1.4', 'api');
  t.deepEqual(await ask(open, 'shop/api', '1.4'), imageAnswer('oci', 'api'));
});

test('a digest of an image is its manifest', async (t) => {
  const digest = await open.pushImage('shop/web', '1', 'web');
  t.deepEqual(await ask(open, 'shop/web', digest), imageAnswer('oci', 'web'));
});

for (const form of ['oci', 'docker'] as const) {
  test(`an index as ${form} writes it lists the manifests of its platforms, without attestations`, async (t) => {
    const platforms = ['linux/amd64', 'linux/arm64/v8'];
    const { index, manifests } = await open.pushIndex(`${form}/multi`, 'latest', { platforms, form });
    const expected: ManifestAnswer = {
      kind: 'index',
      digest: index,
      manifests: [
        { digest: manifests.get('linux/amd64') ?? '', platform: { os: 'linux', architecture: 'amd64', variant: '' } },
        { digest: manifests.get('linux/arm64/v8') ?? '', platform: { os: 'linux', architecture: 'arm64', variant: 'v8' } },
      ],
    };
    t.deepEqual(await ask(open, `${form}/multi`, 'latest'), expected);
    t.deepEqual(await ask(open, `${form}/multi`, index), expected);
  });
}

test('what the registry does not know is absent', async (t) => {
  await open.pushImage('some', 'tag', 'some');
  t.deepEqual(withoutHost(open, await ask(open, 'some', 'other')), { kind: 'absent', reason: 'HOST has no some other' });
  t.deepEqual(withoutHost(open, await ask(open, 'nothing/here', 'latest')), { kind: 'absent', reason: 'HOST has no nothing/here latest' });
  t.is((await ask(open, 'some', digestOf('nobody pushed this'))).kind, 'absent');
});

test('an answer by digest is kept, an absence is asked again', async (t) => {
  const client = clientOf(open);
  const image = { registry: open.host, repository: 'kept' };
  const digest = digestOf(imageManifest('oci', 'kept').body);
  t.is((await client.manifest(image, digest, signal)).kind, 'absent');
  await open.pushImage('kept', 'v1', 'kept');
  for (let times = 0; times < 3; times += 1) t.deepEqual(await client.manifest(image, digest, signal), imageAnswer('oci', 'kept'));
  const asked = (await open.asked()).filter(({ path }) => path === `/v2/kept/manifests/${digest}`);
  t.is(asked.length, 2);
  await client.close();
});

test('a tag is asked again after a few seconds', async (t) => {
  let nowMs = 0;
  const client = clientOf(open, { now: () => nowMs });
  const image = { registry: open.host, repository: 'moving' };
  await open.pushImage('moving', 'v1', 'first');
  t.deepEqual(await client.manifest(image, 'v1', signal), imageAnswer('oci', 'first'));
  await open.pushImage('moving', 'v1', 'second');
  t.deepEqual(await client.manifest(image, 'v1', signal), imageAnswer('oci', 'first'));
  nowMs = 5_001;
  t.deepEqual(await client.manifest(image, 'v1', signal), imageAnswer('oci', 'second'));
  await client.close();
});

test('who asks the same at the same time shares one request', async (t) => {
  await open.pushImage('shared', 'v1', 'shared');
  const client = clientOf(open);
  const answers = await Promise.all(
    [1, 2, 3, 4, 5].map(() => client.manifest({ registry: open.host, repository: 'shared' }, 'v1', signal)),
  );
  t.deepEqual(new Set(answers.map((answer) => JSON.stringify(answer))), new Set([JSON.stringify(imageAnswer('oci', 'shared'))]));
  t.is((await open.asked()).filter(({ path }) => path === '/v2/shared/manifests/v1').length, 1);
  await client.close();
});

test('a registry with Basic authentication is shown the user of the config file, and asked for credentials once', async (t) => {
  const registry = await startRegistry({ auth: 'basic', user: 'ann', password: 'secret:with colon' });
  t.teardown(registry.stop);
  await registry.pushImage('shop', '1', 'one');
  await registry.pushImage('shop', '2', 'two');
  const auth = Buffer.from('ann:secret:with colon').toString('base64');
  const client = clientOf(registry, configOf(registry, { auth }));
  const image = { registry: registry.host, repository: 'shop' };
  t.deepEqual(await client.manifest(image, '1', signal), imageAnswer('oci', 'one'));
  t.deepEqual(await client.manifest(image, '2', signal), imageAnswer('oci', 'two'));
  await client.close();
  t.deepEqual(
    (await registry.asked()).map(({ authorization }) => authorization),
    ['', 'Basic', 'Basic'],
  );
});

test('a refused user is unavailable, without the password in the reason', async (t) => {
  const registry = await startRegistry({ auth: 'basic', user: 'ann', password: 'right' });
  t.teardown(registry.stop);
  await registry.pushImage('shop', '1', 'one');
  t.deepEqual(withoutHost(registry, await ask(registry, 'shop', '1', configOf(registry, { username: 'ann', password: 'wrong' }))), {
    kind: 'unavailable',
    reason: 'HOST refused to show the image (401)',
  });
  t.deepEqual(withoutHost(registry, await ask(registry, 'shop', '1')), {
    kind: 'unavailable',
    reason: 'HOST wants a user and a password for shop, and --registry-config has none',
  });
});

test('anybody gets a token where the registry gives it, one for all of a repository', async (t) => {
  const registry = await startRegistry({ auth: 'token' });
  t.teardown(registry.stop);
  await registry.pushImage('public', '1', 'one');
  await registry.pushImage('public', '2', 'two');
  const client = clientOf(registry);
  const image = { registry: registry.host, repository: 'public' };
  t.deepEqual(await client.manifest(image, '1', signal), imageAnswer('oci', 'one'));
  t.deepEqual(await client.manifest(image, '2', signal), imageAnswer('oci', 'two'));
  await client.close();
  t.deepEqual(await registry.asked(), [
    { method: 'GET', path: '/v2/public/manifests/1', authorization: '' },
    { method: 'GET', path: '/token', authorization: '' },
    { method: 'GET', path: '/v2/public/manifests/1', authorization: 'Bearer' },
    { method: 'GET', path: '/v2/public/manifests/2', authorization: 'Bearer' },
  ]);
});

test('a token of the user is fetched with the password, and again when it has expired', async (t) => {
  let nowMs = 0;
  const registry = await startRegistry({ auth: 'token', user: 'ann', password: 'right', tokenLifeSeconds: 300 });
  t.teardown(registry.stop);
  await registry.pushImage('private', '1', 'one');
  await registry.pushImage('private', '2', 'two');
  const client = clientOf(registry, { ...configOf(registry, { username: 'ann', password: 'right' }), now: () => nowMs });
  const image = { registry: registry.host, repository: 'private' };
  t.deepEqual(await client.manifest(image, '1', signal), imageAnswer('oci', 'one'));
  nowMs = 300_000;
  t.deepEqual(await client.manifest(image, '2', signal), imageAnswer('oci', 'two'));
  await client.close();
  t.deepEqual(
    (await registry.asked()).map(({ path, authorization }) => `${path} ${authorization}`.trim()),
    [
      '/v2/private/manifests/1',
      '/token Basic',
      '/v2/private/manifests/1 Bearer',
      '/v2/private/manifests/2',
      '/token Basic',
      '/v2/private/manifests/2 Bearer',
    ],
  );
});

test('an identity token is exchanged by POST', async (t) => {
  const registry = await startRegistry({ auth: 'token', user: 'ann', password: 'right', refreshToken: 'long-lived' });
  t.teardown(registry.stop);
  await registry.pushImage('private', '1', 'one');
  const answer = await ask(registry, 'private', '1', configOf(registry, { auth: 'PHRva2VuPjo=', identitytoken: 'long-lived' }));
  t.deepEqual(answer, imageAnswer('oci', 'one'));
  t.deepEqual(
    (await registry.asked()).map(({ method, path }) => `${method} ${path}`),
    ['GET /v2/private/manifests/1', 'POST /token', 'GET /v2/private/manifests/1'],
  );
});

test('where the token server gives nothing the image is unavailable', async (t) => {
  const registry = await startRegistry({ auth: 'token', user: 'ann', password: 'right' });
  t.teardown(registry.stop);
  await registry.pushImage('private', '1', 'one');
  const expected = { kind: 'unavailable', reason: 'the token server of HOST gave no token for private (401)' };
  t.deepEqual(withoutHost(registry, await ask(registry, 'private', '1')), expected);
  t.deepEqual(
    withoutHost(registry, await ask(registry, 'private', '1', configOf(registry, { username: 'ann', password: 'wrong' }))),
    expected,
  );
});

test('credentials that changed are used at the next question', async (t) => {
  const registry = await startRegistry({ auth: 'basic', user: 'ann', password: 'new' });
  t.teardown(registry.stop);
  await registry.pushImage('shop', '1', 'one');
  const configs = ['old', 'new'].map((password) => configOf(registry, { username: 'ann', password }).credentials);
  let current = configs[0];
  const client = clientOf(registry, { credentials: async () => current?.() ?? noCredentials });
  const image = { registry: registry.host, repository: 'shop' };
  t.is((await client.manifest(image, '1', signal)).kind, 'unavailable');
  current = configs[1];
  t.deepEqual(await client.manifest(image, '1', signal), imageAnswer('oci', 'one'));
  await client.close();
});

test('a registry with a certificate of a private authority is asked by TLS, and not without that authority', async (t) => {
  const registry = await startRegistry({ scheme: 'https', auth: 'token' });
  t.teardown(registry.stop);
  await registry.pushImage('shop', '1', 'one');
  const rules = { allowedHosts: [registry.host], plainHttpHosts: [] };
  t.deepEqual(await ask(registry, 'shop', '1', { rules, ca: registry.ca }), imageAnswer('oci', 'one'));
  t.deepEqual(withoutHost(registry, await ask(registry, 'shop', '1', { rules })), {
    kind: 'unavailable',
    reason: 'connection to HOST failed (DEPTH_ZERO_SELF_SIGNED_CERT)',
  });
});

test('credentials that were taken away are not used any more', async (t) => {
  const registry = await startRegistry({ auth: 'basic', user: 'ann', password: 'p' });
  t.teardown(registry.stop);
  for (const tag of ['1', '2']) await registry.pushImage('shop', tag, tag);
  let current = configOf(registry, { username: 'ann', password: 'p' }).credentials;
  const client = clientOf(registry, { credentials: async () => current?.() ?? noCredentials });
  const image = { registry: registry.host, repository: 'shop' };
  t.is((await client.manifest(image, '1', signal)).kind, 'manifest');
  current = undefined;
  t.is((await client.manifest(image, '2', signal)).kind, 'unavailable');
  await client.close();
});

test('a registry with TLS cannot have its credentials sent without', async (t) => {
  const tokens = await startRegistry({ auth: 'token' });
  t.teardown(tokens.stop);
  const registry = await startRegistry({ scheme: 'https', auth: 'token', realm: `http://${tokens.host}/token` });
  t.teardown(registry.stop);
  const rules = { allowedHosts: [registry.host, tokens.host], plainHttpHosts: [tokens.host] };
  t.deepEqual(await ask(registry, 'shop', '1', { rules, ca: registry.ca }), {
    kind: 'unavailable',
    reason: `${registry.host} names an address for tokens that is not used: ${tokens.host} is asked without TLS`,
  });
  t.deepEqual(await tokens.asked(), []);
});

test('through a proxy the certificate of the registry is checked as without', async (t) => {
  const registry = await startRegistry({ scheme: 'https' });
  t.teardown(registry.stop);
  await registry.pushImage('shop', '1', 'one');
  const tunnels: string[] = [];
  const proxy = createServer().on('connect', (request, socket) => {
    tunnels.push(request.url ?? '');
    const upstream = connect(Number(request.url?.split(':')[1]), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      upstream.pipe(socket).pipe(upstream);
    });
    upstream.on('error', () => socket.destroy());
    socket.on('error', () => upstream.destroy());
  });
  await once(proxy.listen(0, '127.0.0.1'), 'listening');
  t.teardown(() => proxy.close());
  const address = proxy.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const options = {
    rules: { allowedHosts: [registry.host], plainHttpHosts: [] },
    proxy: { httpProxy: '', httpsProxy: `http://127.0.0.1:${port}`, noProxy: '' },
  };
  t.deepEqual(await ask(registry, 'shop', '1', { ...options, ca: registry.ca }), imageAnswer('oci', 'one'));
  t.is((await ask(registry, 'shop', '1', options)).kind, 'unavailable');
  t.deepEqual(tunnels, [registry.host, registry.host]);
});
