// What starts a reaction (a new workload, an upgrade, a changed policy, a new issue) and what ends it, on the real control plane.
import test from 'ava';
import { at } from '../cluster/at.ts';
import { applyManifests } from '../cluster/manifests.ts';
import { waitFor, waitForValue } from '../cluster/wait-for.ts';
import { digestOf } from '../xray/images.ts';
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
  workloadManifest,
  workloadPath,
} from './environment.ts';

const clean = 'registry.example.com/shop/clean:1';
const vulnerable = 'registry.example.com/shop/vulnerable:1';
const copyleft = 'registry.example.com/shop/copyleft:1';
const zero = { replicas: 0, pods: 0 };
const three = { replicas: 3, pods: 3 };

let environment: Environment;

test.before(async () => {
  environment = await startEnvironment();
  const { xray } = environment;
  xray.set({ name: 'shop/clean:1', digest: digestOf(clean), licenses: ['MIT'] });
  xray.set({ name: 'shop/vulnerable:1', digest: digestOf(vulnerable), issues: [{ id: 'XRAY-1', cve: 'CVE-2025-0001', severity: 'High' }] });
  xray.set({ name: 'shop/copyleft:1', digest: digestOf(copyleft), licenses: ['AGPL-3.0'] });
  await environment.startController();
});

test.after.always(() => environment?.stop());

/** A namespace and a policy of the test's own; the policy scales Deployments down for high issues. */
async function setUp(name: string) {
  const { admin } = environment;
  await admin.createNamespace(name);
  const apply = (rules: Parameters<typeof applyPolicy>[2]['rules'], mode: 'Enforce' | 'DryRun' = 'Enforce') =>
    applyPolicy(admin, name, { mode, match: { namespaces: [name] }, facts: { maxAge: '2s' }, rules });
  const noHigh = { name: 'no-high', use: 'security', actions: { deployments: 'ScaleDown' } } as const;
  const scale = (workload: string) => scaleOf(admin, { namespace: name, name: workload });
  const run = (workload: string, image: string, annotations = {}) =>
    deploy(admin, { namespace: name, name: workload, image, replicas: 3, annotations });
  const begin = (workload: string, image: string) => submit(admin, { namespace: name, name: workload, image, replicas: 3 });
  /** Changes the pod template, as a release does that leaves the count to others. */
  const release = (workload: string, image: string, annotations = {}) => {
    const value = at(workloadManifest({ namespace: name, name: workload, image, annotations }), 'spec.template');
    const path = workloadPath({ namespace: name, name: workload });
    return admin.expect('PATCH', path, [{ op: 'replace', path: '/spec/template', value }], { contentType: 'application/json-patch+json' });
  };
  const becomes = (workload: string, scaleWanted: unknown) =>
    waitForValue(() => scale(workload), scaleWanted, { what: `scale of ${workload}` });
  const label = async (workload: string) =>
    at(await admin.expect('GET', workloadPath({ namespace: name, name: workload })), ['metadata', 'labels', 'kubexray.io/scaled-down']);
  return { admin, namespace: name, apply, noHigh, scale, run, begin, release, becomes, label };
}

test('a new workload that runs a vulnerable image goes to zero', async (t) => {
  const { admin, apply, noHigh, run, begin, becomes, scale } = await setUp('new-workload');
  await apply([noHigh]);
  await run('good', clean);
  await evaluated(admin, 'new-workload');
  await begin('bad', vulnerable);
  const rows = await rowsWithOutcome(admin, { policy: 'new-workload', workload: 'bad', outcome: 'Confirmed' });
  t.is(rows.length, 1);
  await becomes('bad', zero);
  t.deepEqual(await scale('good'), three);
});

test('an upgrade of a running workload to a vulnerable image takes it to zero', async (t) => {
  const { admin, apply, noHigh, run, release, becomes, label } = await setUp('upgrade');
  await apply([noHigh]);
  await run('api', clean);
  await evaluated(admin, 'upgrade');
  await release('api', vulnerable);
  await rowsWithOutcome(admin, { policy: 'upgrade', workload: 'api', outcome: 'Confirmed' });
  await becomes('api', zero);
  t.is(await label('api'), '3');
});

test('a licence newly denied takes a running workload to zero, and allowing it again brings it back', async (t) => {
  const { admin, apply, run, becomes } = await setUp('policy-change');
  const noAgpl = (denied: string[]) =>
    ({ name: 'licenses', use: 'license', parameters: { denied }, actions: { deployments: 'ScaleDown' } }) as const;
  await apply([noAgpl([])]);
  await run('reports', copyleft);
  await run('good', clean);
  t.is((await evaluated(admin, 'policy-change')).totals?.violating, 0);
  await apply([noAgpl(['AGPL-*'])]);
  await rowsWithOutcome(admin, { policy: 'policy-change', workload: 'reports', outcome: 'Confirmed' });
  await becomes('reports', zero);
  await apply([noAgpl([])]);
  await becomes('reports', three);
  await waitForValue(async () => (await policyStatus(admin, 'policy-change')).violations, [], { what: 'no violation left' });
  t.deepEqual(await scaleOf(admin, { namespace: 'policy-change', name: 'good' }), three);
});

test('a new issue on an image that already runs takes it to zero, and a fixed image brings it back to its count', async (t) => {
  const { admin, apply, noHigh, run, release, becomes, label } = await setUp('new-issue');
  const { xray } = environment;
  const aging = 'registry.example.com/shop/aging:1';
  xray.set({ name: 'shop/aging:1', digest: digestOf(aging), licenses: ['MIT'] });
  await apply([noHigh]);
  await run('api', aging);
  await run('good', clean);
  t.is((await evaluated(admin, 'new-issue')).totals?.violating, 0);
  xray.addIssue(digestOf(aging), { id: 'XRAY-77', cve: 'CVE-2026-0077', severity: 'Critical' });
  await rowsWithOutcome(admin, { policy: 'new-issue', workload: 'api', outcome: 'Confirmed' });
  await becomes('api', zero);
  t.deepEqual(await scaleOf(admin, { namespace: 'new-issue', name: 'good' }), three);

  await release('api', clean);
  await becomes('api', three);
  t.is(await label('api'), undefined);
  await waitForValue(
    async () => (await policyStatus(admin, 'new-issue')).totals,
    { evaluated: 2, violating: 0, undecided: 0, excepted: 0, acted: 0, held: 0, contested: 0 },
    { what: 'totals' },
  );
});

test('after a scale-down the finding stays visible though no pod is left, also for a controller that starts then', async (t) => {
  const { admin, apply, noHigh, begin, becomes } = await setUp('stays-visible');
  await apply([noHigh]);
  await begin('api', vulnerable);
  const before = await rowsWithOutcome(admin, { policy: 'stays-visible', workload: 'api', outcome: 'Confirmed' });
  await becomes('api', zero);
  t.is(before[0]?.image, vulnerable);
  // A change that makes every workload be judged again.
  await apply([{ ...noHigh, parameters: { minSeverity: 'Medium' } }]);
  await evaluated(admin, 'stays-visible');
  // The record of the new generation is a write of its own, which the Deployment's controller has to see once more.
  const after = await rowsWithOutcome(admin, { policy: 'stays-visible', workload: 'api', outcome: 'Confirmed' });
  t.deepEqual(
    after.map(({ image, since }) => ({ image, since })),
    [{ image: vulnerable, since: before[0]?.since }],
  );
});

test('switching the policy to DryRun, or deleting it, gives back what it took', async (t) => {
  const { admin, apply, noHigh, begin, becomes } = await setUp('switched-off');
  await apply([noHigh]);
  await begin('api', vulnerable);
  await becomes('api', zero);
  await apply([noHigh], 'DryRun');
  await becomes('api', three);
  const rows = await rowsWithOutcome(admin, { policy: 'switched-off', workload: 'api', outcome: 'WouldAct' });
  t.is(rows.length, 1);
  await apply([noHigh]);
  await becomes('api', zero);
  await admin.expect('DELETE', '/apis/kubexray.io/v1alpha1/kubexraypolicies/switched-off');
  await becomes('api', three);
});

test('kubectl rollout undo while held loses nothing: the count comes back', async (t) => {
  const { admin, apply, noHigh, run, release, becomes, label } = await setUp('rollout-undo');
  await run('api', clean);
  const path = workloadPath({ namespace: 'rollout-undo', name: 'api' });
  const template = at(await admin.expect('GET', path), 'spec.template');
  await apply([noHigh]);
  await evaluated(admin, 'rollout-undo');
  await release('api', vulnerable);
  await becomes('api', zero);
  // What kubectl sends: the template of the older revision, and that revision's annotations in place of the Deployment's.
  const undo = [
    { op: 'replace', path: '/spec/template', value: template },
    { op: 'replace', path: '/metadata/annotations', value: {} },
  ];
  await admin.expect('PATCH', path, undo, { contentType: 'application/json-patch+json' });
  await becomes('api', three);
  t.is(await label('api'), undefined);
});

test('a rolling update from a bad image to a good one is not scaled down', async (t) => {
  const { admin, apply, noHigh, run, release, becomes, scale } = await setUp('rolling-update');
  await run('api', vulnerable);
  // The new pods do not get ready, so the old ones stay for as long as the test looks.
  await release('api', clean, { 'test.kubexray.io/waiting': 'true' });
  const pods = async () =>
    at(await admin.expect('GET', workloadPath({ namespace: 'rolling-update', name: 'api' })), 'status.updatedReplicas');
  await waitForValue(pods, 1, { what: 'one new pod' });
  await apply([noHigh]);
  const rows = await rowsWithOutcome(admin, { policy: 'rolling-update', workload: 'api', outcome: 'Held' });
  t.deepEqual(
    rows.map(({ image, reason }) => ({ image, reason })),
    [{ image: vulnerable, reason: 'RolloutInProgress' }],
  );
  t.is(at(await scale('api'), 'replicas'), 3);
  await release('api', clean);
  await becomes('api', three);
  await waitForValue(async () => (await policyStatus(admin, 'rolling-update')).violations, [], { what: 'no violation left' });
});

test('a Job whose name begins like that of a Deployment leaves the Deployment alone', async (t) => {
  const { admin, namespace, apply, noHigh, run, scale } = await setUp('job-prefix');
  await run('api', clean);
  const template = {
    metadata: { annotations: { 'test.kubexray.io/keep-running': 'true' } },
    spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: vulnerable }] },
  };
  await applyManifests(admin, [{ apiVersion: 'batch/v1', kind: 'Job', metadata: { namespace, name: 'api-migrate' }, spec: { template } }]);
  await apply([{ ...noHigh, actions: { deployments: 'Delete', default: 'Delete' } }]);
  const rows = await rowsWithOutcome(admin, { policy: 'job-prefix', workload: 'api-migrate', outcome: 'Held' });
  t.deepEqual(
    rows.map(({ workload, reason }) => [workload.kind, reason]),
    [['Job', 'Unsupported']],
  );
  t.is((await evaluated(admin, 'job-prefix')).totals?.violating, 1);
  t.deepEqual(await scale('api'), three);
});

test('a protected namespace is judged and left alone', async (t) => {
  const { admin } = environment;
  await deploy(admin, { namespace: 'kube-system', name: 'dns', image: vulnerable, replicas: 2 });
  await applyPolicy(admin, 'protected', {
    mode: 'Enforce',
    match: { namespaces: ['kube-system'] },
    rules: [{ name: 'r', use: 'security', actions: { deployments: 'Delete' } }],
  });
  const rows = await rowsWithOutcome(admin, { policy: 'protected', workload: 'dns', outcome: 'Held' });
  t.deepEqual(
    rows.map(({ reason }) => reason),
    ['Protected'],
  );
  t.deepEqual(await scaleOf(admin, { namespace: 'kube-system', name: 'dns' }), { replicas: 2, pods: 2 });
});

test('an inline rule with a mistake stands in Compiled with line and column, and harms no other rule', async (t) => {
  const { admin, apply, noHigh, begin, becomes } = await setUp('inline-mistake');
  const rego = [
    'package mine',
    '',
    'violation contains {"msg": "x"} if {',
    '  some image in input.images',
    '  image.reff == "x"',
    '}',
  ].join('\n');
  await apply([noHigh, { name: 'mine', rego }]);
  await begin('api', vulnerable);
  await becomes('api', zero);
  const compiled = await waitFor(
    async () => {
      const found = condition(await policyStatus(admin, 'inline-mistake'), 'Compiled');
      return found?.status === 'False' ? found : undefined;
    },
    { what: 'Compiled=False' },
  );
  t.is(compiled.reason, 'TypeError');
  t.regex(compiled.message, /^rule mine: 5:3: .*reff/);
});
