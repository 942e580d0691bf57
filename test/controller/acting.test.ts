// The controller on a cluster in memory: what it does to workloads, how often, and what it says of it.
import test from 'ava';
import type { JsonObject } from '../../src/facts/json.ts';
import { Failure } from '../../src/failure.ts';
import { hourMs, minuteMs, SimulatedCluster, spec } from './simulated-cluster.ts';

const good = 'reg.io/good:1';
const bad = 'reg.io/bad:1';

test('an image that becomes bad is one patch, confirmed only when it was seen, and its neighbour is left alone', async (t) => {
  const world = new SimulatedCluster();
  world.deploy('api', 'reg.io/api:1', 3);
  world.deploy('web', good, 2);
  world.cluster.apply('production', spec('issues'));
  const controller = world.start();
  await world.pass(10_000);
  t.deepEqual([world.actions(), world.condition('production', 'Ready')], [[], 'True Evaluated']);

  world.scans.set('reg.io/api:1', 'XRAY-7');
  await world.pass(2 * minuteMs);
  t.deepEqual(
    world.actions().map(({ verb, name }) => `${verb} ${name}`),
    ['patch api'],
  );
  t.deepEqual([world.replicas('api'), world.replicas('web')], [0, 2]);
  t.deepEqual([world.rows('production'), world.status('production')?.totals?.acted], [['api bad Requested'], 0]);

  world.converge();
  await world.pass(2000);
  const [row] = world.status('production')?.violations ?? [];
  t.deepEqual(
    [row?.outcome, row?.message, row?.image, row?.workload],
    ['Confirmed', 'XRAY-7', 'reg.io/api:1', { kind: 'Deployment', namespace: 'shop', name: 'api', uid: 'uid-api' }],
  );
  t.deepEqual(world.status('production')?.totals, {
    evaluated: 2,
    violating: 1,
    undecided: 0,
    excepted: 0,
    acted: 1,
    held: 0,
    contested: 0,
  });
  t.is(world.actions().length, 1);
  await controller.stop();
});

test('fifty pods of one Deployment are one question and one patch', async (t) => {
  const world = new SimulatedCluster();
  world.scans.set(bad, 'XRAY-1');
  world.deploy('api', bad, 50);
  world.cluster.apply('production', spec('issues', { facts: {} }));
  const controller = world.start();
  await world.pass(minuteMs);
  world.converge();
  await world.pass(minuteMs);
  t.deepEqual(
    [world.actions().length, world.scans.questions.length, world.cluster.controller('uid-api').labels],
    [1, 1, { 'kubexray.io/scaled-down': '50' }],
  );
  await controller.stop();
});

test('two replicas of the controller that both act take a workload down once, and remember the right count', async (t) => {
  const world = new SimulatedCluster();
  world.scans.set(bad, 'XRAY-1');
  world.deploy('api', bad, 4);
  world.cluster.apply('production', spec('issues'));
  const controllers = [world.start(), world.start()];
  await world.pass(minuteMs);
  world.converge();
  await world.pass(10 * minuteMs);
  t.deepEqual([world.actions().length, world.cluster.controller('uid-api').labels], [1, { 'kubexray.io/scaled-down': '4' }]);
  await Promise.all(controllers.map((controller) => controller.stop()));
});

/** api at zero and confirmed, for one policy. */
async function heldApi(given: JsonObject = {}) {
  const world = new SimulatedCluster();
  world.scans.set(bad, 'XRAY-1');
  world.deploy('api', bad, 3);
  world.cluster.apply('production', spec('issues', given));
  const controller = world.start();
  await world.pass(minuteMs);
  world.converge();
  await world.pass(minuteMs);
  return { world, controller };
}

test('a policy that is deleted gives back at once, unless its kind is gone', async (t) => {
  for (const isKindEstablished of [true, false]) {
    const { world, controller } = await heldApi({ facts: { maxAge: '24h' } });
    world.cluster.isKindEstablished = isKindEstablished;
    world.cluster.removePolicy('production');
    await world.pass(30 * minuteMs);
    t.deepEqual([world.replicas('api'), world.actions().length], isKindEstablished ? [3, 2] : [0, 1]);
    world.cluster.isKindEstablished = true;
    await world.pass(30 * minuteMs);
    t.deepEqual([world.replicas('api'), world.cluster.controller('uid-api').labels, world.actions().length], [3, {}, 2]);
    await controller.stop();
  }
});

test('a finding that is gone at the refresh of half a day is asked about again within minutes', async (t) => {
  const { world, controller } = await heldApi({ facts: { maxAge: '24h' } });
  world.scans.set(bad, 'clean');
  await world.pass(12 * hourMs + 2 * minuteMs);
  t.is(world.replicas('api'), 0);
  await world.pass(8 * minuteMs);
  t.is(world.replicas('api'), 3);
  await controller.stop();
});

test('an issue that is withdrawn gives back after a second answer five minutes later, and the status is empty then', async (t) => {
  const { world, controller } = await heldApi();
  world.scans.set(bad, 'clean');
  await world.pass(5 * minuteMs);
  t.deepEqual([world.replicas('api'), world.rows('production')], [0, ['api bad Confirmed NotCleared']]);
  await world.pass(8 * minuteMs);
  t.is(world.replicas('api'), 3);
  world.converge();
  await world.pass(minuteMs);
  t.deepEqual([world.rows('production'), world.status('production')?.totals?.acted, world.actions().length], [[], 0, 2]);
  await controller.stop();
});

test('a rollout undo while at zero loses nothing', async (t) => {
  const { world, controller } = await heldApi();
  world.edit('api', { image: good, annotations: {} });
  await world.pass(minuteMs);
  t.deepEqual([world.replicas('api'), world.cluster.controller('uid-api').labels], [3, {}]);
  await controller.stop();
});

test('a policy edited while its rules compile slowly takes nothing up and keeps what it said', async (t) => {
  const { world, controller } = await heldApi();
  const before = world.status('production')?.violations;
  const gate = Promise.withResolvers<void>();
  world.rules.beforeLoad = () => gate.promise;
  const [rule] = [{ name: 'renamed', rego: JSON.stringify({ objects: 'issues', version: 2 }), actions: { default: 'ScaleDown' } }];
  world.cluster.apply('production', spec('issues', { rules: [rule] }));
  await world.pass(minuteMs);
  t.deepEqual([world.actions().length, world.condition('production', 'Compiled')], [1, 'Unknown Compiling']);
  t.deepEqual(world.status('production')?.violations, before);
  gate.resolve();
  await world.pass(minuteMs);
  t.deepEqual([world.replicas('api'), world.rows('production')], [0, ['api renamed Confirmed']]);
  await controller.stop();
});

test('a policy that nobody can read keeps what it took, and says what is wrong', async (t) => {
  const { world, controller } = await heldApi();
  world.cluster.apply('production', { rules: [], unknown: 1 });
  await world.pass(10 * minuteMs);
  t.deepEqual([world.replicas('api'), world.condition('production', 'Compiled')], [0, 'False Invalid']);
  await controller.stop();
});

test('somebody who scales up is answered after 1, 2 and 4 minutes, and then left alone until the policy changes', async (t) => {
  const { world, controller } = await heldApi();
  for (const delay of [1, 2, 4]) {
    world.edit('api', { replicas: 2 });
    world.converge();
    await world.pass(delay * minuteMs - 1000);
    t.deepEqual([world.replicas('api'), world.rows('production')], [2, ['api bad Reverted ScaledUpBySomebody']]);
    await world.pass(2000);
    t.is(world.replicas('api'), 0);
    world.converge();
    await world.pass(2000);
  }
  world.edit('api', { replicas: 2 });
  world.converge();
  await world.pass(60 * minuteMs);
  t.deepEqual(
    [world.replicas('api'), world.rows('production'), world.status('production')?.totals?.contested],
    [2, ['api bad Contested ScaledUpBySomebody'], 1],
  );
  world.cluster.apply('production', spec('issues'));
  await world.pass(2 * minuteMs);
  t.is(world.replicas('api'), 0);
  await controller.stop();
});

test('an action that is forbidden is said to have failed, and is tried again ever more slowly', async (t) => {
  const world = new SimulatedCluster();
  world.scans.set(bad, 'XRAY-1');
  world.deploy('api', bad, 3);
  world.cluster.apply('production', spec('issues', { facts: {} }));
  let tries = 0;
  world.cluster.onWrite = ({ verb }) => {
    if (verb !== 'patch') return;
    tries += 1;
    throw new Failure('PATCH deployments/api: 403', { retry: 'never', reason: 'Forbidden' });
  };
  const controller = world.start();
  await world.pass(10 * minuteMs);
  t.deepEqual([world.rows('production'), world.status('production')?.totals?.acted], [['api bad Failed Forbidden'], 0]);
  t.true(tries > 5 && tries < 25, `${tries} tries`);
  world.cluster.onWrite = () => undefined;
  await world.pass(20 * minuteMs);
  t.is(world.replicas('api'), 0);
  await controller.stop();
});

test('a rolling update away from a bad image is left to end', async (t) => {
  const world = new SimulatedCluster();
  world.deploy('api', bad, 3);
  const controller = world.start();
  await world.pass(minuteMs);
  world.edit('api', { image: good });
  world.scans.set(bad, 'XRAY-1');
  world.cluster.apply('production', spec('issues', { action: 'Delete' }));
  await world.pass(2 * minuteMs);
  t.deepEqual([world.actions(), world.rows('production')], [[], ['api bad Held RolloutInProgress']]);
  world.converge();
  await world.pass(2 * minuteMs);
  t.deepEqual([world.actions(), world.rows('production')], [[], []]);
  await controller.stop();
});

test('nothing is done in a namespace that was not seen yet: its labels may exclude it', async (t) => {
  const world = new SimulatedCluster();
  world.cluster.remove('uid-namespace-shop');
  world.scans.set(bad, 'XRAY-1');
  world.deploy('api', bad, 3);
  const selector = { matchExpressions: [{ key: 'env', operator: 'NotIn', values: ['prod'] }] };
  world.cluster.apply('production', spec('issues', { action: 'Delete', match: { namespaceSelector: selector } }));
  const controller = world.start();
  await world.pass(minuteMs);
  t.deepEqual([world.actions(), world.rows('production')], [[], ['api bad Held OwnerUnknown']]);
  await controller.stop();
});

test('while an image is not scanned its workload is judged again every minute, as grace periods run; else only when something changes', async (t) => {
  const world = new SimulatedCluster();
  world.deploy('api', good);
  world.cluster.apply('production', spec('none', { facts: { maxAge: '24h' } }));
  const controller = world.start();
  await world.pass(minuteMs);
  const scanned = world.rules.evaluations.length;
  await world.pass(60 * minuteMs);
  t.is(world.rules.evaluations.length, scanned);
  world.scans.set(bad, 'unscanned');
  world.deploy('new', bad);
  await world.pass(10 * minuteMs + 1000);
  // With the first answer, and then ten times.
  t.is(world.rules.evaluations.length, scanned + 11);
  await controller.stop();
});

test('a rule that reads the time finds what has come true by waiting, within ten minutes', async (t) => {
  const world = new SimulatedCluster();
  world.deploy('api', good);
  world.cluster.apply('production', spec('later', { facts: { maxAge: '24h' } }));
  const startedAt = world.clock.now().getTime();
  const dueMs = new Date(world.clock.now()).setUTCHours(29, 0, 0, 0) - startedAt;
  const controller = world.start();
  await world.pass(dueMs - minuteMs);
  t.deepEqual(world.rows('production'), []);
  await world.pass(11 * minuteMs);
  world.converge();
  await world.pass(minuteMs);
  t.deepEqual(world.rows('production'), ['api bad Confirmed']);
  await controller.stop();
});
