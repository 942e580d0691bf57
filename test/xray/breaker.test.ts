// When Xray is not asked because it is down, how it is tried meanwhile, and what does not look like an Xray that is down.

import test from 'ava';
import { Breaker } from '../../src/xray/breaker.ts';
import { shapeFailure, statusFailure, transportFailure, type XrayFailure } from '../../src/xray/errors.ts';
import { simulatedClock } from '../builders/clock.ts';

const answered = (status: number, retryAfter = '') => statusFailure({ status, location: '', retryAfter, said: '' });
const limits = { firstByteTimeoutMs: 20_000, bodyTimeoutMs: 30_000, totalTimeoutMs: 120_000, maxBodyBytes: 1024 };
const late = transportFailure(Object.assign(new Error('late'), { code: 'UND_ERR_HEADERS_TIMEOUT' }), limits);
const refused = transportFailure(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }), limits);

function setUp() {
  const clock = simulatedClock();
  const closed: string[] = [];
  const breaker = new Breaker({ now: clock.now, onClosed: () => closed.push(clock.now().toISOString()) });
  const fail = (failure: XrayFailure, times = 1, question = ''): void => {
    for (let index = 0; index < times; index += 1) breaker.begin().failed(failure, question || `question ${index}`);
  };
  return { clock, breaker, fail, closed };
}

const down = 'Xray answered 503; nothing is asked since 2026-11-23T10:00:00Z but a try every 5 s';

test('the fifth failure in a row opens it, not the fourth', (t) => {
  const { breaker, fail } = setUp();
  fail(answered(503), 4);
  t.is(breaker.refusal(), null);
  fail(answered(503), 1, 'another');
  t.deepEqual(breaker.refusal(), { reason: down, retryInMs: 5_000 });
});

test('an answer in between begins the count anew', (t) => {
  const { breaker, fail } = setUp();
  fail(answered(503), 4);
  breaker.begin().succeeded();
  fail(answered(503), 4);
  t.is(breaker.refusal(), null);
});

test('no connection, a time-out to connect and 429 count each time, whatever was asked', (t) => {
  const noConnection = transportFailure(Object.assign(new Error('late'), { code: 'UND_ERR_CONNECT_TIMEOUT' }), limits);
  for (const failure of [refused, noConnection, answered(429)]) {
    const { breaker, fail } = setUp();
    fail(failure, 5, 'the same');
    t.not(breaker.refusal(), null, failure.message);
  }
});

test('one question that fails again and again does not open it, five questions do', (t) => {
  const broken = transportFailure(Object.assign(new Error('closed'), { code: 'UND_ERR_SOCKET' }), limits);
  for (const failure of [late, broken, answered(500), answered(502), answered(503), answered(504)]) {
    const { breaker, fail } = setUp();
    fail(failure, 50, 'the same');
    t.is(breaker.refusal(), null, failure.message);
    fail(failure, 5);
    t.not(breaker.refusal(), null, failure.message);
  }
});

test('an answer that is wrong is an answer: it never opens it, and closes it', (t) => {
  for (const failure of [shapeFailure('issues is not a list'), answered(404), answered(400), answered(401), answered(403)]) {
    const { breaker, fail } = setUp();
    fail(failure, 50);
    t.is(breaker.refusal(), null, failure.message);
  }
});

test('each five seconds one call is let through, and no second one beside it', async (t) => {
  const { clock, breaker, fail } = setUp();
  fail(answered(503), 5);
  await clock.advance(4_999);
  t.deepEqual(breaker.refusal(), { reason: down, retryInMs: 1_000 });
  await clock.advance(1);
  t.is(breaker.refusal(), null);
  const probe = breaker.begin();
  t.deepEqual(breaker.refusal(), { reason: down, retryInMs: 5_000 });
  probe.failed(refused, 'a');
  // The words stay those of the first failure.
  t.deepEqual(breaker.refusal(), { reason: down, retryInMs: 5_000 });
});

test('a probe that hangs keeps the next for five seconds only, and what it says in the end is not news', async (t) => {
  const { clock, breaker, fail } = setUp();
  fail(answered(503), 5);
  await clock.advance(5_000);
  const first = breaker.begin();
  await clock.advance(4_999);
  t.deepEqual(breaker.refusal(), { reason: down, retryInMs: 1_000 });
  await clock.advance(1);
  t.is(breaker.refusal(), null);
  const second = breaker.begin();
  t.deepEqual(breaker.refusal(), { reason: down, retryInMs: 5_000 });
  await clock.advance(3_000);
  first.failed(late, 'first');
  t.deepEqual(breaker.refusal(), { reason: down, retryInMs: 2_000 });
  second.succeeded();
  t.is(breaker.refusal(), null);
});

test('the next probe is due five seconds after the last began, however long that took to fail', async (t) => {
  const { clock, breaker, fail } = setUp();
  fail(answered(503), 5);
  await clock.advance(5_000);
  const probe = breaker.begin();
  await clock.advance(3_000);
  probe.failed(answered(504), 'a');
  t.deepEqual(breaker.refusal(), { reason: down, retryInMs: 2_000 });
  await clock.advance(2_000);
  t.is(breaker.refusal(), null);
});

test('a probe that is answered closes it, and says so once', async (t) => {
  const { clock, breaker, fail, closed } = setUp();
  fail(answered(503), 5);
  await clock.advance(5_000);
  breaker.begin().succeeded();
  t.is(breaker.refusal(), null);
  breaker.begin().succeeded();
  t.deepEqual(closed, ['2026-11-23T10:00:05.000Z']);
  fail(answered(503), 4);
  t.is(breaker.refusal(), null);
});

test('a probe whose caller gave up leaves its place to the next', async (t) => {
  const { clock, breaker, fail } = setUp();
  fail(answered(503), 5);
  await clock.advance(5_000);
  breaker.begin().abandoned();
  t.is(breaker.refusal(), null);
});

test('what began before it opened and fails later does not put off the probe', async (t) => {
  const { clock, breaker, fail } = setUp();
  const old = breaker.begin();
  fail(answered(503), 5);
  await clock.advance(4_000);
  old.failed(late, 'old');
  await clock.advance(1_000);
  t.is(breaker.refusal(), null);
});

test('what began before it opened and is answered closes it', (t) => {
  const { breaker, fail, closed } = setUp();
  const old = breaker.begin();
  fail(answered(503), 5);
  old.succeeded();
  t.is(breaker.refusal(), null);
  t.is(closed.length, 1);
});

test('Retry-After stops all calls at once, for as long as it says', async (t) => {
  const { clock, breaker, fail } = setUp();
  fail(answered(429, '30'));
  const reason = 'Xray answered 429; nothing is asked since 2026-11-23T10:00:00Z but a try after the 30 s that it asks for';
  t.deepEqual(breaker.refusal(), { reason, retryInMs: 30_000 });
  await clock.advance(30_000);
  t.is(breaker.refusal(), null);
  // Asked to wait again: the same words.
  fail(answered(429, '30'));
  t.deepEqual(breaker.refusal(), { reason, retryInMs: 30_000 });
});

test('a Retry-After of a day is ten minutes', (t) => {
  const { breaker, fail } = setUp();
  fail(answered(503, '86400'));
  t.is(breaker.refusal()?.retryInMs, 600_000);
});
