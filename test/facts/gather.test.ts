// One fact per digest: whom is asked when, what is told to whom, and what a hanging or failing source does to the rest.
import test from 'ava';
import { Facts } from '../../src/facts/gather.ts';
import { simulatedClock } from '../builders/clock.ts';
import { content, issue } from '../builders/fact.ts';
import { memoryScans } from '../builders/memory-scans.ts';
import { digestOf } from '../builders/objects.ts';

const secondMs = 1000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const a = digestOf('a');
const b = digestOf('b');
const bad = { kind: 'scanned', content: content({ issues: [issue()] }) } as const;
const down = { kind: 'unavailable', reason: 'Xray answered 503' } as const;

/** Facts on a simulated clock; `told` are the changes that were told, as digest and users. */
function setUp({ random = 0.5, batchSize = 50 } = {}) {
  const clock = simulatedClock();
  const source = memoryScans(batchSize);
  const told: (readonly [string, ...string[]])[] = [];
  const facts = new Facts({ source, clock, random: () => random, onChange: (digest, users) => told.push([digest, ...users]) });
  return { clock, source, told, facts };
}

test('digests that come together are one question, each in it once however many use it', async (t) => {
  const { clock, source, facts } = setUp();
  facts.use('first', [a, b, a], hourMs);
  await clock.advance(5);
  facts.use('second', [a], hourMs);
  t.is(facts.get(a).state, 'unavailable');
  await clock.advance(5);
  t.deepEqual(source.questions, [[a, b]]);
  t.like(facts.get(a), { state: 'scanned', checkedAt: new Date('2026-11-23T10:00:00.010Z') });
});

test('300 digests of 10,000 users are six questions of fifty', async (t) => {
  const { clock, source, facts } = setUp();
  for (let user = 0; user < 10_000; user += 1) facts.use(`user ${user}`, [digestOf('shared'), digestOf(`image ${user % 299}`)], hourMs);
  await clock.advance(secondMs);
  t.deepEqual(
    source.questions.map((digests) => digests.length),
    [50, 50, 50, 50, 50, 50],
  );
  t.deepEqual(facts.counts(), { scanned: 300, unscanned: 0, unavailable: 0 });
});

test('a digest is asked again at half of the smallest maxAge of those who use it', async (t) => {
  const { clock, source, facts } = setUp();
  facts.use('patient', [a], 24 * hourMs);
  facts.use('strict', [a], hourMs);
  await clock.advance(30 * minuteMs);
  t.is(source.questions.length, 1);
  await clock.advance(secondMs);
  t.is(source.questions.length, 2);
});

test('a digest is asked again though its time lies beyond the longest timer', async (t) => {
  const { clock, source, facts } = setUp();
  facts.use('patient', [a], 100 * 24 * hourMs);
  await clock.advance(hourMs / 2);
  t.true((clock.pendingMs()[0] ?? Number.POSITIVE_INFINITY) <= hourMs);
  await clock.advance(50 * 24 * hourMs - hourMs / 2);
  t.is(source.questions.length, 1);
  await clock.advance(secondMs);
  t.is(source.questions.length, 2);
});

test('one who accepts only younger facts is not kept waiting by the age of those that are there', async (t) => {
  const { clock, source, facts } = setUp();
  facts.use('patient', [a], 24 * hourMs);
  await clock.advance(11 * hourMs);
  facts.use('strict', [a], hourMs);
  await clock.advance(2 * secondMs);
  t.is(source.questions.length, 2);
});

test('once the strictest goes or becomes patient, a digest is asked less often', async (t) => {
  for (const relent of [(facts: Facts) => facts.release('strict'), (facts: Facts) => facts.use('strict', [a], 24 * hourMs)]) {
    const { clock, source, facts } = setUp();
    facts.use('patient', [a], 24 * hourMs);
    facts.use('strict', [a], hourMs);
    await clock.advance(secondMs);
    relent(facts);
    await clock.advance(24 * hourMs);
    // The first, one on the old schedule after half an hour, and one twelve hours later.
    t.is(source.questions.length, 3);
  }
});

test('a digest that nobody uses any more is forgotten and not asked about', async (t) => {
  const { clock, source, facts } = setUp();
  facts.use('first', [a, b], hourMs);
  facts.use('second', [b], hourMs);
  await clock.advance(secondMs);
  facts.use('first', [b], hourMs);
  t.deepEqual(facts.get(a), { state: 'unavailable', digest: a, reason: 'Xray was not asked yet' });
  t.is(facts.get(b).state, 'scanned');
  facts.release('first');
  facts.release('second');
  facts.release('nobody');
  t.deepEqual(facts.counts(), { scanned: 0, unscanned: 0, unavailable: 0 });
  await clock.advance(24 * hourMs);
  t.is(source.questions.length, 1);
  t.deepEqual(clock.pendingMs(), []);
});

test('an answer about what was forgotten meanwhile is told to nobody', async (t) => {
  const { clock, source, told, facts } = setUp();
  const release = source.hold();
  facts.use('first', [a], hourMs);
  await clock.advance(secondMs);
  facts.release('first');
  release();
  await clock.advance(secondMs);
  t.deepEqual(told, []);
  t.deepEqual(clock.pendingMs(), []);
});

test('everybody who uses a digest is told when it changes, and nobody when only its time does', async (t) => {
  const { clock, source, told, facts } = setUp();
  facts.use('first', [a], hourMs);
  facts.use('second', [a, b], hourMs);
  await clock.advance(secondMs);
  t.deepEqual(told.splice(0), [
    [a, 'first', 'second'],
    [b, 'second'],
  ]);
  await clock.advance(6 * hourMs);
  t.true(source.questions.length > 10);
  t.deepEqual(told, []);
  source.set(a, bad);
  await clock.advance(hourMs);
  t.deepEqual(told, [[a, 'first', 'second']]);
});

test('a failure is told once, and its end once', async (t) => {
  const { clock, source, told, facts } = setUp();
  facts.use('first', [a], hourMs);
  await clock.advance(secondMs);
  source.set(a, down);
  await clock.advance(hourMs);
  t.like(facts.get(a), { state: 'scanned', stale: true, reason: 'Xray answered 503' });
  source.set(a, { kind: 'scanned', content: content() });
  await clock.advance(hourMs);
  t.like(facts.get(a), { state: 'scanned', stale: false, reason: '' });
  t.deepEqual(told, [
    [a, 'first'],
    [a, 'first'],
    [a, 'first'],
  ]);
});

test('one for whom a fact had grown too old is told when it is young again, though it says the same', async (t) => {
  const { clock, source, told, facts } = setUp();
  facts.use('strict', [a], 10 * secondMs);
  facts.use('patient', [a], hourMs);
  await clock.advance(secondMs);
  const release = source.hold();
  await clock.advance(30 * secondMs);
  told.splice(0);
  release();
  await clock.advance(secondMs);
  t.deepEqual(told, [[a, 'strict']]);
});

test('a fact that stays too old is not told again and again', async (t) => {
  const { clock, source, told, facts } = setUp();
  facts.use('strict', [a], 10 * secondMs);
  await clock.advance(secondMs);
  source.set(a, down);
  await clock.advance(10 * minuteMs);
  t.deepEqual(told, [
    [a, 'strict'],
    [a, 'strict'],
  ]);
});

test('a hanging question does not stop others, up to four at once', async (t) => {
  const { clock, source, facts } = setUp();
  source.hold();
  for (const name of ['a', 'b', 'c', 'd', 'e']) {
    facts.use(name, [digestOf(name)], hourMs);
    await clock.advance(secondMs);
  }
  t.deepEqual([source.pending(), source.questions.length], [4, 4]);
  t.deepEqual(clock.pendingMs(), []);
});

test('what waits while four questions hang is asked as soon as one is answered', async (t) => {
  const { clock, source, facts } = setUp({ batchSize: 1 });
  const release = source.hold();
  facts.use('all', ['a', 'b', 'c', 'd', 'e', 'f'].map(digestOf), hourMs);
  await clock.advance(secondMs);
  t.is(source.questions.length, 4);
  release();
  await clock.advance(secondMs);
  t.deepEqual(facts.counts(), { scanned: 6, unscanned: 0, unavailable: 0 });
});

test('what was never answered is asked before what only ages', async (t) => {
  const { clock, source, facts } = setUp({ batchSize: 1 });
  facts.use('old', ['a', 'b', 'c', 'd'].map(digestOf), hourMs);
  await clock.advance(30 * minuteMs);
  facts.use('new', [digestOf('e')], hourMs);
  await clock.advance(10);
  t.deepEqual(source.questions[4], [digestOf('e')]);
});

test('a source that throws or leaves a digest out has not answered, and is asked again', async (t) => {
  const { clock, source, facts } = setUp();
  source.fail(new Error('connect ECONNREFUSED'));
  source.set(b, 'missing');
  facts.use('first', [a, b], hourMs);
  await clock.advance(20);
  t.like(facts.get(a), { state: 'unavailable', reason: 'connect ECONNREFUSED' });
  source.fail();
  await clock.advance(minuteMs);
  t.is(facts.get(a).state, 'scanned');
  t.like(facts.get(b), { state: 'unavailable', reason: 'Xray did not answer for this image' });
});

test('after a first failure it is asked again within a second, then less and less often', async (t) => {
  const { clock, source, facts } = setUp({ random: 0 });
  source.fail(new Error('503'));
  facts.use('first', [a], hourMs);
  const asked: number[] = [];
  for (const ms of [10, 500, 1000, 2000, 4000, 7500, 7500]) {
    await clock.advance(ms);
    asked.push(source.questions.length);
  }
  t.deepEqual(asked, [1, 2, 3, 4, 5, 6, 7]);
});

test('while Xray is down, digests that failed together are asked together', async (t) => {
  const clock = simulatedClock();
  const source = memoryScans();
  let seed = 7;
  // Linear congruence: as good as chance, and the same each time.
  const random = (): number => {
    seed = (seed * 16_807) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  const facts = new Facts({ source, clock, random, onChange: () => undefined });
  source.fail(new Error('503'));
  facts.use(
    'all',
    Array.from({ length: 300 }, (_, index) => digestOf(`image ${index}`)),
    hourMs,
  );
  await clock.advance(10 * minuteMs);
  // Six questions each 7.5 to 15 s, and a few more while the back-off grows.
  t.true(source.questions.length < 400, `${source.questions.length} questions`);
});

test('a scan that Xray forgot is asked about as one that it never had, though it is kept', async (t) => {
  const { clock, source, facts } = setUp();
  facts.use('first', [a], 24 * hourMs);
  await clock.advance(secondMs);
  source.set(a, { kind: 'unscanned' });
  facts.askWithin(a, 0);
  await clock.advance(4 * hourMs);
  t.like(facts.get(a), { state: 'scanned', stale: true });
  // The two of the beginning, then after 1, 3, 8, 18, 48, 108, 168 and 228 minutes.
  t.is(source.questions.length, 10);
});

test('a digest is asked again within the time given, though that is less than its own', async (t) => {
  const { clock, source, facts } = setUp();
  facts.use('first', [a], 24 * hourMs);
  await clock.advance(secondMs);
  facts.askWithin(a, 5 * minuteMs);
  facts.askWithin(b, 5 * minuteMs);
  await clock.advance(5 * minuteMs);
  t.deepEqual(source.questions, [[a], [a]]);
});

test('a wish to ask again is not lost on a question that is under way', async (t) => {
  const { clock, source, facts } = setUp();
  const release = source.hold();
  facts.use('first', [a], 24 * hourMs);
  await clock.advance(secondMs);
  facts.askWithin(a, 5 * minuteMs);
  release();
  await clock.advance(5 * minuteMs);
  t.is(source.questions.length, 2);
});

test('once closed it asks nothing, ends what is under way and tells nobody', async (t) => {
  const { clock, source, told, facts } = setUp();
  source.hold();
  facts.use('first', [a], hourMs);
  await clock.advance(secondMs);
  facts.close();
  await clock.advance(secondMs);
  facts.use('second', [b], hourMs);
  await clock.advance(24 * hourMs);
  t.deepEqual([source.pending(), source.questions.length, told], [0, 1, []]);
  t.deepEqual(clock.pendingMs(), []);
});

test('one image that is too much for an answer does not keep forty-nine others unknown', async (t) => {
  const clock = simulatedClock();
  const poison = digestOf('poison');
  const tooMuch = { kind: 'unavailable', reason: "Xray's answer is larger than 64 MiB", smaller: true } as const;
  const questions: number[] = [];
  const source = {
    batchSize: 50,
    scans: async (digests: readonly string[]) => {
      questions.push(digests.length);
      return new Map(digests.map((digest) => [digest, digests.includes(poison) ? tooMuch : bad]));
    },
  };
  const facts = new Facts({ source, clock, random: () => 0.5, onChange: () => undefined });
  for (let index = 0; index < 49; index += 1) facts.use(`w${index}`, [digestOf(`image ${index}`)], 24 * hourMs);
  facts.use('poisoned', [poison], 24 * hourMs);
  await clock.advance(2 * minuteMs);
  t.deepEqual(facts.counts(), { scanned: 49, unscanned: 0, unavailable: 1 });
  t.deepEqual(questions.slice(0, 4), [50, 25, 25, 12]);
  t.is(questions.at(-1), 1);
});
