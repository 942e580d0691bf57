// The faults of the archived program, each as what is right instead: Xray that fails, odd pods, several findings. One after another.
import test from 'ava';
import type { KubeXrayPolicySpec } from '../../src/policy/kubexraypolicy.generated.ts';
import { at } from '../cluster/at.ts';
import { applyManifests } from '../cluster/manifests.ts';
import { waitFor, waitForValue } from '../cluster/wait-for.ts';
import { digestOf } from '../xray/images.ts';
import type { ControllerProcess } from './controller-process.ts';
import {
  applyPolicy,
  condition,
  deploy,
  type Environment,
  evaluated,
  policyStatus,
  rowsWithOutcome,
  scaleOf,
  startEnvironment,
  submit,
  workloadPath,
} from './environment.ts';

const image = (name: string): string => `registry.example.com/shop/${name}:1`;
const zero = { replicas: 0, pods: 0 };

let environment: Environment;
let controller: ControllerProcess;

test.before(async () => {
  environment = await startEnvironment();
  const { xray } = environment;
  const issues = [{ id: 'XRAY-1', cve: 'CVE-2025-0001', severity: 'Critical' }];
  for (const name of ['critical', 'failing', 'shapeless', 'silent', 'many', 'spared'])
    xray.set({ name: `shop/${name}:1`, digest: digestOf(image(name)), issues });
  xray.set({ name: 'shop/both:1', digest: digestOf(image('both')), issues, licenses: ['AGPL-3.0'] });
  controller = await environment.startController();
});

test.afterEach(() => environment.xray.clearFaults());
test.after.always(() => environment?.stop());

const noHigh = { name: 'no-high', use: 'security', actions: { deployments: 'ScaleDown', statefulSets: 'ScaleDown' } } as const;

async function setUp(name: string, rules: KubeXrayPolicySpec['rules'] = [noHigh]) {
  await environment.admin.createNamespace(name);
  await applyPolicy(environment.admin, name, { mode: 'Enforce', match: { namespaces: [name] }, rules });
}

/** Waits until the policy says that something is not known, and returns how it says so. */
function unknownFacts(policy: string): Promise<string> {
  const ask = async () => {
    const found = condition(await policyStatus(environment.admin, policy), 'FactsFresh');
    return found?.status === 'False' && !found.message.includes('not asked yet') ? found.message : undefined;
  };
  return waitFor(ask, { what: `FactsFresh=False of ${policy}` });
}

test.serial('no name of a pod stops the controller, and its owner is found all the same (3)', async (t) => {
  const { admin } = environment;
  await setUp('odd-pods', [{ ...noHigh, actions: { default: 'Delete' } }]);
  await deploy(admin, { kind: 'StatefulSet', namespace: 'odd-pods', name: 'db', image: image('unrelated'), replicas: 1 });
  const uid = at(await admin.expect('GET', workloadPath({ kind: 'StatefulSet', namespace: 'odd-pods', name: 'db' })), 'metadata.uid');
  const pod = (name: string, owner: object) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace: 'odd-pods', name, ownerReferences: [{ controller: true, ...owner }] },
    spec: { containers: [{ name: 'main', image: image('critical') }] },
  });
  const set = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'db', uid };
  const widget = { apiVersion: 'example.com/v1', kind: 'Widget', name: 'w', uid: '6f0c9d1e-0000-4000-8000-000000000001' };
  await applyManifests(admin, [pod('nodash', set), pod('api-x7k2p', widget)]);
  const rows = await rowsWithOutcome(admin, { policy: 'odd-pods', workload: 'w', outcome: 'Held' });
  t.deepEqual(
    rows.map(({ workload, reason }) => [workload.kind, reason]),
    [['Widget', 'Unsupported']],
  );
  t.is((await fetch(`${controller.healthUrl}/healthz`)).status, 200);
});

test.serial('a Job and a Deployment whose names begin alike are told apart by their owners (4)', async (t) => {
  const { admin } = environment;
  await setUp('owners', [{ ...noHigh, actions: { deployments: 'Delete' } }]);
  await deploy(admin, { namespace: 'owners', name: 'api', image: image('unrelated'), replicas: 2 });
  const template = {
    metadata: { annotations: { 'test.kubexray.io/keep-running': 'true' } },
    spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: image('critical') }] },
  };
  await applyManifests(admin, [
    { apiVersion: 'batch/v1', kind: 'Job', metadata: { namespace: 'owners', name: 'api-migrate' }, spec: { template } },
  ]);
  const rows = await rowsWithOutcome(admin, { policy: 'owners', workload: 'api-migrate', outcome: 'Ignored' });
  t.is(rows.length, 1);
  t.is((await evaluated(admin, 'owners')).violations?.length, 1);
  t.deepEqual(await scaleOf(admin, { namespace: 'owners', name: 'api' }), { replicas: 2, pods: 2 });
});

test.serial('High means High and above: Critical counts (6)', async (t) => {
  const { admin } = environment;
  await setUp('severities', [{ ...noHigh, parameters: { minSeverity: 'High' } }]);
  await submit(admin, { namespace: 'severities', name: 'api', image: image('critical') });
  const rows = await rowsWithOutcome(admin, { policy: 'severities', workload: 'api', outcome: 'Confirmed' });
  t.regex(rows[0]?.message ?? '', /CVE-2025-0001 \(critical\)/);
});

test.serial('every rule is evaluated, the strongest action is taken, and all reasons are reported (7)', async (t) => {
  const { admin } = environment;
  const noAgpl = { name: 'no-agpl', use: 'license', parameters: { denied: ['AGPL-*'] }, actions: { deployments: 'Delete' } } as const;
  await setUp('strongest', [noHigh, noAgpl]);
  await submit(admin, { namespace: 'strongest', name: 'api', image: image('both') });
  await waitForValue(() => scaleOf(admin, { namespace: 'strongest', name: 'api' }), 'gone', { what: 'api gone' });
  const reasons = async () =>
    (await policyStatus(admin, 'strongest')).violations?.map(({ rule, action, outcome }) => [rule, action, outcome]);
  await waitForValue(
    reasons,
    [
      ['no-agpl', 'Delete', 'Confirmed'],
      ['no-high', 'ScaleDown', 'Confirmed'],
    ],
    { what: 'both reasons' },
  );
  t.is(await scaleOf(admin, { namespace: 'strongest', name: 'api' }), 'gone');
});

test.serial('Xray that answers 503 leaves its images unavailable: nothing is done, it is shown and asked again (8)', async (t) => {
  const { admin, xray } = environment;
  const clear = xray.inject({ kind: 'status', status: 503, digest: digestOf(image('failing')) });
  await setUp('failing');
  await deploy(admin, { namespace: 'failing', name: 'api', image: image('failing'), replicas: 2 });
  t.regex(await unknownFacts('failing'), /^1 image: \S+\/failing:1: Xray answered 503 \(not known since 20\d\d-[^)]+Z\)$/);
  const { totals } = await policyStatus(admin, 'failing');
  t.like(totals, { violating: 0, undecided: 1, acted: 0 });
  t.deepEqual(await scaleOf(admin, { namespace: 'failing', name: 'api' }), { replicas: 2, pods: 2 });
  clear();
  await rowsWithOutcome(admin, { policy: 'failing', workload: 'api', outcome: 'Confirmed' });
  await waitForValue(() => scaleOf(admin, { namespace: 'failing', name: 'api' }), zero, { what: 'api at zero' });
});

test.serial('an answer of a wrong shape is an error with a name, not a crash and not a clean image (9)', async (t) => {
  const { admin, xray } = environment;
  xray.inject({ kind: 'wrongShape', shape: 'issuesAbsent', digest: digestOf(image('shapeless')) });
  await setUp('shapeless');
  await deploy(admin, { namespace: 'shapeless', name: 'api', image: image('shapeless') });
  t.regex(await unknownFacts('shapeless'), /does not parse: artifacts\[\]\.issues is absent/);
  t.is((await fetch(`${controller.healthUrl}/healthz`)).status, 200);
});

test.serial('an image for which Xray never answers stops no other, and nothing is done about it (10)', async (t) => {
  const { admin, xray } = environment;
  xray.inject({ kind: 'silence', digest: digestOf(image('silent')) });
  await setUp('silent');
  await deploy(admin, { namespace: 'silent', name: 'hangs', image: image('silent') });
  await waitFor(() => xray.timesAsked(digestOf(image('silent'))) > 0, { what: 'the question that hangs' });
  await submit(admin, { namespace: 'silent', name: 'answers', image: image('critical') });
  await rowsWithOutcome(admin, { policy: 'silent', workload: 'answers', outcome: 'Confirmed' });
  t.deepEqual(await scaleOf(admin, { namespace: 'silent', name: 'hangs' }), { replicas: 1, pods: 1 });
});

test.serial('50 pods of one Deployment are one question to Xray and one write (11)', async (t) => {
  const { admin, xray } = environment;
  await deploy(admin, { namespace: 'default', name: 'many', image: image('many'), replicas: 50 });
  await applyPolicy(admin, 'many', { mode: 'Enforce', match: { namespaces: ['default'] }, rules: [noHigh] });
  await rowsWithOutcome(admin, { policy: 'many', workload: 'many', outcome: 'Confirmed' });
  t.is(xray.timesAsked(digestOf(image('many'))), 1);
  t.is(controller.log().filter((line) => line.includes('"action sent"') && line.includes('"name":"many"')).length, 1);
});

test.serial('a namespace allowed for one rule is not spared by another (12)', async (t) => {
  const { admin } = environment;
  const unscanned = {
    name: 'unscanned',
    use: 'unscanned',
    parameters: { allowNamespaces: ['spared'], gracePeriod: '0s', countUnchecked: true },
    actions: { deployments: 'Delete' },
  } as const;
  await setUp('spared', [unscanned, noHigh]);
  await deploy(admin, { namespace: 'spared', name: 'unknown', image: image('unknown') });
  await submit(admin, { namespace: 'spared', name: 'api', image: image('spared') });
  const rows = await rowsWithOutcome(admin, { policy: 'spared', workload: 'api', outcome: 'Confirmed' });
  t.deepEqual(
    rows.map(({ rule }) => rule),
    ['no-high'],
  );
  t.deepEqual(await scaleOf(admin, { namespace: 'spared', name: 'unknown' }), { replicas: 1, pods: 1 });
});

test.serial('an image known by no digest is never acted on', async (t) => {
  const { admin } = environment;
  const rego = 'package any\nviolation contains {"msg": "anything at all"} if count(input.images) > 0\n';
  await setUp('unidentifiable', [{ name: 'any', rego, actions: { deployments: 'Delete' } }]);
  const annotations = { 'test.kubexray.io/image-ids': JSON.stringify({ [image('local')]: `sha256:${'c'.repeat(64)}` }) };
  await deploy(admin, { namespace: 'unidentifiable', name: 'api', image: image('local'), annotations });
  const undecided = async () => (await policyStatus(admin, 'unidentifiable')).rules?.[0]?.undecidedReasons?.[0];
  await waitFor(async () => (await undecided())?.includes('configuration'), { what: 'the reason' });
  t.deepEqual(await scaleOf(admin, { namespace: 'unidentifiable', name: 'api' }), { replicas: 1, pods: 1 });
});
