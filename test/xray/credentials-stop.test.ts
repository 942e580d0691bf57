// When credentials that were refused are sent again.

import test from 'ava';
import { CredentialsStop } from '../../src/xray/credentials-stop.ts';
import { statusFailure } from '../../src/xray/errors.ts';
import { simulatedClock } from '../builders/clock.ts';

const failure = statusFailure({ status: 401, location: '', retryAfter: '', said: 'Found invalid token' });
const reason =
  'Xray refused the credentials (401: Found invalid token); nothing is asked since 2026-11-23T10:00:00Z but a try each minute, and with other credentials';

function setUp() {
  const clock = simulatedClock();
  let accepted = 0;
  const stop = new CredentialsStop({ now: clock.now, onAccepted: () => (accepted += 1) });
  return { clock, stop, accepted: () => accepted };
}

test('credentials that were refused are not sent for a minute', async (t) => {
  const { clock, stop } = setUp();
  t.is(stop.refusal('Bearer a'), null);
  stop.begin();
  stop.refused('Bearer a', failure);
  t.deepEqual(stop.refusal('Bearer a'), { reason, retryInMs: 5_000 });
  await clock.advance(59_999);
  t.deepEqual(stop.refusal('Bearer a'), { reason, retryInMs: 1_000 });
  await clock.advance(1);
  t.is(stop.refusal('Bearer a'), null);
});

test('others are sent at once, one call at a time', (t) => {
  const { stop } = setUp();
  stop.refused('Bearer a', failure);
  t.is(stop.refusal('Bearer b'), null);
  stop.begin();
  t.deepEqual(stop.refusal('Bearer b'), { reason, retryInMs: 5_000 });
  t.deepEqual(stop.refusal('Bearer a'), { reason, retryInMs: 5_000 });
});

test('once refused again, the words and the moment stay', async (t) => {
  const { clock, stop } = setUp();
  stop.refused('Bearer a', failure);
  await clock.advance(60_000);
  stop.begin();
  stop.refused('Bearer a', failure);
  t.deepEqual(stop.refusal('Bearer a'), { reason, retryInMs: 5_000 });
});

test('once accepted all calls are made, and it is said once', (t) => {
  const { stop, accepted } = setUp();
  stop.accepted();
  t.is(accepted(), 0);
  stop.refused('Bearer a', failure);
  stop.begin();
  stop.accepted();
  stop.accepted();
  t.is(stop.refusal('Bearer a'), null);
  t.is(accepted(), 1);
});

test('a try that tells nothing is made again soon, not at once', async (t) => {
  const { clock, stop } = setUp();
  stop.refused('Bearer a', failure);
  await clock.advance(60_000);
  stop.begin();
  stop.unknown();
  t.deepEqual(stop.refusal('Bearer a'), { reason, retryInMs: 5_000 });
  await clock.advance(5_000);
  t.is(stop.refusal('Bearer a'), null);
});

test('a try that hangs keeps the next for five seconds only', async (t) => {
  const { clock, stop } = setUp();
  stop.refused('Bearer a', failure);
  await clock.advance(60_000);
  stop.begin();
  await clock.advance(4_999);
  t.deepEqual(stop.refusal('Bearer a'), { reason, retryInMs: 1_000 });
  t.deepEqual(stop.refusal('Bearer b'), { reason, retryInMs: 1_000 });
  await clock.advance(1);
  t.is(stop.refusal('Bearer a'), null);
  stop.begin();
  t.deepEqual(stop.refusal('Bearer b'), { reason, retryInMs: 5_000 });
  stop.refused('Bearer a', failure);
  await clock.advance(59_999);
  t.deepEqual(stop.refusal('Bearer a'), { reason, retryInMs: 1_000 });
});

test('a call that was under way when credentials were refused, and tells nothing, does not bring on the next try', async (t) => {
  const { clock, stop } = setUp();
  stop.refused('Bearer a', failure);
  stop.unknown();
  await clock.advance(5_000);
  t.deepEqual(stop.refusal('Bearer a'), { reason, retryInMs: 5_000 });
});
