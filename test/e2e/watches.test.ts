// Violations of Xray's watches on the real control plane: who is acted on, how soon after the webhook, and that nothing is asked wrongly.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { recordCluster } from '../../src/commands/recordings.ts';
import { xraySettings } from '../../src/commands/xray-settings.ts';
import { joinWatches } from '../../src/facts/watch-fact.ts';
import { createKubernetesClient } from '../../src/kubernetes/client.ts';
import { parseDocuments } from '../../src/recording/documents.ts';
import { readSnapshot } from '../../src/recording/read-snapshot.ts';
import { recordingOf } from '../../src/recording/recorded.ts';
import { snapshotText } from '../../src/recording/snapshot-text.ts';
import { createXrayClient } from '../../src/xray/client.ts';
import { at } from '../cluster/at.ts';
import { waitFor, waitForValue } from '../cluster/wait-for.ts';
import { digestOf } from '../xray/images.ts';
import { sendWebhook } from '../xray/webhook.ts';
import { applyPolicy, condition, deploy, type Environment, evaluated, rowsWithOutcome, scaleOf, startEnvironment } from './environment.ts';

const token = 's3cret-webhook-token';
const two = { replicas: 2, pods: 2 };
const refOf = (name: string): string => `registry.example.com/shop/${name}:1`;
const imageOf = (name: string, licenses: readonly string[]) => ({ name: `shop/${name}:1`, digest: digestOf(refOf(name)), licenses });

let environment: Environment;
let directory: string;
let url: string;

test.before(async () => {
  environment = await startEnvironment();
  directory = await mkdtemp(join(tmpdir(), 'kubexray-watches-'));
  await writeFile(join(directory, 'token'), token);
  const flags = ['--webhook-port', '0', '--webhook-insecure', '--webhook-token-file', join(directory, 'token')];
  const controller = await environment.startController({ flags });
  const started = controller.log().find((line) => line.includes('"controller started"')) ?? '';
  url = `http://127.0.0.1:${at(JSON.parse(started), 'webhookPort')}`;
});

/** The cluster and Xray as `kubexray snapshot` records them, written and read again. */
async function recorded() {
  const { admin, xray } = environment;
  const [kubeconfigPath, xrayTokenFile] = [join(directory, 'kubeconfig'), join(directory, 'xray-token')];
  await admin.writeKubeconfig(kubeconfigPath, await admin.tokenFor('kubexray', 'kubexray'));
  await writeFile(xrayTokenFile, xray.login().token);
  const settings = xraySettings({ xrayUrl: xray.url, xrayTokenFile }, {});
  if (settings === undefined) throw new Error('there is no Xray');
  const [client, asked] = [await createKubernetesClient({ kubeconfigPath, env: {} }), createXrayClient(settings.client)];
  try {
    const live = await recordCluster({ client, scans: asked, violations: asked, clock: { now: () => new Date() } });
    const [document] = parseDocuments('snapshot.json', snapshotText(live).text);
    if (document === undefined) throw new Error('there is no snapshot');
    return recordingOf(readSnapshot(document));
  } finally {
    await Promise.all([client.close(), asked.close()]);
  }
}

test.after.always(async () => {
  await environment?.stop();
  if (directory !== undefined) await rm(directory, { recursive: true, force: true });
});

test('a violation of a watch takes its image down as soon as a webhook names the watch, and no other image', async (t) => {
  const { admin, xray } = environment;
  await admin.createNamespace('shop');
  xray.setWatch({ name: 'legal', policies: [{ name: 'no-copyleft', bannedLicenses: ['AGPL-3.0'] }] });
  for (const name of ['api', 'web']) xray.set(imageOf(name, ['MIT']));
  await applyPolicy(admin, 'legal', {
    mode: 'Enforce',
    match: { namespaces: ['shop'] },
    facts: { maxAge: '24h', watches: ['legal'] },
    rules: [{ name: 'licenses', use: 'license', parameters: { useXrayViolations: true }, actions: { default: 'ScaleDown' } }],
  });
  for (const name of ['api', 'web']) await deploy(admin, { namespace: 'shop', name, image: refOf(name), replicas: 2 });
  const before = await waitFor(
    async () => {
      const status = await evaluated(admin, 'legal');
      return status.totals?.evaluated === 2 && status.totals.undecided === 0 ? status : undefined;
    },
    { what: 'both workloads judged' },
  );
  t.is(before.totals?.violating, 0);
  t.is(condition(before, 'FactsFresh')?.reason, 'AllImagesKnown');

  xray.set(imageOf('api', ['MIT', 'AGPL-3.0']));
  const sentMs = performance.now();
  // About an image that does not run here: what counts is the name of the watch.
  const images = [{ name: 'shop/elsewhere:1', digest: digestOf('elsewhere'), repositories: ['docker-local'] }];
  const receipt = await sendWebhook(`${url}/webhook`, { images, licenses: ['AGPL-3.0'], watch: 'legal', login: { kind: 'token', token } });
  t.is(receipt.status, 202);
  await waitFor(async () => at(await scaleOf(admin, { namespace: 'shop', name: 'api' }), 'replicas') === 0, {
    what: 'zero replicas wanted',
  });
  const tookMs = performance.now() - sentMs;
  t.log(`zero replicas after ${Math.round(tookMs)} ms`);
  // Polls come once a minute.
  t.true(tookMs < 20_000);
  await waitForValue(() => scaleOf(admin, { namespace: 'shop', name: 'api' }), { replicas: 0, pods: 0 }, { what: 'api at zero' });
  const rows = await rowsWithOutcome(admin, { policy: 'legal', workload: 'api', outcome: 'Confirmed' });
  t.deepEqual(
    rows.map(({ rule, digest, message }) => [rule, digest, message]),
    [
      [
        'licenses',
        digestOf(refOf('api')),
        `${refOf('api')} has the license AGPL-3.0, which breaks the policy no-copyleft of Xray (watch legal)`,
      ],
    ],
  );
  t.deepEqual(await scaleOf(admin, { namespace: 'shop', name: 'web' }), two);
  const recording = await recorded();
  const found = (name: string) => joinWatches(recording.factOf(digestOf(refOf(name))), [recording.watchOf('legal')]).violations;
  t.deepEqual(found('api'), [
    { type: 'license', severity: 'high', watch: 'legal', policy: 'no-copyleft', rule: 'no-copyleft', issue: 'AGPL-3.0' },
  ]);
  t.deepEqual(found('web'), []);
  t.deepEqual(xray.problems(), []);
});
