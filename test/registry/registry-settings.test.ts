import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { Command } from 'commander';
import { addRegistry, openRegistries, type RegistryFlags } from '../../src/commands/registry-settings.ts';
import { startServer } from './local-server.ts';
import { imageAnswer, imageManifest } from './registry.ts';

const signal = new AbortController().signal;
const image = imageManifest('oci', 'api');

function flagsOf(...args: readonly string[]): RegistryFlags {
  const command = new Command();
  addRegistry(command);
  return command.parse(args, { from: 'user' }).opts();
}

const open = (
  args: readonly string[],
  { env = {}, warn = () => undefined }: { env?: Record<string, string>; warn?: (message: string) => void } = {},
) => openRegistries(flagsOf(...args), { env, now: () => performance.now(), warn });

test('with --no-registry nothing is asked', async (t) => {
  const registries = await open(['--no-registry']);
  t.deepEqual(await registries.manifest({ registry: 'example.com', repository: 'a' }, 'v1', signal), {
    kind: 'unavailable',
    reason: 'registries are not asked (--no-registry)',
  });
  await registries.close();
});

test('--no-registry with credentials for registries is refused', async (t) => {
  const message = 'give --no-registry or --registry-config, not both';
  await t.throwsAsync(open(['--no-registry', '--registry-config', '/does/not/exist']), { message });
});

test('a registry in --registry-plain-http is asked without TLS, with the credentials of --registry-config', async (t) => {
  const server = await startServer((request, response) => {
    const isKnown = request.headers.authorization === 'Basic YW5uOnA=';
    response.writeHead(isKnown ? 200 : 401, isKnown ? {} : { 'www-authenticate': 'Basic' });
    response.end(isKnown ? image.body : '');
  });
  t.teardown(server.stop);
  const folder = await mkdtemp(join(tmpdir(), 'kubexray-registry-'));
  t.teardown(() => rm(folder, { recursive: true }));
  const config = join(folder, 'config.json');
  await writeFile(config, JSON.stringify({ auths: { [server.host]: { username: 'ann', password: 'p' } }, credsStore: 'pass' }));
  const warnings: string[] = [];
  const registries = await open(['--registry-config', config, '--registry-plain-http', `other.example:80, ${server.host}`], {
    warn: (message) => warnings.push(message),
  });
  t.deepEqual(await registries.manifest({ registry: server.host, repository: 'a' }, 'v1', signal), imageAnswer('oci', 'api'));
  t.is(warnings.length, 1);
  await registries.close();
});

test('registries outside of --registry-hosts are not asked', async (t) => {
  const registries = await open(['--registry-hosts', '*.example.com,docker.io']);
  t.deepEqual(await registries.manifest({ registry: 'ghcr.io', repository: 'a' }, 'v1', signal), {
    kind: 'unavailable',
    reason: 'ghcr.io is not among the registries to ask (--registry-hosts)',
  });
  await registries.close();
});

test('a proxy of the environment is used, except for the hosts in NO_PROXY', async (t) => {
  const proxy = await startServer((_request, response) => response.end(image.body));
  t.teardown(proxy.stop);
  const direct = await startServer((_request, response) => response.end(image.body));
  t.teardown(direct.stop);
  const args = ['--registry-plain-http', `${direct.host},registry.example`];
  const registries = await open(args, { env: { HTTP_PROXY: `http://${proxy.host}`, NO_PROXY: '127.0.0.1' } });
  const expected = imageAnswer('oci', 'api');
  t.deepEqual(await registries.manifest({ registry: direct.host, repository: 'a' }, 'v1', signal), expected);
  t.is(proxy.asked.length, 0);
  t.deepEqual(await registries.manifest({ registry: 'registry.example', repository: 'b' }, 'v1', signal), expected);
  t.deepEqual(proxy.asked, ['GET http://registry.example/v2/b/manifests/v1']);
  await registries.close();
});

test('what cannot be used is said by the name of its flag', async (t) => {
  await t.throwsAsync(open(['--registry-plain-http', 'http://example.com']), {
    message: '--registry-plain-http must name hosts such as registry.example.com:5000, not http://example.com',
  });
  await t.throwsAsync(open(['--registry-hosts', 'https://*.example.com/']), { message: /^--registry-hosts must name hosts/ });
  await t.throwsAsync(open(['--registry-ca-file', '/does/not/exist']), { message: /^read --registry-ca-file \/does\/not\/exist: ENOENT/ });
  await t.throwsAsync(open(['--registry-ca-file', import.meta.filename]), { message: /holds no certificate in PEM$/ });
  await t.throwsAsync(open(['--registry-config', '/does/not/exist']), { message: /\/does\/not\/exist: ENOENT/ });
});
