// The flags of the webhook: when it is off, what it needs, and what is refused by name.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { type WebhookFlags, webhookSettings } from '../../src/commands/webhook-settings.ts';

const tls = { tlsCertFile: 'tls.crt', tlsKeyFile: 'tls.key' };
const withToken = { env: { KUBEXRAY_WEBHOOK_TOKEN: 's3cret' } };

test('without a port there is no receiver, whatever else is given', (t) => {
  t.is(webhookSettings({ webhookTokenFile: '/nowhere', tlsCertFile: 'tls.crt' }, { env: {} }), undefined);
});

test('what is missing or contradicts itself is refused, by the names of the flags', (t) => {
  const refused: (readonly [WebhookFlags, RegExp])[] = [
    [{}, /needs --tls-cert-file and --tls-key-file, or --webhook-insecure/],
    [{ tlsCertFile: 'tls.crt' }, /needs --tls-cert-file and --tls-key-file/],
    [{ tlsKeyFile: 'tls.key' }, /needs --tls-cert-file and --tls-key-file/],
    [{ webhookInsecure: 'false' }, /needs --tls-cert-file and --tls-key-file/],
    [{ ...tls, webhookInsecure: 'true' }, /give --webhook-insecure, or/],
    [{ ...tls, webhookPort: '99999' }, /--webhook-port must be a port number, not 99999/],
    [{ ...tls, webhookTokenFile: '/nowhere/token' }, /read --webhook-token-file \/nowhere\/token: ENOENT/],
  ];
  for (const [flags, message] of refused) t.throws(() => webhookSettings({ webhookPort: '8443', ...flags }, withToken), { message });
});

test('all that is missing is said at once', (t) => {
  const message = '--webhook-port needs --webhook-token-file; and --tls-cert-file and --tls-key-file, or --webhook-insecure for plain HTTP';
  t.throws(() => webhookSettings({ webhookPort: '8443' }, { env: {} }), { message });
});

test('a receiver without a token is refused', (t) => {
  const message = '--webhook-port needs --webhook-token-file';
  t.throws(() => webhookSettings({ webhookPort: '8443', ...tls }, { env: {} }), { message });
  t.throws(() => webhookSettings({ webhookPort: '8443', ...tls }, { env: { KUBEXRAY_WEBHOOK_TOKEN: ' \n' } }), { message });
});

test('the token is read from its file each time, without the white space around it, and an empty file is refused', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'kubexray-token-'));
  t.teardown(() => rm(directory, { recursive: true }));
  const webhookTokenFile = join(directory, 'token');
  await writeFile(webhookTokenFile, 'first\n');
  const settings = webhookSettings({ webhookPort: '8443', webhookTokenFile, ...tls }, withToken);
  t.is(await settings?.readToken(), 'first');
  await writeFile(webhookTokenFile, '  second\r\n');
  t.is(await settings?.readToken(), 'second');
  await writeFile(webhookTokenFile, '\n');
  t.throws(() => webhookSettings({ webhookPort: '8443', webhookTokenFile, ...tls }, withToken), { message: /is empty$/ });
});

test('a token of the environment comes before one that was configured elsewhere', async (t) => {
  const flags = { webhookPort: '8443', webhookInsecure: 'true' } as const;
  t.is(await webhookSettings(flags, { ...withToken, otherToken: 'other' })?.readToken(), 's3cret');
  t.is(await webhookSettings(flags, { env: {}, otherToken: 'other\n' })?.readToken(), 'other');
});

test('a certificate is for TLS, and insecure is plain HTTP', (t) => {
  t.deepEqual(webhookSettings({ webhookPort: '8443', ...tls }, withToken)?.certificate, { certFile: 'tls.crt', keyFile: 'tls.key' });
  t.is(webhookSettings({ webhookPort: '8443', webhookInsecure: 'true' }, withToken)?.certificate, undefined);
});
