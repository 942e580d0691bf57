// Where the configuration comes from, and which configurations are refused at once.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { loadClusterAccess } from '../../src/kubernetes/auth.ts';
import { kubeconfig } from './local-server.ts';

let directory = '';
test.before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kubexray-auth-'));
});
test.after.always(() => rm(directory, { recursive: true }));

async function write(name: string, text: string): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, text);
  return path;
}

const user = { token: 't' };

test('the file that is named comes before KUBECONFIG', async (t) => {
  const kubeconfigPath = await write('named', kubeconfig({ server: 'https://named:6443' }, user));
  const other = await write('other', kubeconfig({ server: 'https://other:6443' }, user));
  t.is((await loadClusterAccess({ kubeconfigPath, env: { KUBECONFIG: other } })).server, 'https://named:6443');
});

test('without a file KUBECONFIG counts, and of several files the first that names a context', async (t) => {
  const first = await write('first', kubeconfig({ server: 'https://first:6443/prefix/' }, user));
  const second = await write(
    'second',
    JSON.stringify({
      'current-context': 'b',
      contexts: [{ name: 'b', context: { cluster: 'b', user: 'b' } }],
      clusters: [{ name: 'b', cluster: { server: 'https://b' } }],
    }),
  );
  t.is((await loadClusterAccess({ env: { KUBECONFIG: `${first}:${second}` } })).server, 'https://first:6443/prefix');
});

test('credentials are the token and the certificate of the authority', async (t) => {
  const kubeconfigPath = await write(
    'ca',
    kubeconfig({ server: 'https://a', 'certificate-authority-data': 'Q0E=', 'tls-server-name': 'b' }, user),
  );
  const { credentials } = await loadClusterAccess({ kubeconfigPath, env: {} });
  t.deepEqual(await credentials(), { headers: { authorization: 'Bearer t' }, tls: { ca: Buffer.from('CA'), servername: 'b' } });
});

test('outside a pod and without a kubeconfig there is no cluster', async (t) => {
  await t.throwsAsync(loadClusterAccess({ env: {} }), {
    message: 'find the cluster: no --kubeconfig, no KUBECONFIG, not in a pod, and no ~/.kube/config',
  });
});

test('the file where kubectl keeps it comes last', async (t) => {
  await mkdir(join(directory, '.kube'));
  await write('.kube/config', kubeconfig({ server: 'https://home:6443' }, user));
  const other = await write('before-home', kubeconfig({ server: 'https://other:6443' }, user));
  t.is((await loadClusterAccess({ env: { HOME: directory } })).server, 'https://home:6443');
  t.is((await loadClusterAccess({ env: { HOME: directory, KUBECONFIG: other } })).server, 'https://other:6443');
});

test('a kubeconfig that is not there is named', async (t) => {
  await t.throwsAsync(loadClusterAccess({ kubeconfigPath: '/does/not/exist', env: {} }), {
    message: /^read kubeconfig \/does\/not\/exist: ENOENT/,
  });
});

test('a kubeconfig that is no YAML is refused without quoting it', async (t) => {
  const kubeconfigPath = await write('broken', 'users:\n- token: secret-token\n  bad: [\n');
  await t.throwsAsync(loadClusterAccess({ kubeconfigPath, env: {} }), { message: `read kubeconfig ${kubeconfigPath}: not valid YAML` });
});

test('a context without its cluster is refused', async (t) => {
  const kubeconfigPath = await write('context', JSON.stringify({ 'current-context': 'gone' }));
  await t.throwsAsync(loadClusterAccess({ kubeconfigPath, env: {} }), {
    message: 'find the cluster of context gone in kubeconfig: not there',
  });
});

test('plain http is refused unless the kubeconfig gives up TLS', async (t) => {
  const refused = await write('http', kubeconfig({ server: 'http://127.0.0.1:1' }, user));
  await t.throwsAsync(loadClusterAccess({ kubeconfigPath: refused, env: {} }), { message: /http needs insecure-skip-tls-verify/ });
  const accepted = await write('http-insecure', kubeconfig({ server: 'http://127.0.0.1:1', 'insecure-skip-tls-verify': true }, user));
  t.is((await loadClusterAccess({ kubeconfigPath: accepted, env: {} })).server, 'http://127.0.0.1:1');
});

test('a proxy is refused rather than passed by', async (t) => {
  const kubeconfigPath = await write('proxy', kubeconfig({ server: 'https://a', 'proxy-url': 'http://proxy:3128' }, user));
  await t.throwsAsync(loadClusterAccess({ kubeconfigPath, env: {} }), { message: 'use kubeconfig: proxy-url is not supported' });
});
