// What a notice from outside starts: questions about images that run, soon, and nothing else. On the simulated cluster.
import test from 'ava';
import { digestOf } from '../builders/objects.ts';
import { SimulatedCluster, spec } from './simulated-cluster.ts';

const patient = { facts: { maxAge: '24h' } };

/** Two Deployments of clean images whose facts are good for hours. */
async function running() {
  const world = new SimulatedCluster();
  world.deploy('api', 'reg.io/api:1', 3);
  world.deploy('web', 'reg.io/web:1', 2);
  world.cluster.apply('production', spec('issues', patient));
  const controller = world.start();
  await world.pass(10_000);
  world.scans.questions.length = 0;
  return { world, controller };
}

test('news about an image that runs take down its workload at once, hours before it would have been asked about', async (t) => {
  const { world, controller } = await running();
  world.scans.set('reg.io/api:1', 'XRAY-7');
  controller.askAgain({ digests: [digestOf('reg.io/api:1')], watches: [] });
  await world.pass(100);
  t.deepEqual([world.replicas('api'), world.replicas('web')], [0, 2]);
  t.deepEqual(world.scans.questions, [[digestOf('reg.io/api:1')]]);
  await controller.stop();
});

test('a notice decides nothing: where Xray finds nothing when asked, nothing is done', async (t) => {
  const { world, controller } = await running();
  controller.askAgain({ digests: [digestOf('reg.io/api:1'), digestOf('reg.io/web:1')], watches: ['production'] });
  await world.pass(60_000);
  t.deepEqual(world.actions(), []);
  t.deepEqual(world.scans.questions, [[digestOf('reg.io/api:1'), digestOf('reg.io/web:1')]]);
  await controller.stop();
});

test('images that nobody runs are not asked about, however many are named', async (t) => {
  const { world, controller } = await running();
  controller.askAgain({ digests: Array.from({ length: 10_000 }, (_, index) => digestOf(`reg.io/other:${index}`)), watches: [] });
  await world.pass(60_000);
  t.deepEqual(world.scans.questions, []);
  await controller.stop();
});

test('news that come while the image is being asked about make one question more', async (t) => {
  const { world, controller } = await running();
  const digests = [digestOf('reg.io/api:1')];
  controller.askAgain({ digests, watches: [] });
  await world.clock.advance(0);
  // The question is under way, and its answer is made when it is over.
  for (let round = 0; round < 100; round += 1) controller.askAgain({ digests, watches: [] });
  await world.pass(60_000);
  t.deepEqual(world.scans.questions, [digests, digests]);
  await controller.stop();
});

test('before the start is over and after the end a notice is harmless', async (t) => {
  const world = new SimulatedCluster();
  world.deploy('api', 'reg.io/api:1', 1);
  world.cluster.apply('production', spec('issues', patient));
  const controller = world.start();
  const notice = { digests: [digestOf('reg.io/api:1')], watches: [] };
  controller.askAgain(notice);
  await world.pass(10_000);
  t.is(world.scans.questions.length, 1);
  await controller.stop();
  controller.askAgain(notice);
  await world.pass(60_000);
  t.is(world.scans.questions.length, 1);
});
