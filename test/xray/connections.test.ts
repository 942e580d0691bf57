// How calls reach Xray: which certificates are believed, through which proxy, and that nothing is told to anybody on the way.

import { createServer as createPlainServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import test, { type ExecutionContext } from 'ava';
import type { ScanAnswer } from '../../src/facts/scan.ts';
import { createXrayClient, type XrayClientOptions } from '../../src/xray/client.ts';
import { selfSignedCertificate } from '../builders/certificate.ts';
import { hastyClock } from '../builders/hasty-clock.ts';
import { startProxy } from './proxy.ts';
import { startXray } from './stand-in.ts';

const digest = `sha256:${'a1'.repeat(32)}`;
const token = 'stand-in-token';
const cleanBody = JSON.stringify({ artifacts: [{ general: { sha256: digest.slice(7) }, issues: [] }], errors: [] });
const clean: ScanAnswer = { kind: 'scanned', content: { issues: [], licenses: [], operationalRisks: [] } };

async function ask(
  t: ExecutionContext,
  options: Pick<XrayClientOptions, 'url'> & Partial<XrayClientOptions>,
): Promise<ScanAnswer | undefined> {
  const client = createXrayClient({ credentials: { kind: 'bearer', token }, clock: hastyClock(), random: () => 0, ...options });
  t.teardown(client.close);
  return (await client.scans([digest], new AbortController().signal)).get(digest);
}

/** A server with this certificate that knows the digest as clean; `answer` may do otherwise. */
async function startTls(
  t: ExecutionContext,
  certificate: ReturnType<typeof selfSignedCertificate>,
  answer = (_: IncomingMessage, response: ServerResponse): unknown => response.writeHead(200).end(cleanBody),
): Promise<{ readonly url: string; readonly port: number }> {
  const server = createServer(certificate, (request, response) => {
    request.resume();
    answer(request, response);
  });
  // A client that breaks off a handshake is its own affair.
  server.on('tlsClientError', () => undefined);
  t.teardown(() => server.closeAllConnections());
  t.teardown(() => server.close());
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
  return { url: `https://localhost:${port}`, port };
}

const reasonOf = (answer: ScanAnswer | undefined): string =>
  answer?.kind === 'unavailable' ? answer.reason : `not unavailable: ${answer?.kind}`;

test('a certificate of an authority that was given is believed, that of another is not', async (t) => {
  const ours = selfSignedCertificate('ours');
  const { url } = await startTls(t, ours);
  t.deepEqual(await ask(t, { url, authority: async () => ours.cert }), clean);
  for (const options of [{}, { authority: async () => selfSignedCertificate('theirs').cert }]) {
    t.regex(
      reasonOf(await ask(t, { url, ...options })),
      /^Xray's certificate is not trusted \([A-Z_]+\): --xray-ca-file names the authority that signed it$/,
    );
  }
});

test('an authority that changes is believed from the next call on', async (t) => {
  const [first, second] = [selfSignedCertificate('first'), selfSignedCertificate('second')];
  const { url } = await startTls(t, second);
  let cert = first.cert;
  const client = createXrayClient({ url, credentials: { kind: 'bearer', token }, clock: hastyClock(), authority: async () => cert });
  t.teardown(client.close);
  const { signal } = new AbortController();
  t.regex(reasonOf((await client.scans([digest], signal)).get(digest)), /is not trusted/);
  cert = second.cert;
  t.deepEqual((await client.scans([digest], signal)).get(digest), clean);
});

test('an authority that cannot be read is a reason without its path', async (t) => {
  const { url } = await startTls(t, selfSignedCertificate('ours'));
  const authority = () => Promise.reject(new Error('EACCES: /secret/ca.pem'));
  t.is(reasonOf(await ask(t, { url, authority })), 'the certificates to check Xray by could not be read');
});

const through = (proxy: { readonly url: string }, noProxy = '') => ({
  proxies: { httpProxy: proxy.url, httpsProxy: proxy.url, noProxy },
});

test('through a proxy the tunnel is asked for, and no word of the call or of the credentials', async (t) => {
  const ours = selfSignedCertificate('ours');
  const { url, port } = await startTls(t, ours);
  const proxy = await startProxy();
  t.teardown(proxy.close);
  t.deepEqual(await ask(t, { url, authority: async () => ours.cert, ...through(proxy) }), clean);
  t.like(proxy.asked(), [{ method: 'CONNECT', target: `localhost:${port}` }]);
  t.is(proxy.asked().length, 1);
  t.false(JSON.stringify(proxy.asked()).includes(token));
});

test('plain HTTP goes through a tunnel too: the proxy is not handed the credentials', async (t) => {
  const xray = await startXray({ images: [{ name: 'shop/api:1', digest }] });
  t.teardown(xray.close);
  const proxy = await startProxy();
  t.teardown(proxy.close);
  t.is((await ask(t, { url: xray.url, ...through(proxy) }))?.kind, 'scanned');
  t.deepEqual(
    proxy.asked().map(({ method, headers }) => [method, headers.authorization]),
    [['CONNECT', undefined]],
  );
  t.false(JSON.stringify(proxy.asked()).includes(token));
});

test("the proxy's own credentials are for the proxy, and do not go further", async (t) => {
  let seen: IncomingMessage['headers'] = {};
  const ours = selfSignedCertificate('ours');
  const { url } = await startTls(t, ours, (request, response) => {
    seen = request.headers;
    response.writeHead(200).end(cleanBody);
  });
  const proxy = await startProxy();
  t.teardown(proxy.close);
  const withUser = { url: proxy.url.replace('http://', 'http://me:pass@') };
  t.deepEqual(await ask(t, { url, authority: async () => ours.cert, ...through(withUser) }), clean);
  t.is(proxy.asked()[0]?.headers['proxy-authorization'], `Basic ${Buffer.from('me:pass').toString('base64')}`);
  t.is(seen.authorization, `Bearer ${token}`);
  t.is(seen['proxy-authorization'], undefined);
});

test('a host that NO_PROXY names is reached without it', async (t) => {
  const xray = await startXray({ images: [{ name: 'shop/api:1', digest }] });
  t.teardown(xray.close);
  const proxy = await startProxy();
  t.teardown(proxy.close);
  t.is((await ask(t, { url: xray.url, ...through(proxy, 'example.com,127.0.0.1') }))?.kind, 'scanned');
  t.is(proxy.asked().length, 0);
});

test('the proxy of the other scheme is none', async (t) => {
  const xray = await startXray({ images: [{ name: 'shop/api:1', digest }] });
  t.teardown(xray.close);
  const proxy = await startProxy();
  t.teardown(proxy.close);
  const proxies = { httpProxy: '', httpsProxy: proxy.url, noProxy: '' };
  t.is((await ask(t, { url: xray.url, proxies }))?.kind, 'scanned');
  t.is(proxy.asked().length, 0);
});

test('a proxy that refuses is named, and not Xray', async (t) => {
  const { url } = await startTls(t, selfSignedCertificate('ours'));
  const proxy = await startProxy({ refusesWith: 407 });
  t.teardown(proxy.close);
  t.is(reasonOf(await ask(t, { url, ...through(proxy) })), 'the proxy refused the connection to Xray (407)');
});

// One after the other, so that the time they wait is not spent by the machine on other tests.
test.serial('the limits hold through a proxy: for a tunnel that never opens', async (t) => {
  const { url } = await startTls(t, selfSignedCertificate('ours'));
  const proxy = await startProxy({ hangs: true });
  t.teardown(proxy.close);
  t.regex(reasonOf(await ask(t, { url, ...through(proxy), limits: { firstByteTimeoutMs: 200 } })), /within 0\.2 s$/);
});

test.serial('the limits hold through a proxy: for silence and for an answer that stops', async (t) => {
  const xray = await startXray({ images: [{ name: 'shop/api:1', digest }] });
  t.teardown(xray.close);
  const proxy = await startProxy();
  t.teardown(proxy.close);
  const limits = { firstByteTimeoutMs: 200, bodyTimeoutMs: 200 };
  xray.inject({ kind: 'silence', times: 1 });
  t.is(reasonOf(await ask(t, { url: xray.url, ...through(proxy), limits })), 'no answer from Xray within 0.2 s');
  xray.inject({ kind: 'truncated', ending: 'stall', times: 1 });
  t.is(reasonOf(await ask(t, { url: xray.url, ...through(proxy), limits })), "Xray's answer paused for more than 0.2 s");
});

test.serial('the limits hold through a proxy: for the size of an answer', async (t) => {
  const issues = Array.from({ length: 20 }, (_, index) => ({ id: `XRAY-${index}`, severity: 'Low', summary: 'x'.repeat(20_000) }));
  const xray = await startXray({ images: [{ name: 'shop/api:1', digest, issues }] });
  t.teardown(xray.close);
  const proxy = await startProxy();
  t.teardown(proxy.close);
  const answer = await ask(t, { url: xray.url, ...through(proxy), limits: { maxBodyBytes: 2 ** 18 } });
  t.is(reasonOf(answer), "Xray's answer is larger than 0.25 MiB");
});

test('a redirect to another host is not followed, and that host sees nothing', async (t) => {
  let visits = 0;
  const other = createPlainServer((_, response) => {
    visits += 1;
    response.end(cleanBody);
  });
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  t.teardown(() => other.close());
  const address = other.address();
  const location = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/xray/api/v2/summary/artifact`;
  const xray = await startXray({ images: [{ name: 'shop/api:1', digest }] });
  t.teardown(xray.close);
  for (const status of [301, 302, 307, 308]) {
    xray.inject({ kind: 'status', status, location, times: 1 });
    t.is(reasonOf(await ask(t, { url: xray.url })), `Xray answered ${status}; redirects are not followed`);
  }
  t.is(visits, 0);
});

test('what a server repeats of the credentials is not in the reason', async (t) => {
  const ours = selfSignedCertificate('ours');
  const repeating = (request: IncomingMessage, response: ServerResponse) =>
    response.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify({ error: `bad: ${request.headers.authorization}` }));
  const { url } = await startTls(t, ours, repeating);
  const authority = async () => ours.cert;
  t.is(reasonOf(await ask(t, { url, authority })), 'Xray answered 400: bad: Bearer …');
  const credentials = { kind: 'basic', user: 'scanner', password: 'hunter2' } as const;
  t.is(reasonOf(await ask(t, { url, authority, credentials })), 'Xray answered 400: bad: Basic …');
});

test('an error page that never ends does not keep a call waiting', async (t) => {
  const ours = selfSignedCertificate('ours');
  const { url } = await startTls(t, ours, (_, response) => {
    response.writeHead(400, { 'content-type': 'text/plain' });
    response.write('this is wrong\n');
  });
  t.is(reasonOf(await ask(t, { url, authority: async () => ours.cert })), 'Xray answered 400: this is wrong');
});
