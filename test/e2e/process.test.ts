// The controller as a process: the emitted program, its end, a crash while a workload is held, and rest while nothing changes.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import { at } from '../cluster/at.ts';
import { waitForValue } from '../cluster/wait-for.ts';
import { digestOf } from '../xray/images.ts';
import {
  applyPolicy,
  deploy,
  type Environment,
  evaluated,
  policyPath,
  rowsWithOutcome,
  scaleOf,
  startEnvironment,
  submit,
  workloadPath,
} from './environment.ts';

const root = join(import.meta.dirname, '../..');
const vulnerable = 'registry.example.com/shop/vulnerable:1';
const clean = 'registry.example.com/shop/clean:1';

let environment: Environment;

test.before(async () => {
  environment = await startEnvironment();
  const { xray } = environment;
  xray.set({ name: 'shop/vulnerable:1', digest: digestOf(vulnerable), issues: [{ id: 'XRAY-1', severity: 'High' }] });
  xray.set({ name: 'shop/clean:1', digest: digestOf(clean), licenses: ['MIT'] });
});

test.after.always(() => environment?.stop());

const rules = [{ name: 'no-high', use: 'security', actions: { deployments: 'ScaleDown' } }] as const;

test.serial('the emitted controller does what the source does, and SIGTERM ends it with 0', async (t) => {
  const { admin } = environment;
  await promisify(execFile)(join(root, 'node_modules/.bin/tsc'), ['-p', 'tsconfig.build.json'], { cwd: root });
  const controller = await environment.startController({ cli: join(root, 'dist/cli.js') });
  await admin.createNamespace('emitted');
  await applyPolicy(admin, 'emitted', { mode: 'Enforce', match: { namespaces: ['emitted'] }, rules: [...rules] });
  await deploy(admin, { namespace: 'emitted', name: 'good', image: clean, replicas: 1 });
  await submit(admin, { namespace: 'emitted', name: 'api', image: vulnerable, replicas: 2 });
  await rowsWithOutcome(admin, { policy: 'emitted', workload: 'api', outcome: 'Confirmed' });
  t.deepEqual(await scaleOf(admin, { namespace: 'emitted', name: 'good' }), { replicas: 1, pods: 1 });
  t.is((await fetch(`${controller.healthUrl}/readyz`)).status, 200);
  t.is(await controller.end('SIGTERM'), 0);
});

test.serial('after a crash the next process finds what was done, does nothing again, and gives back when the rule is gone', async (t) => {
  const { admin } = environment;
  const before = await admin.expect('GET', workloadPath({ namespace: 'emitted', name: 'api' }));
  const crashed = await environment.startController();
  await crashed.end('SIGKILL');
  const next = await environment.startController();
  const status = await evaluated(admin, 'emitted');
  t.like(status.totals, { violating: 1, acted: 1 });
  const after = await admin.expect('GET', workloadPath({ namespace: 'emitted', name: 'api' }));
  t.is(at(after, 'metadata.resourceVersion'), at(before, 'metadata.resourceVersion'));
  await applyPolicy(admin, 'emitted', { mode: 'DryRun', match: { namespaces: ['emitted'] }, rules: [...rules] });
  await waitForValue(() => scaleOf(admin, { namespace: 'emitted', name: 'api' }), { replicas: 2, pods: 2 }, { what: 'api back' });
  t.is(await next.end('SIGTERM'), 0);
});

test.serial('a deletion stays counted by the process that follows', async (t) => {
  const { admin } = environment;
  const first = await environment.startController();
  await admin.createNamespace('deleted');
  await deploy(admin, { namespace: 'deleted', name: 'api', image: vulnerable });
  await applyPolicy(admin, 'deleted', {
    mode: 'Enforce',
    match: { namespaces: ['deleted'] },
    rules: [{ ...rules[0], actions: { deployments: 'Delete' } }],
  });
  await rowsWithOutcome(admin, { policy: 'deleted', workload: 'api', outcome: 'Confirmed' });
  await first.end('SIGKILL');
  const version = at(await admin.expect('GET', policyPath('deleted')), 'metadata.resourceVersion');
  const next = await environment.startController();
  // A policy that changes is judged anew by the new process.
  await applyPolicy(admin, 'deleted', {
    mode: 'DryRun',
    match: { namespaces: ['deleted'] },
    rules: [{ ...rules[0], actions: { deployments: 'Delete' } }],
  });
  t.like((await evaluated(admin, 'deleted')).totals, { violating: 0, acted: 1 });
  t.not(at(await admin.expect('GET', policyPath('deleted')), 'metadata.resourceVersion'), version);
  t.is(await next.end('SIGTERM'), 0);
});
