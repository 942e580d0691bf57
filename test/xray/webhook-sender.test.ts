// The sender of webhooks: its headers and bodies as Xray's are, over HTTP and TLS.

import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { text } from 'node:stream/consumers';
import test, { type ExecutionContext } from 'ava';
import { selfSignedCertificate } from '../builders/certificate.ts';
import { parseImage } from './images.ts';
import { sendWebhook, type WebhookLogin } from './webhook.ts';
import { webhookBody } from './webhook-bodies.ts';

const image = parseImage({ name: 'team/broken:2.1', digest: `sha256:${'b2'.repeat(32)}` }, 'image');
const issue = { id: 'XRAY-31', cve: 'CVE-2025-31', severity: 'Medium', component: 'npm://thing:1.0.0', summary: 'things break' };

const artifact = {
  name: 'manifest.json',
  display_name: 'team/broken:2.1',
  path: 'default/docker-local/team/broken/2.1/',
  pkg_type: 'Docker',
  sha256: 'b2'.repeat(32),
  sha1: '',
  depth: 0,
  parent_sha: 'b2'.repeat(32),
};

test('a body of 1.1 about an issue', (t) => {
  const { issues, ...envelope } = webhookBody({ images: [image], issues: [issue], watch: 'w', policy: 'p', rule: 'r' });
  t.deepEqual(envelope, {
    schema_version: '1.1',
    alert_id: 'c76ac87875cc7f8a87b31661',
    created: '2026-05-11T08:12:42.935220997Z',
    top_severity: 'Medium',
    watch_name: 'w',
    policy_name: 'p',
    policy_rule: 'r',
  });
  t.like(issues, [
    {
      vulnerability_id: 'XRAY-31',
      severity: 'Medium',
      type: 'security',
      provider: 'JFrog',
      summary: 'things break',
      cve: 'CVE-2025-31',
      impacted_artifacts: [{ ...artifact, infected_files: [{ display_name: 'thing:1.0.0', pkg_type: 'npm', depth: 0 }] }],
    },
  ]);
});

test('older bodies have no alert_id, no rule, no vulnerability_id, and the oldest no schema_version', (t) => {
  const old = webhookBody({ images: [image], issues: [issue], schemaVersion: '1.0' });
  t.deepEqual(Object.keys(old), ['schema_version', 'created', 'top_severity', 'watch_name', 'policy_name', 'issues']);
  const oldest = webhookBody({ images: [image], issues: [issue], schemaVersion: null });
  t.deepEqual(Object.keys(oldest), ['created', 'top_severity', 'watch_name', 'policy_name', 'issues']);
  t.false(JSON.stringify([old, oldest]).includes('vulnerability_id'));
});

test('licences have a capital letter and neither provider nor time, and come with issues in one body', (t) => {
  const { issues, top_severity: top } = webhookBody({ images: [image], issues: [issue], licenses: ['AGPL-3.0'] });
  t.is(top, 'High');
  t.like(issues, [{ type: 'security' }, { type: 'License', severity: 'High', summary: 'AGPL-3.0' }]);
  const [license] = webhookBody({ images: [image], licenses: ['AGPL-3.0'] }).issues as readonly object[];
  t.deepEqual(Object.keys(license ?? {}), ['severity', 'type', 'summary', 'description', 'impacted_artifacts']);
});

test('the checksum of a build or a package is none of an image', (t) => {
  for (const packageType of ['Build', 'Maven']) {
    const body = JSON.stringify(webhookBody({ images: [image], issues: [issue], packageType }));
    t.true(body.includes(`"pkg_type":"${packageType}"`));
    t.false(body.includes('b2'.repeat(32)), packageType);
  }
  t.true(JSON.stringify(webhookBody({ images: [image], issues: [issue], packageType: 'OCI' })).includes('b2'.repeat(32)));
});

test('bodies are as large as the files that they name, half of them with a made-up checksum', (t) => {
  const body = JSON.stringify(webhookBody({ images: [image], issues: [issue], infectedFiles: 443 }));
  t.true(body.length > 100_000);
  t.is(body.match(/"sha256":"0{24}[0-9a-f]{40}"/g)?.length, 221);
});

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

async function receive(t: ExecutionContext, tls?: { readonly cert: string; readonly key: string }) {
  const received: Received[] = [];
  const listener: RequestListener = async (request, response) => {
    received.push({ headers: request.headers, body: await text(request) });
    response.writeHead(202).end('taken');
  };
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  t.teardown(() => server.close());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { received, url: `http${tls === undefined ? '' : 's'}://127.0.0.1:${address.port}/webhook` };
}

const logins: readonly (readonly [WebhookLogin | undefined, object])[] = [
  [undefined, {}],
  [{ kind: 'basic', user: 'xray', password: 's3cret' }, { authorization: 'Basic eHJheTpzM2NyZXQ=' }],
  [{ kind: 'token', token: 's3cret' }, { 'x-auth-token': 's3cret' }],
  [{ kind: 'header', name: 'X-Shop-Key', value: 's3cret' }, { 'x-shop-key': 's3cret' }],
];

for (const [login, header] of logins) {
  test(`with the login ${login?.kind} it sends the headers of Xray and no others`, async (t) => {
    const { received, url } = await receive(t);
    const receipt = await sendWebhook(url, { body: '{}', ...(login === undefined ? {} : { login }) });
    t.deepEqual(receipt, { status: 202, text: 'taken' });
    const { host: _, connection: __, ...headers } = received[0]?.headers ?? {};
    t.deepEqual(headers, {
      'user-agent': 'Xray/3.104.8',
      'x-xray-version': '3.104.8',
      'accept-encoding': 'gzip',
      'content-length': '2',
      ...header,
    });
  });
}

test('over TLS it trusts the authority that it is given, and no other', async (t) => {
  const certificate = selfSignedCertificate('receiver');
  const { received, url } = await receive(t, certificate);
  t.like(await sendWebhook(url, { images: [image], issues: [issue], ca: certificate.cert }), { status: 202 });
  t.is(JSON.parse(received[0]?.body ?? '').issues[0].vulnerability_id, 'XRAY-31');
  await t.throwsAsync(sendWebhook(url, { ca: selfSignedCertificate('other').cert }));
  t.is(received.length, 1);
});
