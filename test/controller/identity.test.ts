// The controller and multi-platform images: whose manifests are judged, what is remembered of them, and what waits for a registry.
import test from 'ava';
import { readMemory } from '../../src/actions/memory.ts';
import { content, issue, license } from '../builders/fact.ts';
import { MemoryRegistry } from '../builders/memory-registry.ts';
import { container, digestOf, node, pod } from '../builders/objects.ts';
import { hourMs, minuteMs, SimulatedCluster, spec } from './simulated-cluster.ts';

const image = 'reg.io/shop/api:1';
const index = digestOf(image);
const secondMs = 1000;

/** api runs an index of two platforms on one amd64 node; Xray knows the amd64 manifest only, and finds something in it. */
function multiPlatform(given: { replicas?: number } = {}) {
  const world = new SimulatedCluster();
  const registry = new MemoryRegistry();
  world.registry = registry;
  registry.setIndex(index, { 'linux/amd64': digestOf('amd64'), 'linux/arm64': digestOf('arm64') });
  world.scans.set(image, 'unscanned');
  world.scans.set('amd64', 'XRAY-1');
  world.deploy('api', image, given.replicas ?? 3);
  return { world, registry };
}

const remembered = (world: SimulatedCluster): readonly string[] =>
  readMemory(world.cluster.controller('uid-api')).memory?.record?.digests.map(({ digest }) => digest) ?? [];

test('a platform’s manifest is judged where the runtime reports the index, and it is what the status and the record name', async (t) => {
  const { world, registry } = multiPlatform();
  world.cluster.apply('production', spec('issues'));
  const controller = world.start();
  await world.pass(minuteMs);
  t.is(world.replicas('api'), 0);
  t.deepEqual(remembered(world), [digestOf('amd64')]);
  t.deepEqual(
    world.status('production')?.violations?.map(({ image: ref, digest, message }) => [ref, digest, message]),
    [[image, digestOf('amd64'), 'XRAY-1']],
  );
  t.deepEqual(registry.questions, [`reg.io/shop/api ${index}`]);
  await controller.stop();
});

test('an index of which Xray gives an empty answer clears nothing: its manifest counts', async (t) => {
  const { world } = multiPlatform();
  world.scans.set(image, 'clean');
  world.cluster.apply('production', spec('issues'));
  const controller = world.start();
  await world.pass(minuteMs);
  t.deepEqual([world.replicas('api'), remembered(world)], [0, [digestOf('amd64')]]);
  await controller.stop();
});

test('nothing is decided before the registry has answered, and a clean manifest then passes', async (t) => {
  const { world, registry } = multiPlatform();
  world.scans.set('amd64', 'clean');
  const release = registry.hold();
  world.cluster.apply('production', spec('unscanned'));
  const controller = world.start();
  await world.pass(10 * minuteMs);
  t.deepEqual([world.actions(), world.status('production')?.totals?.undecided], [[], 1]);
  t.is(world.condition('production', 'FactsFresh')?.split(' ')[0], 'True');
  release();
  await world.pass(minuteMs);
  t.deepEqual([world.actions(), world.status('production')?.totals], [[], world.status('production')?.totals]);
  t.like(world.status('production')?.totals, { undecided: 0, violating: 0, evaluated: 1 });
  await controller.stop();
});

test('on nodes of two platforms one reference is two images, each judged by itself', async (t) => {
  const { world } = multiPlatform();
  world.cluster.put(node({ name: 'node-2', architecture: 'arm64' }));
  world.nodeOf = (pod) => `node-${(pod % 2) + 1}`;
  world.deploy('two', image, 2);
  world.scans.set('amd64', 'clean');
  world.scans.set('arm64', 'XRAY-2');
  world.cluster.apply('production', spec('issues'));
  const controller = world.start();
  await world.pass(minuteMs);
  t.deepEqual([world.replicas('api'), world.replicas('two')], [3, 0]);
  const digests = readMemory(world.cluster.controller('uid-two')).memory?.record?.digests.map(({ digest }) => digest);
  t.deepEqual([...(digests ?? [])].sort(), [digestOf('amd64'), digestOf('arm64')].sort());
  await controller.stop();
});

test('a node that has not been seen, or for whose platform there is no manifest, leaves the workload alone until that changes', async (t) => {
  const { world } = multiPlatform();
  world.cluster.remove('uid-node-node-1');
  world.cluster.apply('production', spec('issues'));
  const controller = world.start();
  await world.pass(10 * minuteMs);
  t.deepEqual([world.actions(), world.status('production')?.totals?.undecided], [[], 1]);
  world.cluster.put(node({ architecture: 's390x' }));
  await world.pass(10 * minuteMs);
  t.deepEqual([world.actions(), world.status('production')?.totals?.undecided], [[], 1]);
  world.cluster.put(node());
  await world.pass(minuteMs);
  t.is(world.replicas('api'), 0);
  await controller.stop();
});

test('a heartbeat of a node costs nothing', async (t) => {
  const { world } = multiPlatform();
  world.scans.set('amd64', 'clean');
  world.cluster.apply('production', spec('later'));
  const controller = world.start();
  await world.pass(minuteMs);
  const before = world.rules.evaluations.length;
  for (let beat = 0; beat < 10; beat += 1) {
    world.cluster.put(node());
    await world.pass(secondMs);
  }
  t.is(world.rules.evaluations.length, before);
  await controller.stop();
});

test('a controller that starts while api is at zero holds it there, whatever is not known yet, and remembers no other digest', async (t) => {
  const { world, registry } = multiPlatform();
  world.cluster.apply('production', spec('issues'));
  const first = world.start();
  await world.pass(minuteMs);
  // The pods are still there when the first one crashes.
  await first.stop();
  const writes = world.actions().length;
  registry.hold();
  const second = world.start();
  await world.pass(20 * minuteMs);
  world.converge();
  await world.pass(hourMs);
  t.deepEqual([world.replicas('api'), remembered(world), world.actions().length], [0, [digestOf('amd64')], writes]);
  await second.stop();
  world.scans.isDown = true;
  const third = world.start();
  await world.pass(hourMs);
  t.deepEqual([world.replicas('api'), remembered(world), world.actions().length], [0, [digestOf('amd64')], writes]);
  await third.stop();
});

test('scaled up by somebody while the registry hangs, it waits, and goes to zero again for the manifest that is remembered, and no other', async (t) => {
  const { world, registry } = multiPlatform();
  world.cluster.apply('production', spec('issues'));
  const first = world.start();
  await world.pass(minuteMs);
  world.converge();
  await first.stop();
  const release = registry.hold();
  world.edit('api', { replicas: 2 });
  world.converge();
  const second = world.start();
  await world.pass(5 * minuteMs);
  // The rule names the reference, of which one digest is not known yet.
  t.deepEqual([world.replicas('api'), remembered(world)], [2, [digestOf('amd64')]]);
  release();
  await world.pass(2 * minuteMs);
  t.deepEqual([world.replicas('api'), remembered(world)], [0, [digestOf('amd64')]]);
  await second.stop();
});

test('what is at zero comes back once its manifest is clean, though Xray still knows nothing of the index', async (t) => {
  const { world } = multiPlatform();
  world.cluster.apply('production', spec('issues'));
  const controller = world.start();
  await world.pass(minuteMs);
  world.converge();
  world.scans.set('amd64', 'clean');
  await world.pass(20 * minuteMs);
  t.is(world.replicas('api'), 3);
  await controller.stop();
});

test('a manifest that Xray does not know is unscanned, and while the registry is down it stays open which', async (t) => {
  const { world, registry } = multiPlatform();
  registry.set(index, { kind: 'manifest', digest: index });
  registry.isDown = true;
  world.cluster.apply('production', spec('unscanned', { mode: 'DryRun' }));
  const controller = world.start();
  await world.pass(minuteMs);
  // This rule does not ask what kind of digest it is; the library's does.
  t.is(world.status('production')?.totals?.violating, 1);
  registry.isDown = false;
  await world.pass(20 * minuteMs);
  t.is(world.status('production')?.totals?.violating, 1);
  t.is(new Set(registry.questions).size, 1);
  await controller.stop();
});

test('an index whose digest was remembered before there was a registry is its manifest afterwards', async (t) => {
  const { world, registry } = multiPlatform();
  world.registry = undefined;
  world.cluster.apply('production', spec('unscanned'));
  const first = world.start();
  await world.pass(minuteMs);
  t.deepEqual([world.replicas('api'), remembered(world)], [0, [index]]);
  world.converge();
  await first.stop();
  world.registry = registry;
  const second = world.start();
  await world.pass(20 * minuteMs);
  // Its manifest was scanned: the rule no longer objects.
  t.is(world.replicas('api'), 3);
  await second.stop();
});

test('a pod that waits to be pulled is judged by what its tag stands for on its node', async (t) => {
  const { world, registry } = multiPlatform();
  world.imageIdOf = () => '';
  registry.setIndex('1', { 'linux/amd64': digestOf('amd64') }, index);
  world.deploy('waiting', image, 2);
  world.cluster.apply('production', spec('issues'));
  const controller = world.start();
  await world.pass(secondMs);
  t.is(world.replicas('waiting'), 2);
  await world.pass(minuteMs);
  t.is(world.replicas('waiting'), 0);
  const [digest] = readMemory(world.cluster.controller('uid-waiting')).memory?.record?.digests ?? [];
  t.is(digest?.digest, digestOf('amd64'));
  await controller.stop();
});

test('a pod that waits for a tag that cannot be resolved is undecided and says why, until it runs', async (t) => {
  const { world, registry } = multiPlatform();
  world.cluster.remove('uid-api');
  world.imageIdOf = () => '';
  registry.set('1', { kind: 'absent', reason: 'reg.io has no shop/api 1' });
  world.deploy('waiting', image, 1);
  world.cluster.apply('production', spec('issues'));
  const controller = world.start();
  await world.pass(minuteMs);
  t.deepEqual(world.actions(), []);
  const reasons = JSON.stringify(world.cluster.policy('production')?.status);
  t.true(reasons.includes(`${image} waits to be pulled; its tag could not be resolved: reg.io has no shop/api 1`), reasons);
  await controller.stop();
});

test('a running pod is never judged by its tag', async (t) => {
  const { world, registry } = multiPlatform();
  registry.set('1', { kind: 'manifest', digest: digestOf('moved') });
  world.scans.set('amd64', 'clean');
  world.scans.set('moved', 'XRAY-9');
  world.cluster.apply('production', spec('issues'));
  const controller = world.start();
  await world.pass(hourMs);
  t.deepEqual(world.actions(), []);
  t.false(registry.questions.some((question) => question.endsWith(' 1')));
  await controller.stop();
});

test('one that the runtime knows by its configuration is judged by its tag only where that stands for the same configuration', async (t) => {
  for (const [config, replicas] of [
    [digestOf('config'), 0],
    [digestOf('other'), 3],
    [undefined, 3],
  ] as const) {
    const { world, registry } = multiPlatform();
    world.imageIdOf = () => digestOf('config');
    registry.setIndex('1', { 'linux/amd64': digestOf('amd64') }, index);
    registry.set(digestOf('amd64'), { kind: 'manifest', digest: digestOf('amd64'), ...(config === undefined ? {} : { config }) });
    world.deploy('imported', image, 3);
    world.cluster.apply('production', spec('issues'));
    const controller = world.start();
    await world.pass(minuteMs);
    t.is(world.replicas('imported'), replicas, config);
    await controller.stop();
  }
});

test('without a registry everything is judged by the digests that runtimes report', async (t) => {
  const { world } = multiPlatform();
  world.registry = undefined;
  world.cluster.apply('production', spec('unscanned'));
  const controller = world.start();
  await world.pass(minuteMs);
  t.deepEqual([world.replicas('api'), remembered(world)], [0, [index]]);
  await controller.stop();
});

test('an empty answer of Xray clears nothing while the registry is down, which every part of the status shows', async (t) => {
  const { world, registry } = multiPlatform();
  registry.isDown = true;
  world.scans.set(image, 'clean');
  world.cluster.apply('production', spec('issues', { facts: { maxAge: '24h' } }));
  const controller = world.start();
  await world.pass(5 * minuteMs);
  t.deepEqual([world.replicas('api'), world.status('production')?.totals?.undecided], [3, 1]);
  t.deepEqual(
    [world.condition('production', 'Ready'), world.condition('production', 'FactsFresh')],
    ['True EvaluatedWithGaps', 'False ImagesUnavailable'],
  );
  registry.isDown = false;
  await world.pass(20 * minuteMs);
  t.is(world.replicas('api'), 0);
  await controller.stop();
});

test('a tag that moves just before a pod is made is asked again: the image that it stood for before is not judged', async (t) => {
  const { world, registry } = multiPlatform();
  world.cluster.remove('uid-api');
  world.imageIdOf = () => '';
  registry.set('1', { kind: 'manifest', digest: digestOf('old') });
  world.scans.set('old', 'XRAY-1');
  const createdAt = new Date(world.clock.now().getTime() - minuteMs);
  world.cluster.put(pod({ name: 'waits', createdAt, containers: [container({ image, imageID: '' })] }));
  world.cluster.apply('production', spec('issues', { facts: { maxAge: '24h' } }));
  const controller = world.start();
  await world.pass(3 * secondMs);
  registry.set('1', { kind: 'manifest', digest: digestOf('new') });
  await world.pass(secondMs);
  world.deploy('waiting', image, 2);
  await world.pass(hourMs);
  t.deepEqual([world.replicas('waiting'), world.actions()], [2, []]);
  t.true(registry.questions.filter((question) => question === 'reg.io/shop/api 1').length >= 2);
  await controller.stop();
});

test('what Xray has forgotten since it went to zero is not started again by a controller that never knew it', async (t) => {
  const { world } = multiPlatform();
  world.registry = undefined;
  world.scans.set(image, 'XRAY-1');
  world.cluster.apply('production', spec('issues', { facts: { maxAge: '24h' } }));
  const first = world.start();
  await world.pass(minuteMs);
  world.converge();
  await first.stop();
  world.scans.set(image, 'unscanned');
  const second = world.start();
  await world.pass(hourMs);
  t.is(world.replicas('api'), 0);
  t.is(world.actions().length, 1);
  world.scans.set(image, 'clean');
  await world.pass(20 * minuteMs + 24 * hourMs);
  t.is(world.replicas('api'), 3);
  await second.stop();
});

test('a clock that is set back by an hour while a first answer is awaited makes nobody wait for an hour', async (t) => {
  const { world, registry } = multiPlatform();
  registry.hold();
  world.cluster.apply('production', spec('issues'));
  const controller = world.start();
  await world.pass(100);
  t.is(world.rules.evaluations.length, 0);
  await world.clock.advance(-hourMs);
  world.edit('api', { annotations: { note: 'changed' } });
  await world.pass(5 * secondMs);
  t.is(world.rules.evaluations.length, 1);
  await controller.stop();
});

test('an index for which Xray comes to know a licence, or a lesser issue, does not make the finding in its manifest go away', async (t) => {
  for (const found of [content({ licenses: [license()] }), content({ issues: [issue({ id: 'XRAY-7' })] })]) {
    const { world } = multiPlatform();
    const facts = { maxAge: '2m' };
    world.cluster.apply('production', spec('issues', { mode: 'DryRun', facts }));
    const controller = world.start();
    await world.pass(2 * minuteMs);
    world.scans.say(index, { kind: 'scanned', content: found });
    await world.pass(3 * hourMs);
    const digests = world.status('production')?.violations?.map(({ digest }) => digest);
    t.deepEqual(
      digests?.filter((digest) => digest !== index),
      [digestOf('amd64')],
    );
    t.is(digests?.includes(index), found.issues.length > 0);
    await controller.stop();
  }
});

test('on nodes of several platforms a remembered index comes back once the manifest of each is clean', async (t) => {
  const { world, registry } = multiPlatform();
  registry.isDown = true;
  world.cluster.put(node({ name: 'node-2', architecture: 'arm64' }));
  world.scans.set('arm64', 'XRAY-2');
  world.scans.set(image, 'unscanned');
  world.cluster.apply('production', spec('unscanned'));
  const controller = world.start();
  await world.pass(minuteMs);
  world.converge();
  t.deepEqual([world.replicas('api'), remembered(world)], [0, [index]]);
  registry.isDown = false;
  world.scans.set('arm64', 'unscanned');
  await world.pass(hourMs);
  t.is(world.replicas('api'), 0);
  world.scans.set('arm64', 'clean');
  await world.pass(hourMs);
  t.is(world.replicas('api'), 3);
  await controller.stop();
});

test('what went to zero for what its tag stood for, before it ran, comes back when the tag stands for a clean image', async (t) => {
  const { world, registry } = multiPlatform();
  world.cluster.remove('uid-api');
  world.imageIdOf = () => '';
  registry.set('1', { kind: 'manifest', digest: digestOf('old') });
  world.scans.set('old', 'XRAY-1');
  world.deploy('waiting', image, 2);
  world.cluster.apply('production', spec('issues'));
  const controller = world.start();
  await world.pass(minuteMs);
  world.converge();
  await world.pass(hourMs);
  t.is(world.replicas('waiting'), 0);
  registry.set('1', { kind: 'manifest', digest: digestOf('new') });
  await world.pass(hourMs);
  t.is(world.replicas('waiting'), 2);
  await controller.stop();
});
