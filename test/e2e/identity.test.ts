// Images for several platforms on a real control plane with a real registry: pods report the index, and Xray knows the manifests only.
import test from 'ava';
import { podAnnotations } from '../cluster/pod-annotations.ts';
import { waitFor, waitForValue } from '../cluster/wait-for.ts';
import { startRegistry, type TestRegistry } from '../registry/registry.ts';
import {
  applyPolicy,
  deploy,
  type Environment,
  evaluated,
  policyStatus,
  rowsWithOutcome,
  scaleOf,
  startEnvironment,
  submit,
} from './environment.ts';

let environment: Environment;
let registry: TestRegistry;

test.before(async () => {
  [environment, registry] = await Promise.all([startEnvironment(), startRegistry()]);
  await environment.startController({ registries: [registry.host] });
});

test.after.always(() => Promise.all([environment?.stop(), registry?.stop()]));

const platforms = ['linux/amd64', 'linux/arm64'] as const;
const vulnerable = [{ id: 'XRAY-1', severity: 'High' }] as const;
const rules = [
  { name: 'no-high', use: 'security', actions: { deployments: 'ScaleDown' } },
  { name: 'unscanned', use: 'unscanned', parameters: { gracePeriod: '0s' }, actions: { deployments: 'ScaleDown' } },
] as const;

/** Applies a policy for a namespace of its own. */
async function enforceIn(namespace: string): Promise<void> {
  const { admin } = environment;
  await admin.createNamespace(namespace);
  await applyPolicy(admin, namespace, { mode: 'Enforce', match: { namespaces: [namespace] }, rules: [...rules] });
}

/** Stores an image for both platforms; returns its reference, the digest that pods report, and those of its manifests. */
async function multiPlatform(name: string) {
  const { index, manifests } = await registry.pushIndex(`shop/${name}`, '1', { platforms, form: 'oci' });
  const manifestOf = (platform: (typeof platforms)[number]): string => manifests.get(platform) ?? '';
  return { image: `${registry.host}/shop/${name}:1`, index, manifestOf };
}

const reporting = (image: string, digest: string) => ({ [podAnnotations.imageDigests]: JSON.stringify({ [image]: digest }) });

test('the manifest of the node’s platform is judged: an issue in it takes the workload down, and a clean one beside it stays', async (t) => {
  const { admin, xray } = environment;
  const [bad, good] = [await multiPlatform('bad'), await multiPlatform('good')];
  xray.set({ name: 'shop/bad:1', digest: bad.manifestOf('linux/amd64'), issues: [...vulnerable] });
  xray.set({ name: 'shop/good:1', digest: good.manifestOf('linux/amd64'), licenses: ['MIT'] });
  // No node runs it.
  xray.set({ name: 'shop/good:1', digest: good.manifestOf('linux/arm64'), issues: [...vulnerable] });
  await enforceIn('platforms');
  const at = { namespace: 'platforms', replicas: 2 };
  await deploy(admin, { ...at, name: 'good', image: good.image, annotations: reporting(good.image, good.index) });
  await submit(admin, { ...at, name: 'bad', image: bad.image, annotations: reporting(bad.image, bad.index) });
  const rows = await rowsWithOutcome(admin, { policy: 'platforms', workload: 'bad', outcome: 'Confirmed' });
  t.deepEqual(
    rows.map(({ rule, image, digest }) => ({ rule, image, digest })),
    [{ rule: 'no-high', image: bad.image, digest: bad.manifestOf('linux/amd64') }],
  );
  await waitForValue(async () => (await policyStatus(admin, 'platforms')).totals?.undecided, 0, { what: 'everything decided' });
  t.like((await evaluated(admin, 'platforms')).totals, { evaluated: 2, violating: 1, acted: 1 });
  t.deepEqual(await scaleOf(admin, { ...at, name: 'good' }), { replicas: 2, pods: 2 });
});

test('a manifest that Xray does not know was never scanned: nobody need say that unchecked digests count', async (t) => {
  const { admin } = environment;
  const digest = await registry.pushImage('shop/new', '1', 'new');
  const image = `${registry.host}/shop/new:1`;
  await enforceIn('unscanned');
  await submit(admin, { namespace: 'unscanned', name: 'new', image, replicas: 1, annotations: reporting(image, digest) });
  const rows = await rowsWithOutcome(admin, { policy: 'unscanned', workload: 'new', outcome: 'Confirmed' });
  t.deepEqual(
    rows.map(({ rule, digest: judged }) => [rule, judged]),
    [['unscanned', digest]],
  );
});

test('a pod that waits to be pulled is judged by what its tag stands for on its node', async (t) => {
  const { admin, xray } = environment;
  const { image, manifestOf } = await multiPlatform('waiting');
  xray.set({ name: 'shop/waiting:1', digest: manifestOf('linux/amd64'), issues: [...vulnerable] });
  await enforceIn('waiting');
  await submit(admin, { namespace: 'waiting', name: 'api', image, replicas: 1, annotations: { [podAnnotations.waiting]: 'true' } });
  const rows = await rowsWithOutcome(admin, { policy: 'waiting', workload: 'api', outcome: 'Confirmed' });
  t.is(rows[0]?.digest, manifestOf('linux/amd64'));
});

test('a digest about which nobody can be asked is undecided, and says so', async (t) => {
  const { admin } = environment;
  // Nothing listens at this port.
  const image = '127.0.0.1:9/shop/far:1';
  await enforceIn('far');
  await deploy(admin, { namespace: 'far', name: 'far', image, replicas: 1 });
  const said = async () => JSON.stringify(await policyStatus(admin, 'far'));
  await waitFor(async () => (await said()).includes('no registry could tell'), { what: 'the reason in the status' });
  t.like((await policyStatus(admin, 'far')).totals, { violating: 0, acted: 0, undecided: 1 });
  t.deepEqual(await scaleOf(admin, { namespace: 'far', name: 'far' }), { replicas: 1, pods: 1 });
});
