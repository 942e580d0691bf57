import type { IncomingMessage, ServerResponse } from 'node:http';
import test, { type ExecutionContext } from 'ava';
import type { ManifestAnswer } from '../../src/facts/registry.ts';
import { createRegistryClient, type RegistryClient, type RegistryOptions } from '../../src/registry/client.ts';
import { parseDockerConfig } from '../../src/registry/docker-config.ts';
import { defaultLimits, type TransportLimits } from '../../src/registry/transport.ts';
import { type LocalServer, startServer } from '../registry/local-server.ts';
import { digestOf, imageAnswer, imageManifest } from '../registry/registry.ts';

const signal = new AbortController().signal;
const image = imageManifest('oci', 'api');
const digest = digestOf(image.body);

type Answering = (request: IncomingMessage, response: ServerResponse) => void;

async function server(t: ExecutionContext, answer: Answering): Promise<LocalServer> {
  const started = await startServer(answer);
  t.teardown(started.stop);
  return started;
}

/** Every registry has the same user, whose password must stay where it belongs. */
function client(t: ExecutionContext, plainHttpHosts: readonly string[], options: Partial<RegistryOptions> = {}): RegistryClient {
  const auths = Object.fromEntries(plainHttpHosts.map((host) => [host, { username: 'ann', password: 'secret' }]));
  const config = parseDockerConfig(JSON.stringify({ auths }));
  if ('problem' in config) throw new Error(config.problem);
  const created = createRegistryClient({
    rules: { allowedHosts: ['*'], plainHttpHosts },
    credentials: async () => config,
    now: () => performance.now(),
    ...options,
  });
  t.teardown(created.close);
  return created;
}

/** Asks a server of its own for `shop` by a tag, or by `reference`; the server's address is shown as HOST. */
async function answerOf(
  t: ExecutionContext,
  answer: Answering,
  { reference = 'v1', limits = defaultLimits }: { reference?: string; limits?: TransportLimits } = {},
): Promise<ManifestAnswer> {
  const { host } = await server(t, answer);
  const given = await client(t, [host], { limits }).manifest({ registry: host, repository: 'shop' }, reference, signal);
  return 'reason' in given ? { ...given, reason: given.reason.replaceAll(host, 'HOST') } : given;
}

const sent =
  (status: number, body: string | Buffer, headers: Readonly<Record<string, string>> = {}): Answering =>
  (_request, response) => {
    response.writeHead(status, headers);
    response.end(body);
  };

const challenge = 'Basic realm="registry"';

const useless: readonly { readonly what: string; readonly answer: Answering; readonly reference?: string; readonly reason: string }[] = [
  {
    what: 'other bytes than the digest says',
    answer: sent(200, imageManifest('oci', 'evil').body),
    reference: digest,
    reason: 'HOST: the bytes do not have the digest that was asked for',
  },
  {
    what: 'a tag with a digest that is not that of the bytes',
    answer: sent(200, image.body, { 'docker-content-digest': digestOf('other') }),
    reason: 'HOST: the bytes do not have the digest that the registry says',
  },
  { what: 'a web page', answer: sent(200, '<html></html>', { 'content-type': 'text/html' }), reason: 'HOST: the manifest is not JSON' },
  {
    what: 'five megabytes',
    answer: sent(200, Buffer.alloc(5 * 2 ** 20, ' ')),
    reason: 'the answer of HOST is larger than a manifest may be',
  },
  { what: '404 with a web page', answer: sent(404, '<html>nginx</html>'), reason: 'HOST answered 404' },
  { what: '403', answer: sent(403, '{"errors":[{"code":"DENIED"}]}'), reason: 'HOST refused to show the image (403)' },
  { what: '500', answer: sent(500, 'secret stack trace'), reason: 'HOST answered 500' },
  { what: '204', answer: sent(204, ''), reason: 'HOST answered 204' },
  { what: '429', answer: sent(429, ''), reason: 'HOST answered 429: too many requests' },
  { what: '401 without a challenge', answer: sent(401, ''), reason: 'HOST wants credentials of a kind that we do not know (401)' },
  {
    what: 'a challenge of a kind nobody knows',
    answer: sent(401, '', { 'www-authenticate': 'Negotiate' }),
    reason: 'HOST wants credentials of a kind that we do not know (401)',
  },
  {
    what: 'a realm that is no address',
    answer: sent(401, '', { 'www-authenticate': 'Bearer realm="token"' }),
    reason: 'HOST names no address for tokens',
  },
  {
    what: 'a realm without TLS on another host',
    answer: sent(401, '', { 'www-authenticate': 'Bearer realm="http://tokens.example/t",service="s"' }),
    reason: 'HOST names an address for tokens that is not used: tokens.example is not asked without TLS (--registry-plain-http)',
  },
  {
    what: "a realm at the cloud's metadata",
    answer: sent(401, '', { 'www-authenticate': 'Bearer realm="https://169.254.169.254/latest"' }),
    reason: 'HOST names an address for tokens that is not used: 169.254.169.254 is a link-local or metadata address',
  },
  {
    what: "a realm at the cloud's metadata, written as a number",
    answer: sent(401, '', { 'www-authenticate': 'Bearer realm="https://2852039166/latest"' }),
    reason: 'HOST names an address for tokens that is not used: 169.254.169.254 is a link-local or metadata address',
  },
  {
    what: 'a realm with a user in it',
    answer: sent(401, '', { 'www-authenticate': 'Bearer realm="https://me@tokens.example/t"' }),
    reason: 'HOST names an address for tokens that is not used: its address holds a user',
  },
  {
    what: 'a redirect without TLS',
    answer: sent(307, '', { location: 'http://other.example/v2/shop/manifests/v1' }),
    reason: 'HOST redirects, which is not followed: other.example is not asked without TLS (--registry-plain-http)',
  },
  {
    what: 'a redirect to something that is no registry',
    answer: sent(302, '', { location: 'https://other.example/admin?delete=all' }),
    reason: 'HOST redirects, which is not followed: the address is not one of a manifest',
  },
  {
    what: 'a redirect to this machine',
    answer: sent(302, '', { location: 'https://127.0.0.2/v2/shop/manifests/v1' }),
    reason: 'HOST redirects, which is not followed: 127.0.0.2 is an address of this machine',
  },
  {
    what: 'a redirect to nowhere',
    answer: sent(302, ''),
    reason: 'HOST redirects, which is not followed: it gives no address',
  },
  {
    what: 'redirects in a circle',
    answer: (request, response) => sent(307, '', { location: String(request.url) })(request, response),
    reason: 'HOST redirects too often',
  },
  {
    what: 'half a body',
    answer: (_request, response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('{');
      setImmediate(() => response.destroy());
    },
    reason: 'connection to HOST failed (UND_ERR_SOCKET)',
  },
];

for (const { what, answer, reference, reason } of useless) {
  test(`a registry that answers ${what} is unavailable`, async (t) => {
    t.deepEqual(await answerOf(t, answer, { ...(reference && { reference }) }), { kind: 'unavailable', reason });
  });
}

const slow: readonly { readonly what: string; readonly answer: Answering }[] = [
  { what: 'never begins', answer: () => undefined },
  {
    what: 'drips without end',
    answer: (_request, response) => {
      response.writeHead(200);
      const timer = setInterval(() => response.write(' '), 20);
      response.once('close', () => clearInterval(timer));
    },
  },
];

for (const { what, answer } of slow) {
  test(`an answer that ${what} is given up`, async (t) => {
    t.deepEqual(await answerOf(t, answer, { limits: { ...defaultLimits, totalTimeoutMs: 300 } }), {
      kind: 'unavailable',
      reason: 'no complete answer from HOST in time',
    });
  });
}

test('404 with an empty body is absent', async (t) => {
  t.is((await answerOf(t, sent(404, ''))).kind, 'absent');
});

test('a redirect to another registry is followed, and credentials stay behind', async (t) => {
  const mirror = await server(t, sent(200, image.body, { 'content-type': image.mediaType }));
  const registry = await server(t, (request, response) => {
    if (request.headers.authorization === undefined) sent(401, '', { 'www-authenticate': challenge })(request, response);
    else sent(307, '', { location: `http://${mirror.host}/v2/mirror/shop/manifests/v1` })(request, response);
  });
  const answer = await client(t, [registry.host, mirror.host]).manifest({ registry: registry.host, repository: 'shop' }, 'v1', signal);
  t.deepEqual(answer, imageAnswer('oci', 'api'));
  t.deepEqual(registry.asked, ['GET /v2/shop/manifests/v1', 'GET /v2/shop/manifests/v1 Basic YW5uOnNlY3JldA==']);
  t.deepEqual(mirror.asked, ['GET /v2/mirror/shop/manifests/v1']);
});

test('a registry behind a redirect gets no credentials, however it asks', async (t) => {
  const other = await server(t, sent(401, '', { 'www-authenticate': challenge }));
  const registry = await server(t, sent(307, '', { location: `http://${other.host}/v2/shop/manifests/v1` }));
  const answer = await client(t, [registry.host, other.host]).manifest({ registry: registry.host, repository: 'shop' }, 'v1', signal);
  t.deepEqual(answer, { kind: 'unavailable', reason: `${registry.host} refused to show the image (401)` });
  t.deepEqual(other.asked, ['GET /v2/shop/manifests/v1']);
});

test('whatever scope a registry asks for, only the right to pull the image is fetched', async (t) => {
  const registry = await server(t, (request, response) => {
    if (request.url?.startsWith('/token')) sent(200, '{"token":"abc"}')(request, response);
    else if (request.headers.authorization === 'Bearer abc') sent(200, image.body)(request, response);
    else {
      const bearer = `Bearer realm="http://${request.headers.host}/token?scope=all",service="s",scope="registry:catalog:*"`;
      sent(401, '', { 'www-authenticate': bearer })(request, response);
    }
  });
  await client(t, [registry.host]).manifest({ registry: registry.host, repository: 'shop/api' }, 'v1', signal);
  t.is(registry.asked[1], 'GET /token?scope=repository%3Ashop%2Fapi%3Apull&service=s&account=ann Basic YW5uOnNlY3JldA==');
});

test('a token that no header can carry is not used', async (t) => {
  const answer = await answerOf(t, (request, response) => {
    if (request.url?.startsWith('/token')) sent(200, JSON.stringify({ token: 'a\r\nx-evil: 1' }))(request, response);
    else sent(401, '', { 'www-authenticate': `Bearer realm="http://${request.headers.host}/token"` })(request, response);
  });
  t.deepEqual(answer, { kind: 'unavailable', reason: 'the token server of HOST answered without a usable token' });
});

test('a registry that is down costs three or four questions, then none for a while', async (t) => {
  let nowMs = 0;
  const registry = await server(t, (request) => request.socket.destroy());
  const asking = client(t, [registry.host], { now: () => nowMs });
  const ask = (tag: string) => asking.manifest({ registry: registry.host, repository: 'shop' }, tag, signal);
  const answers = await Promise.all(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map(ask));
  t.deepEqual(new Set(answers.map(({ kind }) => kind)), new Set(['unavailable']));
  t.true([3, 4].includes(registry.asked.length), `${registry.asked.length} requests`);
  const before = registry.asked.length;
  t.deepEqual(await ask('i'), {
    kind: 'unavailable',
    reason: `${registry.host}: it did not answer lately, and is asked again in a while`,
  });
  t.is(registry.asked.length, before);
  nowMs = 20_000;
  await ask('j');
  t.is(registry.asked.length, before + 1);
});

test('a registry that asks for a pause gets it', async (t) => {
  let nowMs = 0;
  const registry = await server(t, sent(429, '', { 'retry-after': '60' }));
  const asking = client(t, [registry.host], { now: () => nowMs });
  const ask = (tag: string) => asking.manifest({ registry: registry.host, repository: 'shop' }, tag, signal);
  await ask('a');
  nowMs = 59_000;
  await ask('b');
  t.is(registry.asked.length, 1);
  nowMs = 60_001;
  await ask('c');
  t.is(registry.asked.length, 2);
});

test('who no longer waits ends the request', async (t) => {
  const closed = Promise.withResolvers<void>();
  const arrived = Promise.withResolvers<void>();
  const registry = await server(t, (_request, response) => {
    response.once('close', () => closed.resolve());
    arrived.resolve();
  });
  const controller = new AbortController();
  const answer = client(t, [registry.host]).manifest({ registry: registry.host, repository: 'shop' }, 'v1', controller.signal);
  await arrived.promise;
  controller.abort(new Error('the pass is over'));
  await t.throwsAsync(answer, { message: 'the pass is over' });
  await closed.promise;
});

test('a name that stands for this machine is not connected to, unless it is named in the configuration', async (t) => {
  const registry = await server(t, sent(200, image.body));
  const port = registry.host.split(':')[1];
  const ask = (plainHttpHosts: readonly string[]) =>
    client(t, plainHttpHosts).manifest({ registry: `localhost:${port}`, repository: 'shop' }, 'v1', signal);
  t.deepEqual(await ask([]), {
    kind: 'unavailable',
    reason: `localhost:${port} stands for an address that is never asked (link-local, metadata, or this machine)`,
  });
  t.is(registry.asked.length, 0);
  t.deepEqual(await ask([`localhost:${port}`]), imageAnswer('oci', 'api'));
});

test('a registry that is not among those to ask is not asked', async (t) => {
  const registry = await server(t, sent(200, image.body));
  const rules = { allowedHosts: ['*.example.com'], plainHttpHosts: [registry.host] };
  const answer = await client(t, [registry.host], { rules }).manifest({ registry: registry.host, repository: 'shop' }, 'v1', signal);
  t.deepEqual(answer, { kind: 'unavailable', reason: `${registry.host} is not among the registries to ask (--registry-hosts)` });
  t.is(registry.asked.length, 0);
});
