// One fact per digest: whom is asked when, what is told to whom, and what a hanging or failing source does to the rest.
import test from 'ava';
import { Facts } from '../../src/facts/gather.ts';
import type { ScanAnswer } from '../../src/facts/scan.ts';
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

/** A source that refuses to ask while it is told to, and tells when it is over; questions are kept with their moment. */
function setUpHeld() {
  const clock = simulatedClock();
  const questions: { readonly atMs: number; readonly digests: readonly string[] }[] = [];
  const listeners: (() => void)[] = [];
  const told: string[] = [];
  let isHeld = true;
  const start = clock.now().getTime();
  const source = {
    batchSize: 50,
    onRecovery: (listener: () => void) => void listeners.push(listener),
    scans: async (digests: readonly string[]) => {
      questions.push({ atMs: clock.now().getTime() - start, digests });
      const answer = isHeld ? ({ kind: 'unavailable', reason: 'not asked since 10:00', retryInMs: 5_000 } as const) : bad;
      return new Map(digests.map((digest) => [digest, answer]));
    },
  };
  const facts = new Facts({ source, clock, random: () => 0.5, onChange: (digest) => told.push(digest) });
  const recover = (): void => {
    isHeld = false;
    for (const listener of listeners) listener();
  };
  return { clock, questions, facts, told, recover };
}

test('a source that refuses at once is not asked in a loop, and says nothing new by refusing again', async (t) => {
  const { clock, questions, facts, told } = setUpHeld();
  for (let index = 0; index < 300; index += 1) facts.use(`w${index}`, [digestOf(`image ${index}`)], 24 * hourMs);
  await clock.advance(minuteMs);
  // Six questions at the start, and each five seconds.
  t.is(questions.length, 6 * 12);
  t.is(told.length, 300);
});

test('once the source has recovered all that waited is asked within a second, in full batches', async (t) => {
  const { clock, questions, facts, recover } = setUpHeld();
  for (let index = 0; index < 300; index += 1) {
    facts.use(`w${index}`, [digestOf(`image ${index}`)], 24 * hourMs);
    await clock.advance(100);
  }
  await clock.advance(2_000);
  const before = questions.length;
  recover();
  await clock.advance(secondMs);
  t.deepEqual(
    questions.slice(before).map(({ digests }) => digests.length),
    [50, 50, 50, 50, 50, 50],
  );
  t.deepEqual(facts.counts(), { scanned: 300, unscanned: 0, unavailable: 0 });
  await clock.advance(hourMs);
  t.is(questions.length, before + 6);
});

test('a wish to ask again does not get past a source that refuses', async (t) => {
  const { clock, questions, facts } = setUpHeld();
  facts.use('first', [a], 24 * hourMs);
  await clock.advance(20);
  for (let index = 0; index < 50; index += 1) {
    facts.askWithin(a, 0);
    await clock.advance(10);
  }
  t.is(questions.length, 1);
  await clock.advance(5_000);
  t.is(questions.length, 2);
});

test('questions that hang about what has an answer leave room for a new image', async (t) => {
  const { clock, source, facts } = setUp({ batchSize: 1 });
  facts.use('old', ['a', 'b', 'c', 'd', 'e', 'f'].map(digestOf), hourMs);
  await clock.advance(secondMs);
  source.hold();
  await clock.advance(40 * minuteMs);
  t.is(source.pending(), 2);
  t.deepEqual(clock.pendingMs(), []);
  facts.use('new', [digestOf('new')], hourMs);
  await clock.advance(10);
  t.deepEqual(source.questions.at(-1), [digestOf('new')]);
});

test('an image that was too much once does not take the room of new ones', async (t) => {
  const { clock, source, facts } = setUp({ batchSize: 1 });
  const poison = ['p', 'q', 'r', 's'].map(digestOf);
  for (const digest of poison) source.set(digest, { kind: 'unavailable', reason: 'too late', smaller: true });
  facts.use('poisoned', poison, hourMs);
  await clock.advance(20);
  source.hold();
  await clock.advance(minuteMs);
  t.is(source.pending(), 2);
  facts.use('new', [a], hourMs);
  await clock.advance(10);
  t.deepEqual(source.questions.at(-1), [a]);
});

test('a refusal of the source does not make the question smaller that is asked after it', async (t) => {
  const { clock, questions, facts, recover } = setUpHeld();
  for (let index = 0; index < 50; index += 1) facts.use(`w${index}`, [digestOf(`image ${index}`)], 24 * hourMs);
  await clock.advance(minuteMs);
  recover();
  await clock.advance(secondMs);
  t.is(questions.at(-1)?.digests.length, 50);
});

test('where an image lies is known with its scan, and a move is told', async (t) => {
  const { clock, source, told, facts } = setUp();
  source.set(a, { ...bad, paths: ['docker-local/shop/api/1.4'] });
  facts.use('first', [a], hourMs);
  await clock.advance(secondMs);
  t.like(facts.get(a), { state: 'scanned', paths: ['docker-local/shop/api/1.4'] });
  told.splice(0);
  source.set(a, { ...bad, paths: ['docker-local/shop/api/1.4', 'docker-prod/shop/api/1.4'] });
  await clock.advance(hourMs);
  t.deepEqual(told, [[a, 'first']]);
});

test('why an image is not known is asked once for each answer that it is not, one image at a time, and told when it changes', async (t) => {
  const clock = simulatedClock();
  const scans = memoryScans();
  for (const digest of [a, b]) scans.set(digest, { kind: 'unscanned' });
  const asked: string[] = [];
  let pending = 0;
  let most = 0;
  let reason = 'docker-local/shop/api/1.4 is not scanned yet: PENDING';
  const whyUnscanned = async (places: readonly { readonly tag: string }[]): Promise<string> => {
    pending += 1;
    most = Math.max(most, pending);
    asked.push(places.map(({ tag }) => tag).join());
    await new Promise<void>((resolve) => clock.setTimer(resolve, 10));
    pending -= 1;
    return reason;
  };
  const told: string[] = [];
  const facts = new Facts({
    source: { ...scans, whyUnscanned },
    clock,
    random: () => 0.5,
    onChange: (digest) => told.push(digest),
    referencesOf: (digest) => [
      { registry: 'acme.example.com', repository: 'docker-local/shop/api', tag: digest === a ? '1' : '2', digest },
    ],
  });
  facts.use('first', [a, b], 24 * hourMs);
  await clock.advance(secondMs);
  t.deepEqual([asked, most], [['1', '2'], 1]);
  t.deepEqual(told.splice(0), [a, b, a, b]);
  t.like(facts.get(a), { state: 'unscanned', reason, stale: false });
  // Once more a minute later, with the same words: nobody is told.
  await clock.advance(minuteMs);
  t.is(asked.length, 4);
  t.deepEqual(told, []);
  reason = '';
  await clock.advance(2 * minuteMs);
  t.deepEqual(told, [a, b]);
  t.like(facts.get(a), { state: 'unscanned', reason: '' });
});

test('why an image is not known says nothing of one that is known meanwhile', async (t) => {
  const clock = simulatedClock();
  const scans = memoryScans();
  scans.set(a, { kind: 'unscanned' });
  const { promise, resolve } = Promise.withResolvers<string>();
  const options = { clock, random: () => 0.5, onChange: () => undefined, referencesOf: () => [] };
  const facts = new Facts({ source: { ...scans, whyUnscanned: () => promise }, ...options });
  facts.use('first', [a], hourMs);
  await clock.advance(secondMs);
  scans.set(a, bad);
  facts.askWithin(a, 0);
  await clock.advance(secondMs);
  resolve('not scanned yet');
  await clock.advance(secondMs);
  t.like(facts.get(a), { state: 'scanned', reason: '' });
});

test('what was too much for a server that was down is asked about in full batches once it is back', async (t) => {
  const clock = simulatedClock();
  const sizes: number[] = [];
  let recover = (): void => undefined;
  let isDown = true;
  const late = { kind: 'unavailable', reason: 'no answer from Xray within 20 s', smaller: true, retryInMs: 5_000 } as const;
  const source = {
    batchSize: 50,
    onRecovery: (listener: () => void) => {
      recover = listener;
    },
    scans: async (digests: readonly string[]) => {
      sizes.push(digests.length);
      return new Map(digests.map((digest) => [digest, isDown ? late : bad]));
    },
  };
  const facts = new Facts({ source, clock, random: () => 0.5, onChange: () => undefined });
  for (let index = 0; index < 100; index += 1) facts.use(`w${index}`, [digestOf(`image ${index}`)], 24 * hourMs);
  await clock.advance(minuteMs);
  t.true(sizes.includes(1));
  const before = sizes.length;
  isDown = false;
  recover();
  await clock.advance(secondMs);
  t.deepEqual(sizes.slice(before), [50, 50]);
});

test('what comes while a question waits for its turn is in it', async (t) => {
  const { clock, source } = setUp();
  let turnMs = clock.now().getTime() + 500;
  const facts = new Facts({
    source: { ...source, scans: source.scans, waitMs: () => Math.max(0, turnMs - clock.now().getTime()) },
    clock,
    random: () => 0.5,
    onChange: () => undefined,
  });
  facts.use('first', [a], hourMs);
  await clock.advance(400);
  facts.use('second', [b], hourMs);
  await clock.advance(99);
  t.deepEqual(source.questions, []);
  turnMs = 0;
  await clock.advance(1);
  t.deepEqual(source.questions, [[a, b]]);
});

test('news of a digest are asked at once, though calls for what only ages hang', async (t) => {
  const { clock, source, facts } = setUp({ batchSize: 1 });
  const news = digestOf('news');
  facts.use('user', [a, b, news], hourMs);
  await clock.advance(secondMs);
  const release = source.hold();
  facts.askWithin(a, 0);
  facts.askWithin(b, 0);
  await clock.advance(secondMs);
  facts.askWithin(news, 0);
  await clock.advance(secondMs);
  t.deepEqual(source.questions.slice(3), [[a], [b]]);
  facts.askNow(news);
  await clock.advance(secondMs);
  t.deepEqual(source.questions.slice(3), [[a], [b], [news]]);
  release();
});

test('who waits for a confirmation is told of the next answer though it says the same, and asks once a minute at most', async (t) => {
  const { clock, source, told, facts } = setUp();
  source.set(a, bad);
  facts.use('user', [a], 24 * hourMs);
  await clock.advance(secondMs);
  told.length = 0;
  facts.confirm(a);
  await clock.advance(secondMs);
  t.deepEqual(told, [[a, 'user']]);
  for (let second = 0; second < 50; second += 1) {
    facts.confirm(a);
    await clock.advance(secondMs);
  }
  t.is(source.questions.length, 2);
  await clock.advance(10 * secondMs);
  t.is(source.questions.length, 3);
  t.is(told.length, 2);
});

/** A source that fails about whatever has one of the poisonous images in it, as the test says; questions are kept with their moment. */
function setUpPoison(poison: readonly string[]) {
  const clock = simulatedClock();
  const start = clock.now().getTime();
  const questions: { readonly atMs: number; readonly size: number; readonly poisoned: boolean }[] = [];
  const listeners: (() => void)[] = [];
  let failure: Extract<ScanAnswer, { kind: 'unavailable' }> = { kind: 'unavailable', reason: 'Xray answered 504', smaller: true };
  const source = {
    batchSize: 50,
    onRecovery: (listener: () => void) => void listeners.push(listener),
    scans: async (digests: readonly string[]) => {
      const poisoned = digests.some((digest) => poison.includes(digest));
      questions.push({ atMs: clock.now().getTime() - start, size: digests.length, poisoned });
      const answer: ScanAnswer = poisoned ? failure : bad;
      return new Map(digests.map((digest) => [digest, answer]));
    },
  };
  const facts = new Facts({ source, clock, random: () => 0.5, onChange: () => undefined });
  const failWith = (next: typeof failure): void => {
    failure = next;
  };
  const recover = (): void => {
    for (const listener of listeners) listener();
  };
  return { clock, questions, facts, failWith, recover };
}

test('a question that was too much is halved in what it really was, so that three images are alone after one failure', async (t) => {
  const { clock, questions, facts } = setUpPoison([a]);
  facts.use('user', [a, b, digestOf('c')], 24 * hourMs);
  await clock.advance(2 * secondMs);
  t.deepEqual(
    questions.map(({ size }) => size),
    [3, 1, 1, 1],
  );
  t.deepEqual(facts.counts(), { scanned: 2, unscanned: 0, unavailable: 1 });
});

test('forty-nine neighbours of a poisonous image are known within five seconds, after thirteen questions', async (t) => {
  const { clock, questions, facts } = setUpPoison([a]);
  facts.use('poisoned', [a], 24 * hourMs);
  for (let index = 0; index < 49; index += 1) facts.use(`w${index}`, [digestOf(`image ${index}`)], 24 * hourMs);
  await clock.advance(5 * secondMs);
  t.deepEqual(facts.counts(), { scanned: 49, unscanned: 0, unavailable: 1 });
  t.deepEqual(
    questions.map(({ size }) => size),
    [50, 25, 25, 12, 12, 1, 6, 6, 3, 3, 1, 1, 1],
  );
  // From then on alone, at its own pace.
  await clock.advance(10 * minuteMs);
  t.true(questions.slice(13).every(({ size, poisoned }) => size === 1 && poisoned));
  t.true(questions.length < 13 + 4 * 15, `${questions.length} questions`);
});

test('forty-nine neighbours of an image about which Xray never answers are known after two time-outs more than the first', async (t) => {
  const clock = simulatedClock();
  const sizes: number[] = [];
  const late: ScanAnswer = { kind: 'unavailable', reason: 'no answer from Xray within 20 s', smaller: true };
  const source = {
    batchSize: 50,
    scans: async (digests: readonly string[]) => {
      sizes.push(digests.length);
      const isLate = digests.includes(a);
      if (isLate) await new Promise<void>((resolve) => clock.setTimer(resolve, 20 * secondMs));
      return new Map(digests.map((digest) => [digest, isLate ? late : bad]));
    },
  };
  const facts = new Facts({ source, clock, random: () => 0.5, onChange: () => undefined });
  facts.use('poisoned', [a], 24 * hourMs);
  for (let index = 0; index < 49; index += 1) facts.use(`w${index}`, [digestOf(`image ${index}`)], 24 * hourMs);
  await clock.advance(43 * secondMs);
  t.deepEqual(facts.counts(), { scanned: 49, unscanned: 0, unavailable: 1 });
  t.deepEqual(sizes, [50, 7, 7, 7, 7, 7, 7, 7, 1, 1, 1, 1, 1, 1, 1, 1]);
});

test('what was too much alone stays alone, whatever it fails of afterwards, until it is answered', async (t) => {
  const { clock, questions, facts, failWith, recover } = setUpPoison([a]);
  facts.use('poisoned', [a, b], 24 * hourMs);
  await clock.advance(5 * secondMs);
  failWith({ kind: 'unavailable', reason: 'Xray answered 503' });
  await clock.advance(minuteMs);
  failWith({ kind: 'unavailable', reason: 'not asked', retryInMs: 5_000 });
  await clock.advance(minuteMs);
  failWith({ kind: 'unavailable', reason: 'Xray answered 504', smaller: true });
  for (let index = 0; index < 10; index += 1) {
    facts.use(`w${index}`, [digestOf(`image ${index}`)], 10 * secondMs);
    recover();
    await clock.advance(20 * secondMs);
  }
  t.deepEqual(
    questions.filter(({ size, poisoned }) => poisoned && size > 1).map(({ size }) => size),
    [2],
  );
});

test('what hung alone is asked one at a time, so that what failed alone otherwise does not wait behind it', async (t) => {
  const { clock, source, facts } = setUp({ batchSize: 1 });
  const hanging = ['p', 'q'].map(digestOf);
  for (const digest of [...hanging, a]) source.set(digest, { kind: 'unavailable', reason: 'too late', smaller: true });
  const release = source.hold();
  facts.use('hanging', hanging, hourMs);
  await clock.advance(20 * secondMs);
  release();
  facts.use('other', [a], hourMs);
  await clock.advance(20);
  source.hold();
  await clock.advance(minuteMs);
  t.is(source.questions.filter(([digest]) => digest === a).length, 2);
  t.is(source.pending(), 2);
  t.deepEqual(clock.pendingMs(), []);
});

test('the look whether a source is back is not made for what was too much, where there is anything else', async (t) => {
  const clock = simulatedClock();
  const asked: string[] = [];
  let lookAtMs = 0;
  const source = {
    batchSize: 50,
    scans: async (digests: readonly string[]) => {
      const leftMs = lookAtMs - clock.now().getTime();
      // Who was refused hears of the next look a moment later than who failed in the last.
      const refused = { kind: 'unavailable', reason: 'down', retryInMs: leftMs + 2 } as const;
      if (leftMs > 0) return new Map(digests.map((digest) => [digest, refused]));
      lookAtMs = clock.now().getTime() + 5_000;
      asked.push(...digests);
      const late = { kind: 'unavailable', reason: 'down', smaller: true, retryInMs: 5_000 } as const;
      return new Map(digests.map((digest) => [digest, digest === a ? late : bad]));
    },
  };
  const facts = new Facts({ source, clock, random: () => 0.5, onChange: () => undefined });
  facts.use('poisoned', [a], hourMs);
  await clock.advance(100);
  facts.use('other', [b], hourMs);
  await clock.advance(8 * secondMs);
  t.deepEqual(asked, [a, b]);
});

test('a recovery does not hasten what was too much alone beyond its own pace', async (t) => {
  const { clock, questions, facts, recover } = setUpPoison([a]);
  facts.use('poisoned', [a], 24 * hourMs);
  await clock.advance(minuteMs);
  const before = questions.length;
  for (let second = 0; second < 60; second += 1) {
    recover();
    await clock.advance(secondMs);
  }
  t.true(questions.length - before <= 6, `${questions.length - before} questions`);
});

test('a refusal to ask does not make the wait longer after the next failure', async (t) => {
  const { clock, questions, facts, failWith, recover } = setUpPoison([a]);
  failWith({ kind: 'unavailable', reason: 'not asked', retryInMs: 5_000 });
  facts.use('user', [a], 24 * hourMs);
  await clock.advance(minuteMs);
  failWith({ kind: 'unavailable', reason: 'Xray answered 503' });
  const before = questions.length;
  recover();
  await clock.advance(2 * secondMs);
  t.is(questions.length - before, 2);
});

test('news are asked at once though more than a batch is due that only ages, and calls for such hang', async (t) => {
  const { clock, source, facts } = setUp({ batchSize: 2 });
  facts.use('old', ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'news'].map(digestOf), hourMs);
  await clock.advance(secondMs);
  source.hold();
  await clock.advance(40 * minuteMs);
  t.is(source.pending(), 2);
  facts.askNow(digestOf('news'));
  await clock.advance(10);
  t.true(source.questions.at(-1)?.includes(digestOf('news')));
  t.deepEqual(clock.pendingMs(), []);
});

test('what was first asked about at different times is asked again together after a while, and not more often for it', async (t) => {
  const clock = simulatedClock();
  const source = memoryScans();
  let seed = 7;
  const random = (): number => {
    seed = (seed * 16_807) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  const facts = new Facts({ source, clock, random, onChange: () => undefined });
  for (let index = 0; index < 30; index += 1) {
    facts.use(`w${index}`, [digestOf(`image ${index}`)], 8 * secondMs);
    await clock.advance(137);
  }
  await clock.advance(minuteMs);
  const before = source.questions.length;
  await clock.advance(minuteMs);
  // Alone these would be 30 questions each four seconds; in one they are at least fifteen a minute.
  const asked = source.questions.slice(before);
  t.true(asked.length <= 40, `${asked.length} questions`);
  t.true(asked.flat().length <= (30 * 60) / 3.5, `${asked.flat().length} digests`);
});

test('what has its time before it is not asked along, nor is a new image kept waiting by others', async (t) => {
  const { clock, source, facts } = setUp();
  facts.use('first', [a], 100 * secondMs);
  await clock.advance(15 * secondMs);
  facts.use('second', [b], 100 * secondMs);
  await clock.advance(30 * secondMs);
  facts.use('new', [digestOf('new')], 100 * secondMs);
  await clock.advance(secondMs);
  t.deepEqual(source.questions, [[a], [b], [digestOf('new')]]);
  await clock.advance(5 * secondMs);
  // After 50 s; 15 of 50 are left to the second.
  t.deepEqual(source.questions.at(-1), [a]);
});
