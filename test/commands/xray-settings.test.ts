// What flags, files and the environment say about Xray.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import type { XrayFlags } from '../../src/commands/settings.ts';
import { xraySettings } from '../../src/commands/xray-settings.ts';
import type { Credentials } from '../../src/xray/credentials.ts';

const directory = mkdtempSync(join(tmpdir(), 'xray-settings-'));
let written = 0;

function file(content: unknown): string {
  written += 1;
  const path = join(directory, `${written}`);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

const kubexray = { url: 'https://acme.example.com/xray', user: 'scanner', password: 'hunter2' };

function credentialsOf(flags: XrayFlags, env = {}): Promise<Credentials> | Credentials | undefined {
  const given = xraySettings(flags, env)?.client.credentials;
  return typeof given === 'function' ? given() : given;
}

test('without an address there is nothing', (t) => {
  t.is(xraySettings({}, {}), undefined);
  t.is(xraySettings({ xrayConfig: file({ user: 'scanner', password: 'hunter2' }) }, {}), undefined);
});

test("KubeXray's configuration says all that is needed, and more", async (t) => {
  const xrayConfig = file({ ...kubexray, slackWebhookUrl: 'https://hooks.example.com/x', xrayWebhookToken: ' s3cret\n' });
  t.like(xraySettings({ xrayConfig }, {}), {
    client: { url: 'https://acme.example.com/xray' },
    webhookToken: 's3cret',
    slackWebhookUrl: 'https://hooks.example.com/x',
    warnings: [],
  });
  t.deepEqual(await credentialsOf({ xrayConfig }), { kind: 'basic', user: 'scanner', password: 'hunter2' });
});

test('members that are empty or null are not there', (t) => {
  const settings = xraySettings({ xrayConfig: file({ ...kubexray, slackWebhookUrl: '', xrayWebhookToken: null }) }, {});
  t.false(settings === undefined || 'slackWebhookUrl' in settings || 'webhookToken' in settings);
});

test('flags and variables win over the file, each for itself', async (t) => {
  const xrayConfig = file(kubexray);
  const xrayTokenFile = file('token\n');
  t.like(xraySettings({ xrayConfig, xrayUrl: 'other.example.com' }, {}), { client: { url: 'other.example.com' } });
  t.deepEqual(await credentialsOf({ xrayConfig, xrayTokenFile }), { kind: 'bearer', token: 'token' });
  t.deepEqual(await credentialsOf({ xrayConfig }, { KUBEXRAY_XRAY_TOKEN: 'other' }), { kind: 'bearer', token: 'other' });
  t.deepEqual(await credentialsOf({ xrayConfig, xrayUser: 'me', xrayPasswordFile: file('mine') }), {
    ...{ kind: 'basic', user: 'me', password: 'mine' },
  });
});

test('a password that changes in the file is the one of the next call', async (t) => {
  const xrayConfig = file(kubexray);
  const given = xraySettings({ xrayConfig }, {})?.client.credentials;
  if (typeof given !== 'function') return t.fail();
  writeFileSync(xrayConfig, JSON.stringify({ ...kubexray, password: 'changed' }));
  t.like(await given(), { password: 'changed' });
});

test('names that nothing reads are one warning without their values', (t) => {
  const xrayConfig = file({ ...kubexray, webhookUrl: 'hunter3', Password: 'hunter4' });
  t.deepEqual(xraySettings({ xrayConfig }, {})?.warnings, [
    `--xray-config ${xrayConfig} has names that nothing reads: Password, webhookUrl`,
  ]);
});

test('what cannot be read is one line that names the file, and never what is in it', (t) => {
  const cut = file('{"password": "hunter2"');
  t.throws(() => xraySettings({ xrayConfig: cut }, {}), { message: `--xray-config ${cut} is not JSON` });
  const list = file(['hunter2']);
  t.throws(() => xraySettings({ xrayConfig: list }, {}), { message: `--xray-config ${list} is not a JSON object` });
  const number = file({ ...kubexray, password: 7 });
  t.throws(() => xraySettings({ xrayConfig: number }, {}), { message: `password in --xray-config ${number} is not a text` });
  t.throws(() => xraySettings({ xrayConfig: join(directory, 'none') }, {}), { message: /^read --xray-config .*none: ENOENT/ });
  const noUser = file({ url: kubexray.url, password: 'hunter2' });
  t.throws(() => xraySettings({ xrayConfig: noUser }, {}), { message: /^credentials for Xray are missing: / });
});

test('credentials that the file lacks are told with the names in it that nothing reads', (t) => {
  const misspelt = file({ url: kubexray.url, user: 'scanner', pasword: 'hunter2' });
  t.throws(() => xraySettings({ xrayConfig: misspelt }, {}), {
    message: `credentials for Xray are missing: ${misspelt} has user and no password; nothing reads \`pasword\`; give --xray-token-file, or --xray-user with --xray-password-file, or user and password in --xray-config`,
  });
});

test('the address of an Xray without a platform around it has no /xray', (t) => {
  const env = { KUBEXRAY_XRAY_TOKEN: 't' };
  for (const url of ['http://xray.example.com:8000', 'http://xray.example.com:8000/', 'xray.example.com:8000']) {
    t.is(xraySettings({ xrayUrl: url }, env)?.client.layout, 'legacy', url);
  }
  for (const url of ['http://xray.example.com:8082', 'https://acme.example.com/xray', 'http://xray.example.com:8000/xray']) {
    t.is(xraySettings({ xrayUrl: url }, env)?.client.layout, undefined, url);
  }
});

test('the project is a key', (t) => {
  const flags = { xrayUrl: 'https://acme.example.com', xrayTokenFile: file('t') };
  t.is(xraySettings({ ...flags, xrayProject: 'pay-2' }, {})?.client.project, 'pay-2');
  t.throws(() => xraySettings({ ...flags, xrayProject: 'a b' }, {}), { message: '--xray-project must be the key of a project, not a b' });
});

test('an authority that is no certificate is refused at the start', (t) => {
  const flags = { xrayUrl: 'https://acme.example.com', xrayTokenFile: file('t') };
  const empty = file('nothing here');
  t.throws(() => xraySettings({ ...flags, xrayCaFile: empty }, {}), { message: `--xray-ca-file ${empty} has no certificate in PEM` });
  const broken = file('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n');
  t.throws(() => xraySettings({ ...flags, xrayCaFile: broken }, {}), { message: /^certificate 1 in --xray-ca-file .* cannot be read: / });
  t.throws(() => xraySettings({ ...flags, xrayCaFile: join(directory, 'none') }, {}), { message: /^read --xray-ca-file .*none: ENOENT/ });
});

test('proxies are read in either case, in lower case first', (t) => {
  const flags = { xrayUrl: 'https://acme.example.com', xrayTokenFile: file('t') };
  const proxiesIn = (env: Record<string, string>) => xraySettings(flags, env)?.client.proxies;
  t.deepEqual(proxiesIn({}), { httpProxy: '', httpsProxy: '', noProxy: '' });
  t.deepEqual(proxiesIn({ HTTP_PROXY: 'http://a:1', https_proxy: 'b:2', HTTPS_PROXY: 'http://c:3', NO_PROXY: 'x,y', no_proxy: 'z' }), {
    ...{ httpProxy: 'http://a:1', httpsProxy: 'http://b:2', noProxy: 'z' },
  });
  t.throws(() => proxiesIn({ HTTPS_PROXY: 'ftp://user:hunter2@proxy' }), {
    message: 'HTTPS_PROXY is not the http:// or https:// address of a proxy',
  });
});
