// When a failed call to Xray is tried again at once.

import test from 'ava';
import { statusFailure, XrayFailure } from '../../src/xray/errors.ts';
import { retryDelayMs } from '../../src/xray/retry.ts';

const answered = (status: number, retryAfter = '') => statusFailure({ status, location: '', retryAfter, said: '' });

test('a server error is retried twice, with a wait that may double', (t) => {
  t.is(retryDelayMs(answered(503), 0, 0.999), 999);
  t.is(retryDelayMs(answered(503), 1, 0.999), 1998);
  t.is(retryDelayMs(answered(503), 2, 0.999), null);
});

test('the wait is drawn from the whole range, so that replicas do not come back together', (t) => {
  t.is(retryDelayMs(answered(500), 0, 0), 0);
  t.is(retryDelayMs(answered(500), 0, 0.5), 500);
});

test('too many requests and a lost connection are retried', (t) => {
  t.is(retryDelayMs(answered(429), 0, 0.5), 500);
  t.is(retryDelayMs(new XrayFailure('Unreachable', 'connection to Xray failed (ECONNRESET)'), 0, 0.5), 500);
});

test('Retry-After is waited for before the jitter is added', (t) => {
  t.is(retryDelayMs(answered(429, '3'), 0, 0.5), 3500);
});

test('a Retry-After longer than a caller should be kept waiting ends the tries', (t) => {
  t.is(retryDelayMs(answered(429, '60'), 0, 0.5), null);
});

test('a Retry-After that is a date counts as none', (t) => {
  t.is(retryDelayMs(answered(503, 'Wed, 21 Oct 2026 07:28:00 GMT'), 0, 0.5), 500);
});

test('refused credentials, a wrong URL and answers that do not parse are not retried', (t) => {
  for (const failure of [answered(401), answered(403), answered(404), answered(302), answered(415), new XrayFailure('DoesNotParse', 'x')]) {
    t.is(retryDelayMs(failure, 0, 0.5), null, failure.message);
  }
});

test('a time-out is not retried', (t) => {
  t.is(retryDelayMs(new XrayFailure('TimedOut', 'no answer from Xray within 20 s'), 0, 0.5), null);
});

test('failures say as data whether time or a person has to mend them', (t) => {
  t.is(answered(503).retry, 'soon');
  t.is(answered(401).retry, 'never');
});
