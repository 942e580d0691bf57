// Where plan and explain have workloads and facts from: a cluster with a file of facts, on a server that answers lists alone.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { findRecording } from '../../src/commands/recording-source.ts';
import { captured } from './captured.ts';

const pod = {
  metadata: { name: 'api', namespace: 'shop', uid: 'u-1', resourceVersion: '1', creationTimestamp: '2026-11-20T08:00:00Z' },
  spec: { containers: [{ name: 'main', image: 'registry.example.com/shop/api:1.4' }] },
  status: {
    phase: 'Running',
    containerStatuses: [{ name: 'main', imageID: `registry.example.com/shop/api@sha256:${'1'.repeat(64)}` }],
  },
};

test('what runs in a cluster is judged on a file of facts, and no Xray is needed', async (t) => {
  const server = createServer((request, response) => {
    const items = request.url?.startsWith('/api/v1/pods') ? [pod] : [];
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ metadata: { resourceVersion: '1' }, items }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const folder = await mkdtemp(join(tmpdir(), 'kubexray-source-'));
  t.teardown(async () => {
    server.close();
    await rm(folder, { recursive: true, force: true });
  });
  // The server listens on a port, so its address is no path.
  const { port } = server.address() as AddressInfo;
  const kubeconfig = join(folder, 'kubeconfig');
  const facts = join(folder, 'facts.yaml');
  await writeFile(kubeconfig, kubeconfigOf(port));
  await writeFile(facts, 'images:\n  - ref: registry.example.com/shop/api:1.4\n    licenses: [{name: MIT}]\n');
  const { recording } = await findRecording(
    { kubeconfig, facts },
    { from: 'cluster', surroundings: captured().surroundings, policies: [] },
  );
  t.like(recording.factOf(`sha256:${'1'.repeat(64)}`), { state: 'scanned', content: { licenses: [{ name: 'MIT' }] } });
  const without = findRecording({ kubeconfig }, { from: 'cluster', surroundings: captured().surroundings, policies: [] });
  await t.throwsAsync(without, { message: /^--xray-url is missing: / });
});

function kubeconfigOf(port: number): string {
  return JSON.stringify({
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'c', users: [{ name: 'u', user: { token: 't' } }] },
    clusters: [{ name: 'c', cluster: { server: `http://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true } }],
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
  });
}
