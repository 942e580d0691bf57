// Why an image is not known: whom it is asked of, and what is made of the answers.

import test, { type ExecutionContext } from 'ava';
import { parseImageReference } from '../../src/facts/image.ts';
import { artifactOf } from '../../src/xray/artifact-status.ts';
import { createXrayClient, type XrayClientOptions } from '../../src/xray/client.ts';
import { hastyClock } from '../builders/hasty-clock.ts';
import type { ScanStatus } from './images.ts';
import { startXray } from './stand-in.ts';

const digest = `sha256:${'a1'.repeat(32)}`;

const places: readonly (readonly [string, string, ReturnType<typeof artifactOf>])[] = [
  ['acme.jfrog.io/docker-local/shop/api:1.4', 'acme.jfrog.io', { repo: 'docker-local', path: 'shop/api/1.4/manifest.json' }],
  ['acme.jfrog.io/docker-local/shop/api', 'acme.jfrog.io', { repo: 'docker-local', path: 'shop/api/latest/manifest.json' }],
  [`acme.jfrog.io/docker-local/api@${digest}`, 'acme.jfrog.io', { repo: 'docker-local', path: `api/${digest}/manifest.json` }],
  [`acme.jfrog.io/docker-local/api:2@${digest}`, 'acme.jfrog.io', { repo: 'docker-local', path: 'api/2/manifest.json' }],
  ['acme-docker-local.jfrog.io/shop/api:1.4', 'acme.jfrog.io', { repo: 'docker-local', path: 'shop/api/1.4/manifest.json' }],
  ['docker-local.art.example.com/api:1', 'art.example.com', { repo: 'docker-local', path: 'api/1/manifest.json' }],
  ['art.example.com:8443/docker-local/api:1', 'art.example.com:8443', { repo: 'docker-local', path: 'api/1/manifest.json' }],
  // Not the platform, or nothing that it could be asked by.
  ['acme.jfrog.io/api:1', 'acme.jfrog.io', null],
  ['other.jfrog.io/docker-local/api:1', 'acme.jfrog.io', null],
  ['other-docker.jfrog.io/api:1', 'acme.jfrog.io', null],
  ['acme-docker.example.com/api:1', 'acme.jfrog.io', null],
  ['a.b.art.example.com/api:1', 'art.example.com', null],
  ['nginx:1', 'acme.jfrog.io', null],
  ['art.example.com:5000/docker-local/api:1', 'art.example.com', null],
];

for (const [reference, host, expected] of places) {
  test(`${reference} at ${host} is ${JSON.stringify(expected)}`, (t) => {
    t.deepEqual(artifactOf(parseImageReference(reference), host), expected);
  });
}

async function start(t: ExecutionContext, status: ScanStatus = 'PENDING', options: Partial<XrayClientOptions> = {}) {
  const xray = await startXray({ images: [{ name: 'shop/api:1.4', digest, status }] });
  const clock = hastyClock();
  const client = createXrayClient({ url: xray.url, credentials: { kind: 'bearer', token: 'stand-in-token' }, clock, ...options });
  t.teardown(client.close);
  t.teardown(xray.close);
  const host = new URL(xray.url).host;
  const why = (...names: readonly string[]) =>
    client.whyUnscanned(
      names.map((name) => parseImageReference(name.replace('HOST', host))),
      new AbortController().signal,
    );
  return { xray, clock, client, why };
}

const meanings: readonly (readonly [ScanStatus, string])[] = [
  ['PENDING', 'docker-local/shop/api/1.4 is not scanned yet: PENDING'],
  ['NOT_SCANNED', 'docker-local/shop/api/1.4 is not scanned yet: NOT_SCANNED'],
  ['SCANNING', 'docker-local/shop/api/1.4 is not scanned yet: SCANNING'],
  ['NOT_SUPPORTED', 'docker-local/shop/api/1.4 will not be scanned: NOT_SUPPORTED'],
  ['FAILED', 'docker-local/shop/api/1.4 could not be scanned: FAILED'],
  ['DONE', ''],
  ['PARTIAL', ''],
];

for (const [status, sentence] of meanings) {
  test(`an artifact that is ${status}: ${sentence}`, async (t) => {
    const { xray, why } = await start(t, status, { project: 'pay' });
    t.is(await why('nginx:1', 'HOST/docker-local/shop/api:1.4'), sentence);
    t.deepEqual(
      xray.requests().map(({ path, project, body }) => ({ path, project, body })),
      [{ path: '/xray/api/v1/artifact/status', project: 'pay', body: { repo: 'docker-local', path: 'shop/api/1.4/manifest.json' } }],
    );
    t.deepEqual(xray.problems(), []);
  });
}

test('an image of another registry costs no call', async (t) => {
  const { xray, why } = await start(t);
  t.is(await why('registry.example.com/docker-local/shop/api:1.4'), '');
  t.is(await why(), '');
  t.is(xray.calls(), 0);
});

test('an artifact that is not there has no reason, and the next one is asked about', async (t) => {
  const { xray, why } = await start(t);
  t.is(await why('HOST/docker-local/other:1'), '');
  t.is(await why('HOST/docker-local/shop/api:1.4'), 'docker-local/shop/api/1.4 is not scanned yet: PENDING');
  t.is(xray.calls(), 2);
});

test('where there is no such API it is tried once an hour', async (t) => {
  const { xray, clock, why } = await start(t);
  xray.turn({ version: '3.70.0' });
  t.is(await why('HOST/docker-local/shop/api:1.4'), '');
  t.is(await why('HOST/docker-local/shop/api:1.4'), '');
  t.is(xray.calls(), 1);
  xray.turn({ version: '3.131.4' });
  clock.skip(3_600_000);
  t.is(await why('HOST/docker-local/shop/api:1.4'), 'docker-local/shop/api/1.4 is not scanned yet: PENDING');
});

test('failures and answers that make no sense are no reason, and stop nothing', async (t) => {
  const { xray, client, why } = await start(t);
  for (const fault of [{ kind: 'status', status: 500 }, { kind: 'status', status: 403 }, { kind: 'html' }] as const) {
    xray.inject({ ...fault, endpoint: 'artifactStatus' });
    t.is(await why('HOST/docker-local/shop/api:1.4'), '', fault.kind);
    xray.clearFaults();
  }
  t.is((await client.scans([digest], new AbortController().signal)).get(digest)?.kind, 'unscanned');
});
