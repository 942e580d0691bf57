// The controller on a cluster in memory: what the statuses say, when they move, and what a restart does to them.
import test from 'ava';
import { Failure } from '../../src/failure.ts';
import { compilerFailure, MemoryRules } from './memory-rules.ts';
import { hourMs, minuteMs, SimulatedCluster, settle, spec } from './simulated-cluster.ts';

const good = 'reg.io/good:1';
const bad = 'reg.io/bad:1';

/** `held` at zero for `strict`, `bad` reported by `report`, `good` clean; all of it settled and told. */
async function everyday() {
  const world = new SimulatedCluster();
  world.scans.set(bad, 'XRAY-1');
  world.deploy('held', bad, 3);
  world.deploy('bad', bad, 2);
  world.deploy('good', good, 2);
  world.cluster.put({ ...world.cluster.controller('uid-held'), labels: { tier: 'strict' } });
  world.cluster.apply('strict', spec('issues', { match: { workloadSelector: { matchLabels: { tier: 'strict' } } } }));
  world.cluster.apply('report', spec('issues', { action: 'Ignore' }));
  const controller = world.start();
  await world.pass(minuteMs);
  world.converge();
  await world.pass(minuteMs);
  return { world, controller };
}

test('nothing is written while nothing changes, however often Xray is asked', async (t) => {
  const { world, controller } = await everyday();
  t.deepEqual(world.rows('strict'), ['held bad Confirmed']);
  t.deepEqual(world.rows('report'), ['bad bad Ignored', 'held bad Ignored']);
  const writes = world.cluster.writes.length;
  const questions = world.scans.questions.length;
  await world.pass(2 * hourMs);
  t.is(world.cluster.writes.length, writes);
  t.true(world.scans.questions.length > questions + 50);
  await controller.stop();
});

test('a restart writes nothing, neither to workloads nor to statuses', async (t) => {
  const { world, controller } = await everyday();
  await controller.stop();
  await world.pass(10_000);
  const before = [world.cluster.writes.length, world.status('strict'), world.status('report')];
  const next = world.start();
  await world.pass(10 * minuteMs);
  t.deepEqual([world.cluster.writes.length, world.status('strict'), world.status('report')], before);
  await next.stop();
});

test('a restart while Xray is down, or while no compiler can be run, restores nothing and acts on nothing', async (t) => {
  const { world, controller } = await everyday();
  await controller.stop();
  const actions = world.actions().length;
  world.scans.isDown = true;
  const deaf = world.start();
  await world.pass(hourMs);
  await deaf.stop();
  t.deepEqual([world.replicas('held'), world.rows('strict'), world.actions().length], [0, ['held bad Confirmed NotCleared'], actions]);
  t.is(world.condition('strict', 'FactsFresh'), 'False ImagesUnavailable');

  world.scans.isDown = false;
  const rules = new MemoryRules();
  rules.onCheck = () => {
    throw compilerFailure();
  };
  const mute = world.start(rules);
  await world.pass(hourMs);
  await mute.stop();
  t.deepEqual([world.replicas('held'), world.rows('strict'), world.actions().length], [0, ['held bad Confirmed NotCleared'], actions]);
  t.is(world.condition('strict', 'Compiled'), 'False CompilerUnavailable');
});

test('while Xray is down from the start nothing is done, and the status says so once', async (t) => {
  const world = new SimulatedCluster();
  world.scans.isDown = true;
  world.deploy('api', bad, 3);
  world.cluster.apply('production', spec('all', { action: 'Delete' }));
  const controller = world.start();
  await world.pass(minuteMs);
  const writes = world.cluster.writes.length;
  t.deepEqual(
    [world.actions(), world.condition('production', 'FactsFresh'), world.status('production')?.totals?.undecided],
    [[], 'False ImagesUnavailable', 1],
  );
  await world.pass(hourMs);
  t.is(world.cluster.writes.length, writes);
  world.scans.isDown = false;
  await world.pass(minuteMs);
  t.deepEqual(
    world.actions().map(({ verb }) => verb),
    ['delete'],
  );
  t.deepEqual(world.errors, ['not everything is known: what hangs on it is undecided']);
  await controller.stop();
});

test('a crash between the action and the status loses neither: the next controller tells of it, and does not repeat it', async (t) => {
  const world = new SimulatedCluster();
  world.scans.set(bad, 'XRAY-1');
  world.deploy('api', bad, 3);
  world.cluster.apply('production', spec('issues'));
  // Dies with the first write that reaches an object: its later statuses do not arrive.
  let isDead = false;
  world.cluster.onWrite = ({ verb }) => {
    if (verb === 'status' && isDead) throw new Failure('PATCH status: unreachable', { retry: 'soon', reason: 'Unreachable' });
    isDead ||= verb === 'patch';
  };
  const first = world.start();
  await world.pass(5000);
  await first.stop();
  world.cluster.onWrite = () => undefined;
  t.deepEqual([world.actions().length, world.rows('production')], [1, []]);
  world.converge();
  const second = world.start();
  await world.pass(minuteMs);
  t.deepEqual([world.actions().length, world.replicas('api'), world.rows('production')], [1, 0, ['api bad Confirmed']]);
  await second.stop();
});

test('what was deleted is confirmed when it is gone, and counts for a day, also after a restart, for each policy that asked', async (t) => {
  const world = new SimulatedCluster();
  world.scans.set(bad, 'XRAY-1');
  world.deploy('api', bad, 3);
  for (const name of ['a', 'b']) world.cluster.apply(name, spec('issues', { action: 'Delete' }));
  const first = world.start();
  await world.pass(minuteMs);
  t.deepEqual([world.actions().map(({ verb }) => verb), world.rows('a')], [['delete'], ['api bad Requested']]);
  world.converge();
  await world.pass(minuteMs);
  const confirmed = [world.rows('a'), world.rows('b'), world.status('a')?.totals];
  t.deepEqual(confirmed, [
    ['api bad Confirmed'],
    ['api bad Confirmed'],
    { evaluated: 0, violating: 0, undecided: 0, excepted: 0, acted: 1, held: 0, contested: 0 },
  ]);
  await first.stop();
  const writes = world.cluster.writes.length;
  const second = world.start();
  await world.pass(hourMs);
  t.deepEqual([[world.rows('a'), world.rows('b'), world.status('a')?.totals], world.cluster.writes.length], [confirmed, writes]);
  await world.pass(24 * hourMs);
  t.deepEqual([world.rows('a'), world.rows('b'), world.status('a')?.totals?.acted], [[], [], 0]);
  await second.stop();
});

test('a policy created anew under the name of another does not answer for what that one deleted', async (t) => {
  const world = new SimulatedCluster();
  world.scans.set(bad, 'XRAY-1');
  world.deploy('api', bad, 3);
  world.cluster.apply('production', spec('issues', { action: 'Delete' }));
  const controller = world.start();
  await world.pass(minuteMs);
  world.converge();
  await world.pass(minuteMs);
  world.cluster.removePolicy('production');
  await world.pass(minuteMs);
  world.cluster.apply('production', spec('issues', { action: 'Delete' }), 'uid-2');
  await world.pass(minuteMs);
  t.deepEqual([world.rows('production'), world.status('production')?.totals?.acted], [[], 0]);
  await controller.stop();
});

test('a status that cannot be written is tried ever more slowly, and is there in the end', async (t) => {
  const world = new SimulatedCluster();
  world.scans.set(bad, 'XRAY-1');
  world.deploy('api', bad, 3);
  world.cluster.apply('production', spec('issues', { action: 'Ignore' }));
  let tries = 0;
  world.cluster.onWrite = () => {
    tries += 1;
    throw new Failure('PATCH status: 503', { retry: 'soon', reason: 'ServerError' });
  };
  const controller = world.start();
  await world.pass(5 * minuteMs);
  t.true(tries > 5 && tries < 30, `${tries} tries`);
  world.cluster.onWrite = () => undefined;
  await world.pass(10 * minuteMs);
  t.deepEqual(world.rows('production'), ['api bad Ignored']);
  await controller.stop();
});

test('a status builds on the last one that was written, though the watch has not brought it back', async (t) => {
  const world = new SimulatedCluster();
  world.cluster.apply('production', spec('all', { action: 'Ignore' }));
  world.deploy('api', good);
  const controller = world.start();
  world.isPolicyWatchSilent = true;
  await world.pass(10 * minuteMs);
  const since = world.status('production')?.violations?.[0]?.since;
  const writes = world.cluster.writes.length;
  world.deploy('web', good);
  await world.pass(10 * minuteMs);
  t.deepEqual([world.cluster.writes.length - writes, world.status('production')?.violations?.[0]?.since], [1, since]);
  await controller.stop();
});

test('a hundred new workloads are a handful of statuses, not a hundred', async (t) => {
  const world = new SimulatedCluster();
  world.cluster.apply('production', spec('all', { action: 'Ignore' }));
  const controller = world.start();
  await world.pass(minuteMs);
  const writes = world.cluster.writes.length;
  for (let index = 0; index < 100; index += 1) {
    world.deploy(`api-${index}`, good);
    await world.pass(20);
  }
  await world.pass(minuteMs);
  t.true(world.cluster.writes.length - writes <= 5, `${world.cluster.writes.length - writes} writes`);
  t.is(world.status('production')?.totals?.violating, 100);
  await controller.stop();
});

test('a policy that comes later is evaluated over what is there, and Ready says when', async (t) => {
  const { world, controller } = await everyday();
  const gate = Promise.withResolvers<void>();
  world.rules.beforeEvaluate = () => gate.promise;
  world.cluster.apply('late', spec('issues', { version: 2, action: 'Ignore' }));
  await world.pass(3000);
  t.is(world.condition('late', 'Ready'), 'False Evaluating');
  gate.resolve();
  await world.pass(3000);
  t.deepEqual([world.condition('late', 'Ready'), world.rows('late')], ['True Evaluated', ['bad bad Ignored', 'held bad Ignored']]);
  await controller.stop();
});

test('stop lets the pass that runs end, takes no more work, and leaves no timer behind', async (t) => {
  const world = new SimulatedCluster();
  world.scans.set(bad, 'XRAY-1');
  world.deploy('api', bad, 3);
  world.cluster.apply('production', spec('issues'));
  const gate = Promise.withResolvers<void>();
  const controller = world.start();
  await world.pass(5);
  world.rules.beforeEvaluate = () => gate.promise;
  await world.pass(minuteMs);
  let hasStopped = false;
  const stopped = controller.stop().then(() => {
    hasStopped = true;
  });
  await settle();
  t.deepEqual([hasStopped, controller.whyNotReady()], [false, 'ending']);
  gate.resolve();
  await stopped;
  await controller.stop();
  t.deepEqual(world.clock.pendingMs(), []);
  const writes = world.cluster.writes.length;
  world.deploy('web', bad, 3);
  await world.pass(hourMs);
  t.is(world.cluster.writes.length, writes);
  t.true(world.rules.programs.every(({ isClosed }) => isClosed));
});
