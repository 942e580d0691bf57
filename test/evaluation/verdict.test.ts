// Verdicts: nothing that is not known leads to a violation or to a pass.
import test from 'ava';
import type { ImageState } from '../../src/evaluation/image-state.ts';
import type { RuleAnswer } from '../../src/evaluation/program.ts';
import { verdictOf } from '../../src/evaluation/verdict.ts';
import { answer, answeredJson, failedAnswer } from '../builders/answer.ts';
import { content, imageState, issue, license, now, scanned, unavailable, unscanned } from '../builders/fact.ts';
import { digestOf } from '../builders/objects.ts';
import { workload } from '../builders/workload.ts';

const hourMs = 3_600_000;
const api = 'registry.example.com/shop/api:1.4';
const known = imageState(scanned());
const notScanned = imageState(unscanned(), { ref: 'new:1' });
const unreachable = imageState(unavailable(), { ref: 'far:1' });
const unidentifiable = imageState(scanned(), {
  ref: 'local:1',
  digest: '',
  problem: 'local:1 was not pulled yet, so its digest is not known',
});
const tooOld = imageState(scanned({ checkedAt: new Date('2026-11-22T09:59:59.999Z') }), { ref: 'old:1' });

const whyUnreachable = { reason: 'ImageUnavailable', message: 'far:1: Xray answered 503' };
const whyUnidentifiable = { reason: 'ImageUnidentifiable', message: 'local:1 was not pulled yet, so its digest is not known' };
const whyTooOld = { reason: 'FactTooOld', message: 'old:1: the last answer of Xray, of 2026-11-22T09:59:59Z, is older than maxAge' };

const noExceptions = { exceptions: [], rule: 'security', workload: workload().ref };

/** Without the list of what is excepted, which is empty. */
function judge(given: RuleAnswer, images: readonly ImageState[], maxAgeMs = 24 * hourMs) {
  const { excepted: _, ...verdict } = verdictOf({ answer: given, images, documentNow: now, now, maxAgeMs, ...noExceptions });
  return verdict;
}

const says = (violation: readonly unknown[], undecided: readonly unknown[] = []) => answer({ violation, undecided });
const none = { issue: '', license: '', component: '', severity: '' };

test('a rule that finds nothing on images that are known has passed', (t) => {
  t.deepEqual(judge(says([]), [known, notScanned]), { kind: 'passed' });
});

test('a rule that finds nothing is undecided while something is not known, each reason once', (t) => {
  t.deepEqual(judge(says([]), [unreachable, known, unidentifiable, tooOld, unreachable]), {
    kind: 'undecided',
    undecided: [whyTooOld, whyUnreachable, whyUnidentifiable],
  });
});

test('a violation names an image by its reference or by its digest', (t) => {
  const violated = (images: readonly ImageState[]) => ({
    kind: 'violated',
    violations: [{ message: 'm', ...none, images }],
    undecided: [],
  });
  t.deepEqual(judge(says([{ msg: 'm', image: api }]), [known, notScanned]), violated([known]));
  t.deepEqual(judge(says([{ msg: 'm', image: digestOf('new:1') }]), [known, notScanned]), violated([notScanned]));
});

test('a violation keeps the details that the rule gives', (t) => {
  const details = { issue: 'XRAY-1', license: 'MIT', component: 'npm://moment', severity: 'high' };
  t.deepEqual(judge(says([{ msg: 'm', ...details }]), [known]), {
    kind: 'violated',
    violations: [{ message: 'm', ...details, images: [] }],
    undecided: [],
  });
});

/** What is not known of the image, the image, its reference, why. */
const unknowns = [
  ['is not available', unreachable, 'far:1', whyUnreachable],
  ['cannot be identified', unidentifiable, 'local:1', whyUnidentifiable],
  ['was last known too long ago', tooOld, 'old:1', whyTooOld],
] as const;

for (const [what, image, ref, why] of unknowns) {
  test(`a violation that names an image that ${what} is undecided`, (t) => {
    t.deepEqual(judge(says([{ msg: 'm', image: ref }]), [known, image]), { kind: 'undecided', undecided: [why] });
  });

  test(`a violation of the workload itself is undecided while it runs an image that ${what}`, (t) => {
    t.deepEqual(judge(says(['m']), [known, image]), { kind: 'undecided', undecided: [why] });
  });

  test(`a violation of another image stands beside one that ${what}`, (t) => {
    t.deepEqual(judge(says([{ msg: 'm', image: api }]), [image, known]), {
      kind: 'violated',
      violations: [{ message: 'm', ...none, images: [known] }],
      undecided: [],
    });
  });
}

test('an image that Xray does not know may be what a rule objects to', (t) => {
  t.is(judge(says([{ msg: 'm', image: 'new:1' }]), [notScanned]).kind, 'violated');
});

test('an answer that was kept although newer ones failed decides until it is too old', (t) => {
  const checkedAt = new Date('2026-11-23T09:00:00Z');
  const kept = imageState(scanned({ checkedAt, stale: true, reason: 'Xray answered 503' }));
  t.is(judge(says([{ msg: 'm', image: api }]), [kept], hourMs).kind, 'violated');
  t.is(judge(says([]), [kept], hourMs).kind, 'passed');
  t.deepEqual(judge(says([]), [kept], hourMs - 1), {
    kind: 'undecided',
    undecided: [
      {
        reason: 'FactTooOld',
        message: `${api}: the last answer of Xray, of 2026-11-23T09:00:00Z, is older than maxAge (Xray answered 503)`,
      },
    ],
  });
});

test('age counts to the moment of judging, not to that of the document', (t) => {
  const later = new Date(now.getTime() + 24 * hourMs);
  t.is(
    verdictOf({ answer: says([]), images: [known], documentNow: now, now: later, maxAgeMs: 24 * hourMs, ...noExceptions }).kind,
    'undecided',
  );
});

test('the answer must carry back the moment of the document, not that of judging', (t) => {
  const later = new Date(now.getTime() + 1);
  t.is(verdictOf({ answer: says([]), images: [], documentNow: now, now: later, maxAgeMs: hourMs, ...noExceptions }).kind, 'passed');
  t.is(verdictOf({ answer: says([]), images: [], documentNow: later, now, maxAgeMs: hourMs, ...noExceptions }).kind, 'undecided');
});

test('a violation that names what the workload does not run is undecided', (t) => {
  for (const image of ['api:1.4', 'registry.example.com/shop/api', 'sha256:1', 'REGISTRY.example.com/shop/api:1.4']) {
    t.deepEqual(judge(says([{ msg: 'm', image }]), [known]), {
      kind: 'undecided',
      undecided: [{ reason: 'UnknownImage', message: `the rule names ${image}, which the workload does not run` }],
    });
  }
});

test('a violation of a reference is about each of its digests, and undecided while one of them is not known', (t) => {
  const other = imageState(scanned(), { digest: digestOf('other') });
  const far = imageState(unavailable(), { digest: digestOf('far') });
  t.like(judge(says([{ msg: 'm', image: api }]), [known, other]), { kind: 'violated', violations: [{ images: [known, other] }] });
  t.like(judge(says([{ msg: 'm', image: api }]), [known, far]), { kind: 'undecided', undecided: [{ reason: 'ImageUnavailable' }] });
  t.is(judge(says([{ msg: 'm', image: digestOf(api) }]), [known, far]).kind, 'violated');
});

test('a violation that holds beats all that is undecided of the same rule, and both are reported', (t) => {
  const given = says(
    [{ msg: 'm', image: api }, { msg: 'n', image: 'far:1' }, { msg: 'o', image: 'nowhere:1' }, 7],
    ['cannot tell', 'cannot tell'],
  );
  t.deepEqual(judge(given, [known, unreachable]), {
    kind: 'violated',
    violations: [{ message: 'm', ...none, images: [known] }],
    undecided: [
      whyUnreachable,
      { reason: 'MalformedAnswer', message: 'an element of `violation` has no text in `msg`' },
      { reason: 'RuleUndecided', message: 'cannot tell' },
      { reason: 'UnknownImage', message: 'the rule names nowhere:1, which the workload does not run' },
    ],
  });
});

test('a rule that says it cannot tell has not passed', (t) => {
  t.deepEqual(judge(says([], ['cannot tell']), [known]), {
    kind: 'undecided',
    undecided: [{ reason: 'RuleUndecided', message: 'cannot tell' }],
  });
});

test('no answer and a malformed one are undecided, though everything is known', (t) => {
  t.deepEqual(judge(failedAnswer(), [known]), {
    kind: 'undecided',
    undecided: [{ reason: 'DeadlineExceeded', message: 'the rule took longer than 2 s' }],
  });
  t.is(judge(answeredJson('[]'), [known]).kind, 'undecided');
});

test('violations have one order, whatever the order of the answer', (t) => {
  const elements = [
    { msg: 'whole workload' },
    { msg: 'a', image: 'new:1' },
    { msg: 'b', image: api, issue: 'XRAY-1', component: 'a' },
    { msg: 'b', image: api, issue: 'XRAY-1', component: 'b' },
    { msg: 'b', image: api, issue: 'XRAY-1', component: 'b', severity: 'high' },
    { msg: 'a', image: api, issue: 'XRAY-2' },
    { msg: 'c', image: api, license: 'MIT' },
  ];
  const order = (given: readonly unknown[]): unknown => {
    const verdict = judge(says(given), [known, notScanned]);
    return verdict.kind === 'violated' && verdict.violations.map(({ message, component, severity }) => `${message}${component}${severity}`);
  };
  const expected = ['whole workload', 'a', 'c', 'ba', 'bb', 'bbhigh', 'a'];
  t.deepEqual(order(elements), expected);
  t.deepEqual(order(elements.toReversed()), expected);
});

const unchecked = { ref: 'some:1', identity: { kind: 'unchecked', reason: 'reg.io answered 401' } } as const;

test('an image in which Xray finds nothing does not pass while its registry cannot tell whether the digest is that of an index', (t) => {
  t.deepEqual(judge(says([]), [known, imageState(scanned(), unchecked)]), {
    kind: 'undecided',
    undecided: [
      {
        reason: 'ImageUnchecked',
        message:
          'some:1: Xray finds nothing, and whether its digest is that of an index cannot be told (reg.io answered 401); see --registry-config',
      },
    ],
  });
});

test('what Xray has found, or does not know at all, is judged although the registry cannot tell', (t) => {
  const withLicense = scanned({ content: content({ licenses: [license()] }) });
  const withIssue = scanned({ content: content({ issues: [issue()] }) });
  for (const fact of [withLicense, withIssue, unscanned()]) t.is(judge(says([]), [imageState(fact, unchecked)]).kind, 'passed');
  t.is(judge(says([{ msg: 'm', image: 'some:1' }]), [imageState(scanned(), unchecked)]).kind, 'violated');
});

/** Nothing else is doubtful of the images; the rule may read violations of these watches. */
function judgeWatched(images: readonly ImageState[], watches: readonly string[], given = says([])) {
  return verdictOf({ answer: given, images, documentNow: now, now, maxAgeMs: hourMs, watches, ...noExceptions });
}

test('a rule passes only when no new violation of its watches may be about an image, and a violation stands', (t) => {
  const doubtful: ImageState = { ...known, unconfirmed: ['east', 'west'] };
  t.deepEqual(judgeWatched([known, doubtful], ['east', 'south']), {
    kind: 'undecided',
    undecided: [
      {
        reason: 'PlaceUnconfirmed',
        message: `${api}: whether it still lies where the watch east found new violations is being asked`,
      },
    ],
    excepted: [],
  });
  t.is(judgeWatched([doubtful], ['south']).kind, 'passed');
  t.is(judgeWatched([doubtful], []).kind, 'passed');
  t.is(judgeWatched([doubtful], ['east'], says([{ msg: 'm', image: api }])).kind, 'violated');
});

test('a rule that reads violations passes only when it is known where each image lies, or that they name its digest', (t) => {
  const violation = { type: 'security', severity: 'high', watch: 'east', policy: 'p', rule: 'r', issue: 'XRAY-1' } as const;
  const lost: ImageState = { ...known, isUnplaced: true };
  t.like(judgeWatched([lost], ['east']), {
    kind: 'undecided',
    undecided: [{ reason: 'PlaceUnknown', message: `${api}: Xray does not say where it lies, which tells whose violations are its` }],
  });
  t.is(judgeWatched([lost], []).kind, 'passed');
  t.is(judgeWatched([{ ...lost, violations: [violation] }], ['east']).kind, 'passed');
  t.is(judgeWatched([{ ...lost, violations: [violation] }], ['west']).kind, 'undecided');
});
