// What violations of Xray's watches start and end: what appears is acted on, what vanishes is given back late, and nothing unknown does either. On the
// simulated cluster.
import test from 'ava';
import type { WatchRow } from '../../src/facts/watch-source.ts';
import { digestOf } from '../builders/objects.ts';
import { watchRow } from '../builders/watch-row.ts';
import { hourMs, minuteMs, SimulatedCluster, spec } from './simulated-cluster.ts';

const api = 'reg.io/shop/api:1.4';
const apiPath = 'docker-local/shop/api/1.4';
/** All facts and watches are asked whole every half an hour. */
const facts = (watches: readonly string[]) => ({ facts: { maxAge: '1h', watches } });

function say(world: SimulatedCluster, watch: string, rows: readonly WatchRow[]): void {
  const own = rows.map((row) => ({ ...row, violations: row.violations.map((violation) => ({ ...violation, watch })) }));
  world.watches.set(watch, { kind: 'complete', rows: own });
}

/** api lies where the rows of `watchRow` are about; web lies elsewhere. The watches are known, and found nothing yet. */
function shop(...watches: readonly string[]): SimulatedCluster {
  const world = new SimulatedCluster();
  for (const watch of watches) say(world, watch, []);
  world.scans.paths.set(digestOf(api), [apiPath]);
  world.scans.paths.set(digestOf('reg.io/shop/web:1'), ['docker-local/shop/web/1']);
  world.deploy('api', api, 3);
  world.deploy('web', 'reg.io/shop/web:1', 2);
  return world;
}

const replicas = (world: SimulatedCluster): readonly number[] => [world.replicas('api'), world.replicas('web')];

test('a violation that appears takes its image to zero with the next poll, and no other', async (t) => {
  const world = shop('prod');
  world.cluster.apply('production', spec('violations', facts(['prod'])));
  const controller = world.start();
  await world.pass(minuteMs);
  t.deepEqual(replicas(world), [3, 2]);
  say(world, 'prod', [watchRow({ key: 'a' })]);
  await world.pass(minuteMs + 1000);
  t.deepEqual(replicas(world), [0, 2]);
  t.deepEqual(
    world.status('production')?.violations?.map(({ image, message }) => [image, message]),
    [[api, 'XRAY-100']],
  );
  await controller.stop();
});

test('a notice that names the watch has it asked at once', async (t) => {
  const world = shop('prod');
  world.cluster.apply('production', spec('violations', facts(['prod'])));
  const controller = world.start();
  // Half a minute before the next poll.
  await world.pass(minuteMs / 2);
  say(world, 'prod', [watchRow({ key: 'a' })]);
  controller.askAgain({ digests: [], watches: ['prod'] });
  await world.pass(100);
  t.deepEqual(replicas(world), [0, 2]);
  await controller.stop();
});

test('a violation that vanishes gives back only after two whole answers without it, five minutes apart', async (t) => {
  const world = shop('prod');
  say(world, 'prod', [watchRow({ key: 'a' })]);
  world.cluster.apply('production', spec('violations', facts(['prod'])));
  const controller = world.start();
  await world.pass(minuteMs);
  world.converge();
  await world.pass(minuteMs);
  t.is(world.replicas('api'), 0);
  say(world, 'prod', []);
  // Until the next whole answer the polls do not tell; then it is missing once.
  await world.pass(30 * minuteMs);
  t.is(world.replicas('api'), 0);
  await world.pass(4 * minuteMs);
  t.is(world.replicas('api'), 3);
  await controller.stop();
});

test('a violation that comes back before it is confirmed to be gone holds the workload', async (t) => {
  const world = shop('prod');
  say(world, 'prod', [watchRow({ key: 'a' })]);
  world.cluster.apply('production', spec('violations', facts(['prod'])));
  const controller = world.start();
  await world.pass(minuteMs);
  world.converge();
  say(world, 'prod', []);
  await world.pass(31 * minuteMs);
  say(world, 'prod', [watchRow({ key: 'a' })]);
  await world.pass(3 * hourMs);
  t.is(world.replicas('api'), 0);
  t.is(world.actions().length, 1);
  await controller.stop();
});

test('while a watch is not known nothing is acted on and nothing is given back', async (t) => {
  const world = shop('prod');
  world.watches.set('prod', { kind: 'unavailable', reason: 'Xray answered 503' });
  world.cluster.apply('production', spec('violations', facts(['prod'])));
  const first = world.start();
  await world.pass(hourMs);
  t.deepEqual(world.actions(), []);
  t.is(world.status('production')?.totals?.undecided, 2);
  t.is(world.condition('production', 'FactsFresh'), 'False WatchesUnavailable');
  say(world, 'prod', [watchRow({ key: 'a' })]);
  await world.pass(2 * minuteMs);
  t.is(world.replicas('api'), 0);
  t.is(world.condition('production', 'FactsFresh'), 'True AllImagesKnown');
  world.converge();
  await first.stop();
  // The next process never hears of it: what the last one did stays.
  world.watches.set('prod', { kind: 'unavailable', reason: 'Xray answered 503' });
  const second = world.start();
  await world.pass(3 * hourMs);
  t.is(world.replicas('api'), 0);
  await second.stop();
});

test('an outage of the watches alone keeps what is known until it is too old, and says so then', async (t) => {
  const world = shop('prod');
  say(world, 'prod', [watchRow({ key: 'a' })]);
  world.cluster.apply('production', spec('violations', facts(['prod'])));
  const controller = world.start();
  await world.pass(minuteMs);
  world.watches.set('prod', { kind: 'unavailable', reason: 'Xray answered 503' });
  await world.pass(50 * minuteMs);
  t.is(world.condition('production', 'FactsFresh'), 'True AllImagesKnown');
  t.is(world.status('production')?.totals?.violating, 1);
  await world.pass(11 * minuteMs);
  t.is(world.condition('production', 'FactsFresh'), 'False WatchesUnavailable');
  t.deepEqual([world.status('production')?.totals?.violating, world.status('production')?.totals?.undecided], [0, 2]);
  t.is(world.replicas('api'), 0);
  await controller.stop();
});

test('policies with different watches find the violations of their own, and one without any finds none', async (t) => {
  const world = shop('east', 'west');
  say(world, 'east', [watchRow({ key: 'a' })]);
  say(world, 'west', [watchRow({ key: 'b', paths: ['docker-local/shop/web/1'] })]);
  world.cluster.apply('of-east', spec('violations', { ...facts(['east']), mode: 'DryRun' }));
  world.cluster.apply('of-west', spec('violations', { ...facts(['west']), mode: 'DryRun' }));
  world.cluster.apply('of-both', spec('violations', { ...facts(['west', 'east']), mode: 'DryRun' }));
  world.cluster.apply('of-none', spec('violations', { mode: 'DryRun' }));
  const controller = world.start();
  await world.pass(minuteMs);
  t.deepEqual(world.rows('of-east'), ['api bad WouldAct']);
  t.deepEqual(world.rows('of-west'), ['web bad WouldAct']);
  t.deepEqual(world.rows('of-both'), ['api bad WouldAct', 'web bad WouldAct']);
  t.deepEqual([world.rows('of-none'), world.status('of-none')?.totals?.undecided], [[], 0]);
  await controller.stop();
});

test('one of several watches that is not known leaves the rules of its policy undecided, and those of others alone', async (t) => {
  const world = shop('east');
  say(world, 'east', [watchRow({ key: 'a' })]);
  world.scans.set(api, 'XRAY-1');
  const rules = [...Object.values(spec('violations').rules ?? []), { ...Object.values(spec('issues').rules ?? [])[0], name: 'issues' }];
  world.cluster.apply('production', { ...spec('violations', facts(['east', 'gone'])), mode: 'DryRun', rules });
  world.cluster.apply('other', { ...spec('issues'), mode: 'DryRun' });
  const controller = world.start();
  await world.pass(minuteMs);
  t.deepEqual(world.rows('production'), []);
  t.deepEqual(world.rows('other'), ['api bad WouldAct']);
  t.deepEqual(
    world.status('production')?.rules?.map(({ name, violating, undecided }) => [name, violating, undecided]),
    [
      ['bad', 0, 2],
      ['issues', 0, 2],
    ],
  );
  await controller.stop();
});

test('a row that is younger than what tells where the image lies has Xray asked for that, and is acted on then', async (t) => {
  const world = shop('prod');
  world.cluster.apply('production', spec('violations', facts(['prod'])));
  const controller = world.start();
  await world.pass(5.5 * minuteMs);
  world.scans.questions.length = 0;
  say(world, 'prod', [watchRow({ key: 'a', createdAt: world.clock.now() })]);
  controller.askAgain({ digests: [], watches: ['prod'] });
  await world.pass(1000);
  t.deepEqual(world.scans.questions, [[digestOf(api)]]);
  t.deepEqual(replicas(world), [0, 2]);
  await controller.stop();
});

test('a row about a tag that was pushed anew is not about what runs: nothing is acted on', async (t) => {
  const world = shop('prod');
  world.cluster.apply('production', spec('violations', facts(['prod'])));
  const controller = world.start();
  await world.pass(5 * minuteMs);
  // The tag is another image by now; Xray lists what runs where it was copied to.
  world.scans.paths.set(digestOf(api), ['docker-archive/shop/api/1.4']);
  say(world, 'prod', [watchRow({ key: 'a', createdAt: world.clock.now() })]);
  await world.pass(3 * hourMs);
  t.deepEqual(world.actions(), []);
  t.deepEqual(world.rows('production'), []);
  await controller.stop();
});

test('one answer that no longer says where the image lies gives nothing back', async (t) => {
  const world = shop('prod');
  say(world, 'prod', [watchRow({ key: 'a' })]);
  world.cluster.apply('production', spec('violations', facts(['prod'])));
  const controller = world.start();
  await world.pass(minuteMs);
  world.converge();
  world.scans.paths.delete(digestOf(api));
  controller.askAgain({ digests: [digestOf(api)], watches: [] });
  await world.pass(4 * minuteMs);
  t.is(world.replicas('api'), 0);
  world.scans.paths.set(digestOf(api), [apiPath]);
  await world.pass(3 * hourMs);
  t.deepEqual([world.replicas('api'), world.actions().length], [0, 1]);
  await controller.stop();
});

test('after a restart one whole answer without the violation gives nothing back', async (t) => {
  const world = shop('prod');
  say(world, 'prod', [watchRow({ key: 'a' })]);
  world.cluster.apply('production', spec('violations', facts(['prod'])));
  const first = world.start();
  await world.pass(minuteMs);
  world.converge();
  await first.stop();
  const other = watchRow({ key: 'b', paths: ['docker-local/other/1'] });
  say(world, 'prod', [other]);
  const second = world.start();
  await world.pass(minuteMs);
  // Too old for the polls to ask for it.
  say(world, 'prod', [other, watchRow({ key: 'a', createdAt: new Date('2026-01-01T00:00:00Z') })]);
  await world.pass(3 * hourMs);
  t.deepEqual([world.replicas('api'), world.actions().length], [0, 1]);
  await second.stop();
});

test('after a restart a violation that is gone for good is given back once two whole answers have said so', async (t) => {
  const world = shop('prod');
  say(world, 'prod', [watchRow({ key: 'a' })]);
  world.cluster.apply('production', spec('violations', facts(['prod'])));
  const first = world.start();
  await world.pass(minuteMs);
  world.converge();
  await first.stop();
  say(world, 'prod', [watchRow({ key: 'b', paths: ['docker-local/other/1'] })]);
  const second = world.start();
  await world.pass(4 * minuteMs);
  t.is(world.replicas('api'), 0);
  await world.pass(hourMs);
  t.is(world.replicas('api'), 3);
  await second.stop();
});
