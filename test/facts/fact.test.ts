// How an answer changes what is known of a digest.
import test from 'ava';
import { differs, isUnasked, nextFact, unaskedFact } from '../../src/facts/fact.ts';
import { scanJson } from '../../src/facts/scan-json.ts';
import { content, issue, scanned, unavailable, unscanned } from '../builders/fact.ts';
import { digestOf } from '../builders/objects.ts';

const nine = new Date('2026-11-23T09:00:00Z');
const ten = new Date('2026-11-23T10:00:00Z');
const eleven = new Date('2026-11-23T11:00:00Z');
const digest = digestOf('api');
const bad = content({ issues: [issue()] });
const lost = 'Xray no longer knows this image; its last answer is kept';

test('what was never asked is not available', (t) => {
  t.deepEqual(unaskedFact(digest), { state: 'unavailable', digest, reason: 'Xray was not asked yet' });
  t.true(isUnasked(unaskedFact(digest)));
  t.false(isUnasked(nextFact(unaskedFact(digest), { kind: 'unavailable', reason: '503' }, ten)));
});

test('a first complete answer is what is known from now on', (t) => {
  const known = unaskedFact(digest);
  t.deepEqual(nextFact(known, { kind: 'scanned', content: bad }, ten), {
    ...{ state: 'scanned', digest, content: bad, json: scanJson(bad), checkedAt: ten, unchangedSince: ten, stale: false, reason: '' },
  });
  t.deepEqual(nextFact(known, { kind: 'unscanned' }, ten), {
    ...{ state: 'unscanned', digest, checkedAt: ten, unchangedSince: ten, stale: false, reason: '' },
  });
});

test('the same answer again renews the fact and keeps since when it stands', (t) => {
  const known = scanned({ content: bad, checkedAt: nine, unchangedSince: nine });
  t.deepEqual(nextFact(known, { kind: 'scanned', content: bad }, ten), { ...known, checkedAt: ten });
  const unknown = unscanned({ checkedAt: nine, unchangedSince: nine });
  t.deepEqual(nextFact(unknown, { kind: 'unscanned' }, ten), { ...unknown, checkedAt: ten });
});

test('another answer stands since it came', (t) => {
  const known = scanned({ content: bad, checkedAt: nine, unchangedSince: nine });
  t.deepEqual(
    nextFact(known, { kind: 'scanned', content: content() }, ten),
    scanned({ digest: known.digest, checkedAt: ten, unchangedSince: ten }),
  );
  t.like(nextFact(unscanned({ checkedAt: nine }), { kind: 'scanned', content: bad }, ten), { state: 'scanned', unchangedSince: ten });
});

test('no answer keeps what is known, and says why it is not younger', (t) => {
  for (const known of [scanned({ content: bad, checkedAt: nine }), unscanned({ checkedAt: nine })]) {
    t.deepEqual(nextFact(known, { kind: 'unavailable', reason: '503' }, ten), { ...known, stale: true, reason: '503' });
  }
});

test('no answer where nothing is known leaves it so, with the newest reason', (t) => {
  t.deepEqual(nextFact(unavailable({ digest, reason: '503' }), { kind: 'unavailable', reason: 'timed out' }, ten), {
    ...{ state: 'unavailable', digest, reason: 'timed out', since: ten },
  });
  t.like(nextFact(unavailable({ digest, reason: '503', since: nine }), { kind: 'unavailable', reason: 'timed out' }, ten), { since: nine });
});

test('a scan that Xray forgets is kept, and ages', (t) => {
  const known = scanned({ content: bad, checkedAt: nine });
  t.deepEqual(nextFact(known, { kind: 'unscanned' }, ten), { ...known, unknownAskedAt: ten, stale: true, reason: lost });
});

test('a finding that comes back the same after a gap has stood all the time', (t) => {
  const known = scanned({ content: bad, checkedAt: nine, unchangedSince: nine, stale: true, reason: lost });
  t.deepEqual(nextFact(known, { kind: 'scanned', content: bad }, ten), { ...known, checkedAt: ten, stale: false, reason: '' });
});

test('facts differ in all but the time of the last answer', (t) => {
  const known = scanned({ content: bad });
  t.false(differs(known, { ...known, checkedAt: ten }));
  t.true(differs(known, { ...known, json: scanJson(content()) }));
  t.true(differs(known, { ...known, stale: true }));
  t.true(differs(known, { ...known, reason: '503' }));
  t.true(differs(known, unscanned()));
  t.false(differs(unscanned(), unscanned({ checkedAt: ten })));
  t.true(differs(unscanned(), unscanned({ stale: true })));
  t.false(differs(unavailable(), unavailable()));
  t.true(differs(unavailable(), unavailable({ reason: 'timed out' })));
});

test('where an image lies is what the last complete answer says, and is kept while none comes', (t) => {
  const known = nextFact(unaskedFact(digest), { kind: 'scanned', content: bad, paths: ['docker-local/api/1'] }, nine);
  t.like(known, { paths: ['docker-local/api/1'] });
  t.like(nextFact(known, { kind: 'unavailable', reason: '503' }, ten), { paths: ['docker-local/api/1'], stale: true });
  t.like(nextFact(known, { kind: 'unscanned' }, ten), { paths: ['docker-local/api/1'], stale: true });
  const moved = nextFact(known, { kind: 'scanned', content: bad, paths: ['docker-prod/api/1'] }, ten);
  t.like(moved, { paths: ['docker-prod/api/1'], unchangedSince: ten });
  t.true(differs(known, moved));
  t.false('paths' in nextFact(known, { kind: 'scanned', content: bad }, ten));
});

test('why an image is not known is kept until it is asked anew, or known', (t) => {
  const known = nextFact(unaskedFact(digest), { kind: 'unscanned', reason: 'not scanned yet' }, nine);
  t.like(nextFact(known, { kind: 'unscanned' }, ten), { reason: 'not scanned yet', stale: false, unchangedSince: nine });
  const stale = nextFact(known, { kind: 'unavailable', reason: '503' }, ten);
  t.like(stale, { reason: '503', stale: true });
  t.like(nextFact(stale, { kind: 'unscanned' }, ten), { reason: '', stale: false });
  t.like(nextFact(known, { kind: 'scanned', content: bad }, ten), { state: 'scanned', reason: '' });
});

test('a fact says when the question was put, which is not when the answer came', (t) => {
  const answer = { kind: 'scanned', content: content() } as const;
  const fact = nextFact(unaskedFact(digest), answer, { askedAt: nine, now: ten });
  t.like(fact, { askedAt: nine, checkedAt: ten, unchangedSince: ten });
  const forgotten = nextFact(fact, { kind: 'unscanned' }, { askedAt: ten, now: eleven });
  t.like(forgotten, { askedAt: nine, unknownAskedAt: ten, checkedAt: ten, stale: true });
  const again = nextFact(forgotten, answer, { askedAt: eleven, now: eleven });
  t.like(again, { askedAt: eleven, stale: false });
  t.false('unknownAskedAt' in again);
});
