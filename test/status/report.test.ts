// What a decision on one workload means for each policy.
import test from 'ava';
import { imageStates } from '../../src/evaluation/image-state.ts';
import type { Fact } from '../../src/facts/fact.ts';
import { unaskedFact } from '../../src/facts/fact.ts';
import { goneReport, shortened, workloadReport } from '../../src/status/report.ts';
import { apiDigest, apiImage, decide, type Given, held } from '../actions/decision.ts';
import { answer } from '../builders/answer.ts';
import { content, issue, now, scanned, unavailable } from '../builders/fact.ts';
import { exception } from '../builders/policy-exception.ts';
import { image, workload } from '../builders/workload.ts';

function reportOf(given: Given, failure?: string) {
  const own = given.workload ?? workload();
  const facts = imageStates(own, (digest): Fact => given.facts?.[digest] ?? scanned({ digest }));
  return workloadReport(own.ref, { decision: decide(given), facts, now, ...(failure === undefined ? {} : { failure }) });
}

const violation = (...violations: readonly object[]) => answer({ violation: violations });
const rowsOf = (given: Given, failure?: string) => reportOf(given, failure).policies.get('production')?.rows ?? [];

test('a row per rule and image, with its worst finding and how many more there are', (t) => {
  const says = violation(
    { msg: 'low one', image: apiImage, severity: 'low' },
    { msg: 'unknown one', image: apiImage },
    { msg: 'critical one', image: apiImage, severity: 'critical' },
    { msg: 'about the workload' },
  );
  t.deepEqual(
    rowsOf({ rules: [{ says, action: 'Ignore' }] }).map(({ rule, image: ref, digest, message, outcome }) => [
      rule,
      ref,
      digest,
      message,
      outcome,
    ]),
    [
      ['security', '', '', 'about the workload', 'Ignored'],
      ['security', apiImage, apiDigest, 'critical one (and 2 more)', 'Ignored'],
    ],
  );
});

test('a violation that names a tag with two digests is a row for each', (t) => {
  const own = workload({ images: [image({ digest: apiDigest }), image({ digest: `sha256:${'b'.repeat(64)}` })] });
  const rows = rowsOf({ rules: [{ says: 'violated', action: 'Ignore' }], workload: own });
  t.deepEqual(
    rows.map(({ digest }) => digest),
    [apiDigest, `sha256:${'b'.repeat(64)}`],
  );
});

test('a message is cut to 512 bytes at a character, and says so', (t) => {
  const message = (text: string, ...more: string[]) =>
    rowsOf({
      rules: [
        {
          says: violation(...[text, ...more].map((msg) => ({ msg, image: apiImage, severity: msg === text ? 'high' : '' }))),
          action: 'Ignore',
        },
      ],
    })[0]?.message ?? '';
  t.is(message('a'.repeat(512)), 'a'.repeat(512));
  t.is(message('a'.repeat(513)), `${'a'.repeat(509)}…`);
  t.is(message('€'.repeat(200)), `${'€'.repeat(169)}…`);
  t.is(message('😀'.repeat(200), 'b'), `${'😀'.repeat(124)}… (and 1 more)`);
  t.true(Buffer.byteLength(message('é'.repeat(999), 'b', 'c')) <= 512);
  t.is(shortened('é'.repeat(5), 10), 'ééééé');
});

test('a plan that could not be carried out has failed, with the reason; what asked for no action has not', (t) => {
  const rows = rowsOf(
    {
      rules: [
        { rule: 'a', says: 'violated' },
        { rule: 'b', says: 'violated', action: 'Ignore' },
      ],
    },
    'Forbidden',
  );
  t.deepEqual(
    rows.map(({ rule, outcome, reason }) => [rule, outcome, reason]),
    [
      ['a', 'Failed', 'Forbidden'],
      ['b', 'Ignored', ''],
    ],
  );
});

test('a rule that keeps a workload at zero is kept, and is no row', (t) => {
  const report = reportOf({ rules: [{ says: 'undecided' }], workload: held() }).policies.get('production');
  t.deepEqual(
    [report?.rows, report?.kept],
    [[], [{ rule: 'security', observed: { outcome: 'Confirmed', reason: '', actedAt: new Date('2026-11-23T09:30:00Z') } }]],
  );
  t.deepEqual(report?.undecided, [{ rule: 'security', reasons: [{ reason: 'RuleUndecided', message: 'cannot tell' }] }]);
});

test('images that nothing is known of are named; those that can never be known are not a matter of freshness', (t) => {
  const own = workload({ images: [image(), image({ ref: 'local', digest: '', problem: 'local is not from a registry' })] });
  const report = reportOf({ rules: [{ says: 'passed' }], workload: own, facts: { [apiDigest]: unavailable() } });
  t.deepEqual(report.policies.get('production')?.unknownImages, [`${apiImage}: Xray answered 503`]);
});

test('a report is provisional while a rule is being compiled or an image was not asked about yet', (t) => {
  const isProvisional = (given: Given) => reportOf(given).policies.get('production')?.isProvisional;
  t.deepEqual(
    [
      isProvisional({ rules: [{ says: 'pending' }] }),
      isProvisional({ rules: [{ says: 'passed' }], facts: { [apiDigest]: unaskedFact(apiDigest) } }),
      isProvisional({ rules: [{ says: 'broken' }] }),
      isProvisional({ rules: [{ says: 'passed' }], facts: { [apiDigest]: unavailable() } }),
    ],
    [true, true, false, false],
  );
});

test('of a workload that we deleted what asked for an action is left, and it is confirmed', (t) => {
  const report = reportOf({
    rules: [
      { rule: 'a', says: 'violated', action: 'Delete' },
      { rule: 'b', says: 'violated', action: 'Ignore' },
      { name: 'other', says: 'violated', action: 'ScaleDown' },
    ],
  });
  const gone = goneReport(report);
  t.deepEqual(
    [gone?.isGone, [...(gone?.policies ?? [])].map(([name, { rows }]) => [name, rows.map(({ rule, outcome }) => [rule, outcome])])],
    [
      true,
      [
        ['other', [['security', 'Confirmed']]],
        ['production', [['a', 'Confirmed']]],
      ],
    ],
  );
  t.is(goneReport(reportOf({ rules: [{ says: 'violated', action: 'Delete' }] }, 'Forbidden')), undefined);
  t.is(goneReport(reportOf({ rules: [{ says: 'violated', action: 'ScaleDown' }] })), undefined);
});

const facts = { [apiDigest]: scanned({ content: content({ issues: [issue(), issue({ id: 'XRAY-2', cves: ['CVE-2026-0002'] })] }) }) };
const two = violation(
  { msg: 'XRAY-1 is high', image: apiImage, issue: 'XRAY-1' },
  { msg: 'XRAY-2 is high', image: apiImage, issue: 'XRAY-2' },
);

test('an image of which all is excepted is a row that names the exceptions, and counts as excepted', (t) => {
  const report = reportOf({ rules: [{ says: two, exceptions: [exception({ cves: ['CVE-*'] })] }], facts });
  t.deepEqual(report.policies.get('production')?.rows, [
    {
      ...{ rule: 'security', image: apiImage, digest: apiDigest, message: 'XRAY-1 is high (and 1 more)', action: 'ScaleDown' },
      ...{ outcome: 'Excepted', reason: 'INC-1 until 2026-12-31T00:00:00Z' },
    },
  ]);
  t.true(report.policies.get('production')?.hasExcepted);
});

test('an image of which something stands is one row, which says what is excepted beside', (t) => {
  const report = reportOf({ rules: [{ says: two, exceptions: [exception({ cves: ['CVE-2026-0001'] })] }], facts });
  t.deepEqual(
    report.policies.get('production')?.rows.map(({ message, outcome, reason }) => [message, outcome, reason]),
    [['XRAY-2 is high; 1 excepted by INC-1 until 2026-12-31T00:00:00Z', 'Requested', '']],
  );
  t.true(report.policies.get('production')?.hasExcepted);
});

test('a rule that keeps the workload at zero says that, and not what of it is excepted', (t) => {
  const fresh = { [apiDigest]: { ...(facts[apiDigest] ?? scanned()), unchangedSince: now } };
  const report = reportOf({ rules: [{ says: two, exceptions: [exception({ cves: ['CVE-*'] })] }], facts: fresh, workload: held() });
  const own = report.policies.get('production');
  t.deepEqual([own?.rows, own?.kept.length, own?.hasExcepted], [[], 1, true]);
});

test('an image in which Xray finds nothing while its registry cannot tell what the digest is of is named as not known', (t) => {
  const identity = { kind: 'unchecked', reason: 'registry.example.com answered 401' } as const;
  const report = reportOf({ rules: [{ says: 'passed' }], workload: workload({ images: [image({ identity })] }) });
  t.deepEqual(report.policies.get('production')?.unknownImages, [
    `${apiImage}: Xray finds nothing, and whether its digest is that of an index cannot be told (registry.example.com answered 401); see --registry-config`,
  ]);
});
