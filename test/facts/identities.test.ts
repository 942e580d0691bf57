// What registries are asked, when, and how often; what is told to whom; and what a hanging or failing registry does to the rest.
import test from 'ava';
import { Identities } from '../../src/facts/identities.ts';
import type { ImageQuestion } from '../../src/facts/identity.ts';
import { simulatedClock } from '../builders/clock.ts';
import { MemoryRegistry } from '../builders/memory-registry.ts';
import { digestOf } from '../builders/objects.ts';

const secondMs = 1000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const start = new Date('2026-11-23T10:00:00Z');
const later = (ms: number): Date => new Date(start.getTime() + ms);
const [a, b] = [digestOf('a'), digestOf('b')];
const about = (reference: string, given: Partial<ImageQuestion> = {}): ImageQuestion => ({
  ...{ registry: 'reg.io', repository: 'shop/api', reference },
  ...given,
});

function setUp() {
  const clock = simulatedClock(start);
  const registry = new MemoryRegistry();
  const told: string[] = [];
  const identities = new Identities({ registry, clock, onChange: (users) => told.push(users.join(' ')) });
  return { clock, registry, told, identities };
}

test('without a registry nothing is known and nothing is asked', async (t) => {
  const clock = simulatedClock(start);
  const identities = new Identities({ registry: undefined, clock, onChange: () => t.fail() });
  identities.use('first', [about(a)]);
  t.is(identities.of(about(a)), undefined);
  t.deepEqual(clock.pendingMs(), []);
});

test('a digest is asked once, however many use it, and never again', async (t) => {
  const { clock, registry, told, identities } = setUp();
  registry.setIndex(a, { 'linux/amd64': b });
  identities.use('first', [about(a)]);
  identities.use('second', [about(a)]);
  t.deepEqual(identities.of(about(a)), { kind: 'asking', reason: 'the registry reg.io is being asked' });
  await clock.advance(secondMs);
  t.deepEqual(identities.of(about(a)), {
    ...{ kind: 'index', digest: a },
    manifests: [{ digest: b, platform: { os: 'linux', architecture: 'amd64', variant: '' } }],
  });
  t.deepEqual([registry.questions, told], [[`reg.io/shop/api ${a}`], ['first second']]);
  await clock.advance(30 * 24 * hourMs);
  identities.use('third', [about(a)]);
  t.deepEqual([registry.questions.length, told.length, clock.pendingMs()], [1, 1, []]);
});

test('the same digest in two places is two questions: what one says of it binds nobody else', async (t) => {
  const { clock, registry, identities } = setUp();
  identities.use('first', [about(a), about(a, { repository: 'copy/api' })]);
  await clock.advance(secondMs);
  t.deepEqual(registry.questions, [`reg.io/shop/api ${a}`, `reg.io/copy/api ${a}`]);
});

test('after a failure it is unknown with the reason, and asked again after 5 s, then less and less often, up to ten minutes', async (t) => {
  const { clock, registry, told, identities } = setUp();
  registry.isDown = true;
  identities.use('first', [about(a)]);
  await clock.advance(secondMs);
  t.deepEqual(identities.of(about(a)), { kind: 'unknown', reason: 'reg.io answered 503' });
  const asked: number[] = [];
  for (const seconds of [5, 10, 20, 40, 80, 160, 320, 600, 600, 600]) {
    await clock.advance(seconds * secondMs);
    asked.push(registry.questions.length);
  }
  t.deepEqual(asked, [2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  t.deepEqual(told, ['first']);
  registry.isDown = false;
  await clock.advance(10 * minuteMs);
  t.deepEqual([identities.of(about(a))?.kind, told], ['manifest', ['first', 'first']]);
});

test('a registry that throws, and one that knows no such image, could not tell', async (t) => {
  const { clock, registry, identities } = setUp();
  registry.set(a, new Error('connect ECONNREFUSED'));
  registry.set(b, { kind: 'absent', reason: 'reg.io has no such image' });
  identities.use('first', [about(a), about(b)]);
  await clock.advance(secondMs);
  t.deepEqual(identities.of(about(a)), { kind: 'unknown', reason: 'connect ECONNREFUSED' });
  t.deepEqual(identities.of(about(b)), { kind: 'unknown', reason: 'reg.io has no such image' });
});

test('what is unused for an hour is forgotten, and within the hour it is known at once', async (t) => {
  const { clock, registry, told, identities } = setUp();
  identities.use('first', [about(a)]);
  await clock.advance(secondMs);
  identities.release('first');
  await clock.advance(50 * minuteMs);
  identities.use('second', [about(a)]);
  t.is(identities.of(about(a))?.kind, 'manifest');
  identities.release('second');
  await clock.advance(2 * hourMs);
  identities.use('third', [about(b)]);
  t.deepEqual(identities.of(about(a))?.kind, 'asking');
  identities.use('third', [about(a)]);
  await clock.advance(secondMs);
  t.deepEqual([registry.questions.length, told], [2, ['first', 'third']]);
});

test('no more than five thousand unused answers are kept, the latest', async (t) => {
  const { clock, registry, identities } = setUp();
  for (let index = 0; index < 5_010; index += 1) identities.use(`user ${index}`, [about(digestOf(`image ${index}`))]);
  await clock.advance(secondMs);
  for (let index = 0; index < 5_010; index += 1) identities.release(`user ${index}`);
  t.is(registry.questions.length, 5_010);
  t.is(identities.of(about(digestOf('image 9')))?.kind, 'asking');
  t.is(identities.of(about(digestOf('image 10')))?.kind, 'manifest');
});

test('an answer about what was dropped meanwhile is told to nobody, also when it is used again', async (t) => {
  const { clock, registry, told, identities } = setUp();
  const release = registry.hold();
  identities.use('first', [about(a)]);
  await clock.advance(secondMs);
  identities.release('first');
  identities.use('second', [about(a)]);
  t.is(identities.of(about(a))?.kind, 'asking');
  release();
  await clock.advance(secondMs);
  t.deepEqual([identities.of(about(a))?.kind, told, registry.questions.length], ['manifest', ['second'], 2]);
});

test('a registry that hangs is asked four things at once and keeps no other waiting', async (t) => {
  const { clock, registry, identities } = setUp();
  registry.hold();
  identities.use(
    'many',
    Array.from({ length: 20 }, (_, index) => about(digestOf(`image ${index}`))),
  );
  await clock.advance(secondMs);
  t.is(registry.pending, 4);
  identities.use('other', [about(a, { registry: 'other.io' })]);
  await clock.advance(secondMs);
  t.deepEqual([registry.pending, registry.questions.at(-1)], [5, `other.io/shop/api ${a}`]);
});

/** Questions about `count` registries of which nothing was heard before. */
const strangers = (count: number): readonly ImageQuestion[] =>
  Array.from({ length: count }, (_, index) => about(a, { registry: `host-${index}.example` }));

test('a pod that names hundreds of hanging registries keeps one that has answered before waiting for nothing', async (t) => {
  const { clock, registry, identities } = setUp();
  identities.use('first', [about(a)]);
  await clock.advance(secondMs);
  registry.hold();
  identities.use('hostile', strangers(300));
  await clock.advance(secondMs);
  t.is(registry.pending, 16);
  identities.use('second', [about(b)]);
  await clock.advance(secondMs);
  t.deepEqual([registry.pending, registry.questions.at(-1)], [17, `reg.io/shop/api ${b}`]);
});

test('of registries that never answered, those that most workloads name are asked first', async (t) => {
  const { clock, registry, identities } = setUp();
  registry.hold();
  identities.use('hostile', strangers(300));
  for (const user of ['first', 'second']) identities.use(user, [about(a)]);
  await clock.advance(secondMs);
  t.is(registry.questions[0], `reg.io/shop/api ${a}`);
});

test('a registry that has never answered is asked in time, whatever the others do', async (t) => {
  const { clock, registry, identities } = setUp();
  registry.isDown = true;
  identities.use('hostile', strangers(300));
  await clock.advance(secondMs);
  t.deepEqual(identities.counts(), { manifest: 0, index: 0, asking: 0, unknown: 300 });
  // To have failed is not to have answered.
  registry.hold();
  await clock.advance(minuteMs);
  t.is(registry.pending, 16);
});

test('what waits for its turn is asked as soon as one is answered', async (t) => {
  const { clock, registry, identities } = setUp();
  const release = registry.hold();
  identities.use(
    'many',
    Array.from({ length: 20 }, (_, index) => about(digestOf(`image ${index}`))),
  );
  await clock.advance(secondMs);
  release();
  await clock.advance(secondMs);
  t.deepEqual(identities.counts(), { manifest: 20, index: 0, asking: 0, unknown: 0 });
});

test('a tag is asked five seconds after the pod was made, for which most pods wait no longer', async (t) => {
  const { clock, registry, told, identities } = setUp();
  registry.set('1.4', { kind: 'manifest', digest: a });
  identities.use('quick', [about('1.4', { since: start })]);
  await clock.advance(secondMs);
  identities.release('quick');
  await clock.advance(hourMs);
  t.deepEqual(registry.questions, []);
  identities.use('slow', [about('1.4', { since: clock.now() })]);
  await clock.advance(4 * secondMs);
  t.is(identities.of(about('1.4', { since: start }))?.kind, 'asking');
  await clock.advance(secondMs);
  t.deepEqual([identities.of(about('1.4', { since: start })), told], [{ kind: 'manifest', digest: a }, ['slow']]);
});

test('the tag of a pod that has waited for long is asked after two seconds', async (t) => {
  const { clock, registry } = setUp();
  const identities = new Identities({ registry, clock, onChange: () => undefined });
  identities.use('first', [about('1.4', { since: later(-hourMs) })]);
  await clock.advance(2 * secondMs - 1);
  t.deepEqual(registry.questions, []);
  await clock.advance(1);
  t.deepEqual(registry.questions, ['reg.io/shop/api 1.4']);
});

test('while a pod waits its tag is asked again after 1, 2, 5, 10 and then every 30 minutes', async (t) => {
  const { clock, registry, identities } = setUp();
  registry.set('1.4', { kind: 'manifest', digest: a });
  identities.use('first', [about('1.4', { since: start })]);
  await clock.advance(5 * secondMs);
  const asked: number[] = [];
  for (const minutes of [1, 2, 5, 10, 30, 30, 30]) {
    await clock.advance(minutes * minuteMs);
    asked.push(registry.questions.length);
  }
  t.deepEqual(asked, [2, 3, 4, 5, 6, 7, 8]);
  registry.set('1.4', { kind: 'manifest', digest: b });
  await clock.advance(30 * minuteMs);
  t.deepEqual(identities.of(about('1.4', { since: start })), { kind: 'manifest', digest: b });
});

test('a tag that was asked before a pod was made counts for nothing to that pod: it may have been moved', async (t) => {
  const { clock, registry, told, identities } = setUp();
  registry.set('1.4', { kind: 'manifest', digest: a });
  identities.use('first', [about('1.4', { since: start })]);
  await clock.advance(minuteMs / 2);
  registry.set('1.4', { kind: 'manifest', digest: b });
  const second = about('1.4', { since: later(minuteMs / 2) });
  identities.use('second', [second]);
  t.is(identities.of(second)?.kind, 'asking');
  t.deepEqual(identities.of(about('1.4', { since: start })), { kind: 'manifest', digest: a });
  await clock.advance(5 * secondMs);
  t.deepEqual(identities.of(second), { kind: 'manifest', digest: b });
  t.deepEqual(told, ['first', 'first second']);
});

test('a tag counts for a pod only when it was asked five seconds after the pod was made, by whichever clock', async (t) => {
  const { clock, registry, identities } = setUp();
  registry.set('1.4', { kind: 'manifest', digest: a });
  identities.use('first', [about('1.4', { since: later(-5 * secondMs) })]);
  await clock.advance(2 * secondMs);
  t.is(identities.of(about('1.4', { since: later(-3 * secondMs) }))?.kind, 'manifest');
  t.is(identities.of(about('1.4', { since: later(-3 * secondMs + 1) }))?.kind, 'asking');
  registry.set('1.4', { kind: 'manifest', digest: b });
  const second = about('1.4', { since: later(2 * secondMs) });
  identities.use('second', [second]);
  await clock.advance(12 * secondMs);
  t.is(identities.of(second)?.kind, 'asking');
  await clock.advance(3 * secondMs);
  t.deepEqual([identities.of(second), registry.questions.length], [{ kind: 'manifest', digest: b }, 2]);
});

test('a tag of which pods are made all the time is asked every 15 seconds at most', async (t) => {
  const { clock, registry, identities } = setUp();
  registry.set('1.4', { kind: 'manifest', digest: a });
  for (let second = 0; second < 300; second += 1) {
    identities.use('jobs', [about('1.4', { since: later(second * secondMs) })]);
    await clock.advance(secondMs);
  }
  t.true(registry.questions.length <= 21, `${registry.questions.length} questions`);
  t.true(registry.questions.length >= 15, `${registry.questions.length} questions`);
});

test('a pod from the future is asked about until our clock has caught up', async (t) => {
  const { clock, registry, identities } = setUp();
  registry.set('1.4', { kind: 'manifest', digest: a });
  const question = about('1.4', { since: later(minuteMs) });
  identities.use('first', [question]);
  await clock.advance(30 * secondMs);
  t.is(identities.of(question)?.kind, 'asking');
  await clock.advance(minuteMs);
  t.is(identities.of(question)?.kind, 'manifest');
  t.true(registry.questions.length <= 6, `${registry.questions.length} questions`);
});

test('once closed it asks nothing, ends what is under way and tells nobody', async (t) => {
  const { clock, registry, told, identities } = setUp();
  registry.hold();
  identities.use('first', [about(a)]);
  await clock.advance(secondMs);
  identities.close();
  await clock.advance(secondMs);
  identities.use('second', [about(b)]);
  await clock.advance(hourMs);
  t.deepEqual([registry.pending, registry.questions.length, told, clock.pendingMs()], [0, 1, [], []]);
});
