import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { openConfigFile } from '../../src/registry/config-file.ts';
import { credentialsFor, type DockerConfig } from '../../src/registry/docker-config.ts';

async function directory(t: ExecutionContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'kubexray-registry-'));
  t.teardown(() => rm(path, { recursive: true }));
  return path;
}

const content = (user: string) => JSON.stringify({ auths: { 'example.com': { username: user, password: 'p' } } });

function userOf(config: DockerConfig): string | undefined {
  const found = credentialsFor(config, { registry: 'example.com', repository: 'a' });
  return found?.kind === 'password' ? found.user : undefined;
}

test('a mounted Secret is read again when it is rotated, and not before', async (t) => {
  const folder = await directory(t);
  for (const [version, user] of [
    ['v1', 'old'],
    ['v2', 'new'],
  ] as const) {
    await mkdir(join(folder, version));
    await writeFile(join(folder, version, 'config.json'), content(user));
  }
  await symlink('v1', join(folder, 'data'));
  const file = await openConfigFile(join(folder, 'data', 'config.json'), t.log);
  const first = await file.current();
  t.is(userOf(first), 'old');
  t.is(await file.current(), first);
  await symlink('v2', join(folder, 'next'));
  await rename(join(folder, 'next'), join(folder, 'data'));
  t.is(userOf(await file.current()), 'new');
});

test('what it said before stays when it becomes unreadable, which is said once', async (t) => {
  const path = join(await directory(t), 'config.json');
  await writeFile(path, content('ann'));
  const warnings: string[] = [];
  const file = await openConfigFile(path, (message) => warnings.push(message));
  await writeFile(path, '{');
  t.is(userOf(await file.current()), 'ann');
  t.is(userOf(await file.current()), 'ann');
  t.deepEqual(warnings, [`read the registries' credentials from ${path}: it is not JSON; what it said before is still used`]);
  await rm(path);
  t.is(userOf(await file.current()), 'ann');
  await writeFile(path, content('bob'));
  t.is(userOf(await file.current()), 'bob');
});

test('a file that cannot be used at the start is a failure that names it', async (t) => {
  const path = join(await directory(t), 'config.json');
  await t.throwsAsync(openConfigFile(path, t.log), { message: /^read the registries' credentials from .*config\.json: ENOENT/ });
  await writeFile(path, '[]');
  await t.throwsAsync(openConfigFile(path, t.log), { message: `read the registries' credentials from ${path}: it is not an object` });
  await writeFile(path, '{"example.com":{"auth":"YTpi"}}');
  await t.throwsAsync(openConfigFile(path, t.log), { message: `read the registries' credentials from ${path}: it has no auths` });
});

test('what it holds that is not supported is said when it is read', async (t) => {
  const path = join(await directory(t), 'config.json');
  await writeFile(path, '{"credsStore":"desktop"}');
  const warnings: string[] = [];
  await openConfigFile(path, (message) => warnings.push(message));
  t.deepEqual(warnings, [`${path}: credential helpers are not run: credsStore "desktop"; put the credentials into auths`]);
});
