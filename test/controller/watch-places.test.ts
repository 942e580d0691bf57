// Whose a violation is that names a place: not that of an image which no longer lies there, and while that is not known nothing passes. On the
// simulated cluster.
import test from 'ava';
import type { WatchRow } from '../../src/facts/watch-source.ts';
import { digestOf } from '../builders/objects.ts';
import { watchRow } from '../builders/watch-row.ts';
import { hourMs, minuteMs, SimulatedCluster, settle, spec } from './simulated-cluster.ts';

const api = 'reg.io/shop/api:1.4';
const apiPath = 'docker-local/shop/api/1.4';
const elsewhere = 'docker-archive/shop/api/1.4';
const facts = { facts: { maxAge: '24h', watches: ['prod'] } };

function say(world: SimulatedCluster, ...rows: readonly WatchRow[]): void {
  world.watches.set('prod', { kind: 'complete', rows });
}

/** api lies at the place of `watchRow`; the watch found nothing yet. */
function shop(): SimulatedCluster {
  const world = new SimulatedCluster();
  say(world);
  world.scans.paths.set(digestOf(api), [apiPath]);
  world.deploy('api', api, 3);
  world.cluster.apply('production', spec('violations', facts));
  return world;
}

const whyUndecided = (world: SimulatedCluster): string =>
  world
    .status('production')
    ?.rules?.flatMap(({ undecidedReasons = [] }) => undecidedReasons)
    .join('\n') ?? '';

test('a tag is pushed anew while the clock of Xray is five minutes behind: what runs is not touched', async (t) => {
  const world = shop();
  const controller = world.start();
  await world.pass(3 * minuteMs);
  world.scans.paths.set(digestOf(api), [elsewhere]);
  say(world, watchRow({ key: 'a', createdAt: new Date(world.clock.now().getTime() - 5 * minuteMs) }));
  await world.pass(3 * minuteMs);
  t.deepEqual([world.replicas('api'), world.actions()], [3, []]);
  t.is(world.status('production')?.totals?.undecided, 0);
  await controller.stop();
});

test('an answer that was asked for before a tag was pushed anew, and comes after, does not say that the image is there', async (t) => {
  const world = shop();
  const { scans } = world.scans;
  const answers: (() => void)[] = [];
  const slow: typeof scans = async (digests, signal) => {
    const answer = await scans(digests, signal);
    await new Promise<void>((resolve) => answers.push(resolve));
    return answer;
  };
  let ask = scans;
  Object.assign(world.scans, { scans: ((digests, signal) => ask(digests, signal)) satisfies typeof scans });
  const controller = world.start();
  await world.pass(3 * minuteMs);
  ask = slow;
  controller.askAgain({ digests: [digestOf(api)], watches: [] });
  await world.pass(1000);
  world.scans.paths.set(digestOf(api), [elsewhere]);
  say(world, watchRow({ key: 'a', createdAt: world.clock.now() }));
  controller.askAgain({ digests: [], watches: ['prod'] });
  await world.pass(2000);
  t.is(answers.length, 1);
  ask = scans;
  for (const answer of answers) answer();
  await settle();
  world.edit('api', { annotations: { touched: 'yes' } });
  await world.pass(10 * minuteMs);
  t.deepEqual([world.replicas('api'), world.actions()], [3, []]);
  t.is(world.status('production')?.totals?.undecided, 0);
  await controller.stop();
});

test('a workload that is held is not given back because its violation changes, though the clock of Xray is ahead', async (t) => {
  const world = shop();
  const controller = world.start();
  await world.pass(3 * minuteMs);
  const row = watchRow({ key: 'a', createdAt: new Date(world.clock.now().getTime() + 10 * minuteMs) });
  say(world, row);
  await world.pass(2 * minuteMs);
  world.converge();
  t.is(world.replicas('api'), 0);
  say(world, { ...row, violations: row.violations.map((one) => ({ ...one, severity: 'critical' })) });
  await world.pass(3 * minuteMs);
  t.deepEqual([world.replicas('api'), world.actions().length], [0, 1]);
  await controller.stop();
});

test('while Xray cannot be asked whether an image still lies where a new violation is, nothing is clean and nothing is done', async (t) => {
  const world = shop();
  const controller = world.start();
  await world.pass(5 * minuteMs);
  t.is(world.status('production')?.totals?.undecided, 0);
  say(world, watchRow({ key: 'a', createdAt: world.clock.now() }));
  world.scans.isDown = true;
  await world.pass(hourMs);
  t.deepEqual([world.replicas('api'), world.status('production')?.totals?.undecided], [3, 1]);
  t.regex(whyUndecided(world), /whether it still lies where the watch prod found new violations is being asked/);
  world.scans.isDown = false;
  await world.pass(5 * minuteMs);
  t.is(world.replicas('api'), 0);
  await controller.stop();
});

test('an image of which Xray does not say where it lies is not clean for rules that read violations, and is for others', async (t) => {
  const world = shop();
  world.scans.paths.delete(digestOf(api));
  say(world, watchRow({ key: 'a' }));
  world.cluster.apply('other', spec('issues', { facts: { maxAge: '24h' } }));
  const controller = world.start();
  await world.pass(5 * minuteMs);
  t.deepEqual([world.replicas('api'), world.status('production')?.totals?.undecided], [3, 1]);
  t.regex(whyUndecided(world), /Xray does not say where it lies/);
  t.is(world.status('other')?.totals?.undecided, 0);
  say(world, watchRow({ key: 'a', digests: [digestOf(api)] }));
  await world.pass(13 * hourMs);
  t.is(world.replicas('api'), 0);
  await controller.stop();
});

test('an image whose tag was overwritten, and that Xray no longer knows, is asked for once for a new violation of its place', async (t) => {
  const world = shop();
  const controller = world.start();
  await world.pass(3 * minuteMs);
  world.scans.set(api, 'unscanned');
  say(world, watchRow({ key: 'a', createdAt: world.clock.now() }));
  await world.pass(5 * minuteMs);
  world.scans.questions.length = 0;
  await world.pass(hourMs);
  t.true(world.scans.questions.length < 4, `${world.scans.questions.length} questions in an hour`);
  t.deepEqual([world.replicas('api'), world.actions()], [3, []]);
  await controller.stop();
});

test('old violations are joined with the first answers about thirty images, which nobody is asked to confirm', async (t) => {
  const world = new SimulatedCluster();
  const names = Array.from({ length: 30 }, (_, index) => `api-${index}`);
  const rows = names.map((name) => {
    const image = `reg.io/shop/${name}:1`;
    world.scans.paths.set(digestOf(image), [`docker-local/shop/${name}/1`]);
    world.deploy(name, image, 1);
    return watchRow({
      key: name,
      paths: [`docker-local/shop/${name}/1`],
      createdAt: new Date(world.clock.now().getTime() - 11 * minuteMs),
    });
  });
  say(world, ...rows);
  world.cluster.apply('production', { ...spec('violations', facts), mode: 'DryRun' });
  const controller = world.start();
  await world.pass(3 * minuteMs);
  t.like(world.status('production')?.totals, { violating: 30, undecided: 0 });
  t.is(world.scans.questions.length, 3);
  await controller.stop();
});

/** Answers with an issue of this name are too long to be remembered: each pass is an evaluation. */
const longIssue = `XRAY-${'1'.repeat(70_000)}`;

test('of a watch that becomes known only the workloads are judged again whose rules need it, and none when it fails and comes back', async (t) => {
  const world = new SimulatedCluster();
  world.watches.set('prod', { kind: 'unavailable', reason: 'Xray answered 503' });
  for (const name of ['shop', 'other']) {
    const image = `reg.io/${name}/api:1`;
    world.scans.set(image, longIssue);
    world.scans.paths.set(digestOf(image), [apiPath]);
    world.deploy(name, image, 1);
  }
  const of = (repository: string) => ({ mode: 'DryRun', match: { images: [`reg.io/${repository}/*`] } });
  const [needs] = Object.values(spec('violations').rules ?? []);
  const [issues] = Object.values(spec('issues').rules ?? []);
  world.cluster.apply('production', { ...spec('none', { ...facts, ...of('shop') }), rules: [needs, { ...issues, name: 'issues' }] });
  // Its rule needs a watch too, but another.
  world.watches.set('east', { kind: 'complete', rows: [] });
  const others = { facts: { maxAge: '24h', watches: ['east'] }, ...of('other') };
  world.cluster.apply('other', { ...spec('none', others), rules: [needs, { ...issues, name: 'issues' }] });
  const controller = world.start();
  await world.pass(3 * minuteMs);
  const whole = () => ['production', 'other'].map((name) => world.status(name)?.totals);
  t.like(whole(), [
    { violating: 0, undecided: 1 },
    { violating: 1, undecided: 0 },
  ]);
  world.rules.evaluations.length = 0;
  say(world);
  await world.pass(2 * minuteMs);
  t.like(whole(), [{ violating: 1, undecided: 0 }, { violating: 1 }]);
  t.deepEqual(world.rules.evaluations, [2]);
  world.watches.set('prod', { kind: 'unavailable', reason: 'Xray answered 503' });
  await world.pass(2 * minuteMs);
  say(world);
  await world.pass(2 * minuteMs);
  t.deepEqual(world.rules.evaluations, [2]);
  await controller.stop();
});
