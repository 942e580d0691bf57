// The controller on a cluster in memory, with exceptions that come, go and end under a simulated clock.
import test from 'ava';
import { hourMs, minuteMs, SimulatedCluster, spec } from './simulated-cluster.ts';

const bad = 'reg.io/bad:1';
const start = Date.parse('2026-11-23T10:00:00Z');
const excepting = (endsInMs: number, given: object = {}) => ({
  ...{ name: 'INC-1', reason: 'patched next week', match: { workloads: ['Deployment/api'] } },
  until: new Date(start + endsInMs).toISOString(),
  ...given,
});

/** api and web run a bad image for one policy with these exceptions. */
async function shop(exceptions: readonly object[], given: object = {}) {
  const world = new SimulatedCluster();
  world.scans.set(bad, 'XRAY-1');
  world.deploy('api', bad, 3);
  world.deploy('web', bad, 2);
  world.cluster.apply('production', spec('issues', { exceptions, ...given }));
  const controller = world.start();
  await world.pass(minuteMs);
  return { world, controller };
}

test('what is excepted is reported and counted, and nothing is done to it', async (t) => {
  const { world, controller } = await shop([excepting(200 * hourMs, { cves: ['CVE-2026-*'] })]);
  world.converge();
  await world.pass(minuteMs);
  t.deepEqual([world.replicas('api'), world.replicas('web')], [3, 0]);
  t.deepEqual(world.rows('production'), ['api bad Excepted INC-1 until 2026-12-01T18:00:00Z', 'web bad Confirmed']);
  t.deepEqual(world.status('production')?.totals, {
    ...{ evaluated: 2, violating: 1, undecided: 0, excepted: 1, acted: 1, held: 0, contested: 0 },
  });
  t.is(world.status('production')?.rules?.[0]?.violating, 1);
  await controller.stop();
});

test('an exception ends at its millisecond: not one before, and no later than the next pass', async (t) => {
  const { world, controller } = await shop([excepting(hourMs)]);
  await world.pass(hourMs - minuteMs - 1);
  t.deepEqual([world.clock.now().toISOString(), world.replicas('api')], ['2026-11-23T10:59:59.999Z', 3]);
  await world.pass(1);
  t.deepEqual([world.clock.now().toISOString(), world.replicas('api')], ['2026-11-23T11:00:00.000Z', 0]);
  await world.pass(2000);
  t.deepEqual(world.rows('production')[0], 'api bad Requested');
  await controller.stop();
});

test('an exception that is added gives the workload back, and one that is taken away takes it down again, with the same count', async (t) => {
  const { world, controller } = await shop([]);
  world.converge();
  await world.pass(minuteMs);
  t.is(world.replicas('api'), 0);
  world.cluster.apply('production', spec('issues', { exceptions: [excepting(hourMs)] }));
  await world.pass(minuteMs);
  t.deepEqual([world.replicas('api'), world.replicas('web'), world.cluster.controller('uid-api').labels], [3, 0, {}]);
  world.converge();
  world.cluster.apply('production', spec('issues', { exceptions: [] }));
  await world.pass(minuteMs);
  t.deepEqual([world.replicas('api'), world.cluster.controller('uid-api').labels], [0, { 'kubexray.io/scaled-down': '3' }]);
  await controller.stop();
});

test('what another policy asks for is done, whatever this one excuses', async (t) => {
  const { world, controller } = await shop([excepting(hourMs)]);
  world.cluster.apply('other', spec('issues'));
  await world.pass(minuteMs);
  t.is(world.replicas('api'), 0);
  t.deepEqual(world.rows('production')[0], 'api bad Excepted INC-1 until 2026-11-23T11:00:00Z');
  await controller.stop();
});

test('a restart in the middle of an exception touches nothing, and it ends all the same', async (t) => {
  const { world, controller } = await shop([excepting(hourMs)]);
  await controller.stop();
  const next = world.start();
  await world.pass(minuteMs);
  t.is(world.replicas('api'), 3);
  await world.pass(hourMs);
  t.is(world.replicas('api'), 0);
  await next.stop();
});

test('Ready says from three days before which exceptions end, and then that they have', async (t) => {
  const { world, controller } = await shop([excepting(80 * hourMs)], { facts: {} });
  const ready = () => world.status('production')?.conditions?.[0]?.message;
  await world.pass(2000);
  t.is(ready(), '2 workloads judged');
  await world.pass(9 * hourMs);
  t.is(ready(), '2 workloads judged; exceptions that end within 72h: INC-1 (2026-11-26T18:00:00Z)');
  await world.pass(72 * hourMs);
  t.is(ready(), '2 workloads judged; exceptions that have ended: INC-1 (2026-11-26T18:00:00Z)');
  const writes = world.cluster.writes.length;
  await world.pass(9 * hourMs);
  t.is(world.cluster.writes.length, writes);
  await controller.stop();
});
