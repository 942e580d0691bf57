// What a page of violations says: every form of a row that versions of Xray are known to write, and none that is half understood.

import test from 'ava';
import type { WatchRow } from '../../src/facts/watch-source.ts';
import { type ParsedPage, parseViolations } from '../../src/xray/parse-violations.ts';

const hex = 'ab'.repeat(32);

/** A security violation with details, as Xray 3.88 and later write it. */
const detailed = {
  violation_id: '2177000000000000001',
  issue_id: 'XRAY-500123',
  type: 'Security',
  watch_name: 'payments',
  severity: 'Critical',
  created: '2026-03-02T11:22:33Z',
  summary: 'a summary',
  description: 'a description',
  provider: 'JFrog',
  infected_components: ['pypi://ledger:4.1.0'],
  infected_versions: ['(,4.1.2)'],
  fix_versions: ['[4.1.2]'],
  component_physical_paths: ['sha256__layer/usr/lib/python3/ledger'],
  violation_details_url:
    'http://localhost:8046/xray/api/v1/violations?watch_id=0c1d2e3f&issue_id=XRAY-500123&comp_id=pypi:%2F%2Fledger:4.1.0',
  impacted_artifacts: [
    `default/hub-remote-cache/ledger/web/sha256__${hex}/manifest.json`,
    'default/docker-local/ledger/web/7/manifest.json',
  ],
  matched_policies: [
    { policy: 'no-critical', rule: 'block', is_blocking: true, is_skip_not_applicable: true },
    { policy: 'inform', rule: 'all', is_blocking: false },
  ],
  properties: [{ cve: 'CVE-2026-4242', cvss_v3: '9.1/CVSS:3.1/AV:N', cwe: ['CWE-20'] }],
  extended_information: { short_description: 'prose' },
  applicability: null,
  applicability_details: [
    { component_id: 'docker://ledger/web:7', source_comp_id: 'x', vulnerability_id: 'CVE-2026-4242', result: 'applicable' },
  ],
};

function rowsOf(parsed: ParsedPage): readonly (WatchRow | null)[] | string {
  return parsed.kind === 'parsed' ? parsed.page.entries.map(({ row }) => row) : parsed.problem;
}

const rowOf = (entry: unknown, watch = 'payments'): WatchRow | null | string | undefined => {
  const rows = rowsOf(parseViolations({ total_violations: 1, violations: [entry] }, watch));
  return typeof rows === 'string' ? rows : rows[0];
};

function keyOf(entry: unknown): string {
  const row = rowOf(entry);
  return typeof row === 'object' && row !== null ? row.key : `no row: ${row}`;
}

test('a row with details: one violation for each policy and rule, digests and paths of its artifacts', (t) => {
  const common = { type: 'security', severity: 'critical', watch: 'payments', issue: 'XRAY-500123' };
  t.deepEqual(rowOf(detailed), {
    key: keyOf(detailed),
    createdAt: new Date('2026-03-02T11:22:33Z'),
    violations: [
      { ...common, policy: 'inform', rule: 'all' },
      { ...common, policy: 'no-critical', rule: 'block' },
    ],
    paths: ['docker-local/ledger/web/7', `hub-remote-cache/ledger/web/sha256:${hex}`],
    digests: [`sha256:${hex}`],
  });
});

test('a licence row has the key of the licence for its issue', (t) => {
  const row = {
    ...{ type: 'License', severity: 'High', issue_id: 'AGPL-3.0', watch_name: 'payments', description: 'GNU Affero' },
    ...{ created: '2026-03-02T11:22:33Z', infected_components: ['deb://debian:x:libfoo:1'] },
    ...{ violation_id: '9', impacted_artifacts: ['default/docker-local/ledger/web/7/manifest.json'] },
  };
  t.regex(keyOf(row), /^9 /);
  t.like(rowOf(row), {
    violations: [{ type: 'license', severity: 'high', watch: 'payments', policy: '', rule: '', issue: 'AGPL-3.0' }],
    digests: [],
  });
});

test('an operational risk, an exposure and a package that is malicious are rows like others', (t) => {
  const risk = { ...detailed, type: 'Operational_Risk', issue_id: 'ledger', operational_risk: { risk: 'High', is_eol: true } };
  t.like(rowOf(risk), { violations: [{ type: 'operational_risk' }, { type: 'operational_risk' }] });
  const exposure = { ...detailed, issue_id: 'EXP-1234-00001', details: { id: 'EXP-1234-00001' } };
  t.like(rowOf(exposure), { violations: [{ issue: 'EXP-1234-00001' }, { issue: 'EXP-1234-00001' }] });
});

test('without details the key is the part of the URL that stays the same, and where the artifacts are', (t) => {
  const { violation_id: _, ...short } = detailed;
  t.regex(keyOf(short), /^\/api\/v1\/violations\?watch_id=0c1d2e3f&issue_id=XRAY-500123&comp_id=pypi:%2F%2Fledger:4\.1\.0 \S{44}$/);
  const elsewhere = { ...short, violation_details_url: short.violation_details_url.replace('localhost:8046', '10.0.0.7:8082') };
  t.is(keyOf(short), keyOf(elsewhere));
  t.not(keyOf(short), keyOf({ ...short, impacted_artifacts: ['default/docker-local/other/1/manifest.json'] }));
});

test('without either the key is made of what the row is about', (t) => {
  // As the oldest documentation has it: singular component, an offset in the time, another Artifactory's name, a URL without component.
  const oldest = {
    ...{ description: 'A Licence', severity: 'High', type: 'License', infected_component: ['generic://sha256:1/tool-4.3.jar'] },
    ...{ created: '2018-05-29T17:30:49+03:00', watch_name: 'payments', issue_id: 'ADSL' },
    violation_details_url: 'localhost:8000/api/v1/violations?watch_id=5b163b41&issue_id=XRAY-60763',
    impacted_artifacts: ['arti1/libs-release-local/tool-4.3.jar'],
  };
  const row = rowOf(oldest);
  if (typeof row !== 'object' || row === null) return t.fail(String(row));
  t.like(row, { createdAt: new Date('2018-05-29T14:30:49Z'), paths: ['arti1/libs-release-local/tool-4.3.jar'], digests: [] });
  t.regex(row.key, /^\S{44}$/);
  for (const change of [
    { issue_id: 'MIT' },
    { infected_component: ['x'] },
    { impacted_artifacts: ['arti1/x'] },
    { created: '2018-05-29T17:30:50Z' },
  ]) {
    t.not(keyOf({ ...oldest, ...change }), row.key, JSON.stringify(change));
  }
  t.like(rowOf({ ...oldest, description: 'The same licence' }), { key: row.key });
});

test('the other spelling of artifacts counts, and so do both together', (t) => {
  const { impacted_artifacts: _, ...without } = detailed;
  t.like(rowOf({ ...without, impact_artifacts: ['default/docker-local/a/1/manifest.json'] }), { paths: ['docker-local/a/1'] });
  const both = { ...without, impacted_artifacts: ['b/b/1/manifest.json'], impact_artifacts: ['default/a/a/1/manifest.json'] };
  t.like(rowOf(both), { paths: ['a/a/1', 'b/b/1'] });
  t.like(rowOf({ ...without, impacted_artifacts: null }), { paths: [], digests: [] });
});

test('types and severities in any case are those in lower case', (t) => {
  for (const [type, severity] of [
    ['SECURITY', 'HIGH'],
    ['security', 'high'],
    ['Security', ' High '],
  ]) {
    t.like(rowOf({ ...detailed, type, severity, matched_policies: null }), { violations: [{ type: 'security', severity: 'high' }] });
  }
  t.like(rowOf({ ...detailed, type: 'Operational Risk', severity: 'Major', matched_policies: [] }), {
    violations: [{ type: 'operational_risk', severity: 'medium' }],
  });
  t.like(rowOf({ ...detailed, type: 'Sast', severity: 'Pending', matched_policies: [] }), {
    violations: [{ type: 'sast', severity: 'unknown' }],
  });
  t.like(rowOf({ ...detailed, severity: null, matched_policies: [] }), { violations: [{ severity: 'unknown' }] });
});

test('a policy that was ignored is none, and a row with only such ones is no row', (t) => {
  const ignored = { policy: 'inform', rule: 'all', is_ignored: true };
  t.like(rowOf({ ...detailed, matched_policies: [ignored, { policy: 'b', rule: 'c' }] }), { violations: [{ policy: 'b' }] });
  t.is(rowOf({ ...detailed, matched_policies: [ignored] }), null);
});

test('a row of another watch is none of this one, a row that names none is', (t) => {
  t.is(rowOf(detailed, 'other'), null);
  t.like(rowOf({ ...detailed, watch_name: null, matched_policies: [] }), { violations: [{ watch: 'payments' }] });
});

test('an id that became a number is a key only while it was not rounded', (t) => {
  t.regex(keyOf({ ...detailed, violation_id: 12 }), /^12 /);
  t.regex(keyOf({ ...detailed, violation_id: Number('2177000000000000001') }), /comp_id=pypi/);
});

test('the key of a row is that of its id and its artifacts, whatever else of it changes', (t) => {
  t.regex(keyOf(detailed), /^2177000000000000001 /);
  t.is(keyOf({ ...detailed, severity: 'Low', created: '2026-03-03T11:22:33Z' }), keyOf(detailed));
  t.not(keyOf({ ...detailed, impacted_artifacts: ['default/docker-local/ledger/web/8/manifest.json'] }), keyOf(detailed));
});

test('an empty page has no rows, whether its list is empty or null', (t) => {
  const page = (total: number | null) => ({ kind: 'parsed', page: { total, entries: [] } });
  t.deepEqual(parseViolations({ total_violations: 0, violations: [] }, 'payments'), page(0));
  t.deepEqual(parseViolations({ total_violations: 0, violations: null }, 'payments'), page(0));
  t.deepEqual(parseViolations({ violations: [] }, 'payments'), page(null));
});

const malformed: readonly (readonly [string, unknown, string])[] = [
  ['null', null, 'the answer is not an object'],
  ['a list', [], 'the answer is not an object'],
  ['an object without the list', { total_violations: 0 }, 'violations is absent'],
  ['a list that is an object', { violations: {} }, 'violations is not a list'],
  ['a count that is a text', { total_violations: '1', violations: [] }, 'total_violations is not a count'],
  ['a row that is null', { violations: [null] }, 'violations[0] is not an object'],
  ['a second row that is a text', { violations: [detailed, 'x'] }, 'violations[1] is not an object'],
];

for (const [name, body, problem] of malformed) {
  test(`${name} does not parse: ${problem}`, (t) => t.deepEqual(parseViolations(body, 'payments'), { kind: 'malformed', problem }));
}

const members: readonly (readonly [object, string])[] = [
  [{ issue_id: undefined }, 'issue_id is absent or empty'],
  [{ issue_id: 7 }, 'issue_id is not a text'],
  [{ type: null }, 'type is absent or empty'],
  [{ severity: 9 }, 'severity is not a text'],
  [{ created: undefined }, 'created is absent or no time'],
  [{ created: 'yesterday' }, 'created is absent or no time'],
  [{ created: 1_700_000_000 }, 'created is not a text'],
  [{ watch_name: 7 }, 'watch_name is not a text'],
  [{ impacted_artifacts: 'default/a/b/manifest.json' }, 'impacted_artifacts is not a list'],
  [{ impacted_artifacts: [{ path: 'default/a/b' }] }, 'impacted_artifacts[0] is not a text'],
  [{ matched_policies: {} }, 'matched_policies is not a list'],
  [{ matched_policies: ['x'] }, 'matched_policies[0] is not an object'],
  [{ matched_policies: [{ policy: 7 }] }, 'matched_policies[0].policy is not a text'],
  [{ matched_policies: [{ policy: 'a', is_ignored: 'no' }] }, 'matched_policies[0].is_ignored is not true or false'],
  [{ violation_id: {} }, 'violation_id is not a text'],
];

for (const [change, problem] of members) {
  test(`one row with ${JSON.stringify(change)} makes the page unusable: ${problem}`, (t) => {
    const body = { violations: [detailed, { ...detailed, ...change }] };
    t.deepEqual(parseViolations(body, 'payments'), { kind: 'malformed', problem: `violations[1].${problem}` });
  });
}
