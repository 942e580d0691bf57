// What an answer of summary/artifact means, down to its oddities.

import test from 'ava';
import type { Issue, OperationalRisk, ScanAnswer } from '../../src/facts/scan.ts';
import { parseSummary } from '../../src/xray/parse-summary.ts';

const hex = '5b0f0e8f3f2b1a4c6d7e8f9a0b1c2d3e4f5a6b7c8d9e0f1a2b3c4d5e6f7a8b9c';
const otherHex = '77aa0e8f3f2b1a4c6d7e8f9a0b1c2d3e4f5a6b7c8d9e0f1a2b3c4d5e6f7a8b00';
const digest = `sha256:${hex}`;
const otherDigest = `sha256:${otherHex}`;

const nothing = { issues: [], licenses: [], operationalRisks: [] };
const paths = ['pay/gate/3'];
const general = { component_id: 'pay/gate:3', name: 'pay/gate:3', path: 'default/pay/gate/3/', pkg_type: 'Docker', sha256: hex };
const issue = { issue_id: 'XRAY-501', issue_type: 'security', severity: 'High', components: [] };
const plainIssue: Issue = {
  id: 'XRAY-501',
  cves: [],
  severity: 'high',
  cvss: null,
  applicability: '',
  malicious: false,
  publishedAt: '',
  components: [],
};

/** What the body says of `digest`, which is asked alone. */
function answerTo(body: unknown): ScanAnswer | undefined {
  const summary = parseSummary(body, [digest]);
  return summary.kind === 'parsed' ? summary.answers.get(digest) : undefined;
}

/** What an issue with these members becomes, or why it does not parse. */
function issueOf(members: object): Issue | string | undefined {
  const answer = answerTo({ artifacts: [{ general, issues: [{ ...issue, ...members }], licenses: [] }] });
  return answer?.kind === 'scanned' ? answer.content.issues[0] : answer?.kind === 'unavailable' ? answer.reason : undefined;
}

test('an image with an issue and a licence is scanned, prose left out', (t) => {
  const body = {
    artifacts: [
      {
        general,
        issues: [
          {
            issue_id: 'XRAY-482113',
            summary: 'prose',
            description: 'more prose',
            issue_type: 'security',
            severity: 'High',
            provider: 'JFrog',
            created: '2025-06-01T10:00:00.512Z',
            cves: [
              {
                cve: 'CVE-2025-31337',
                cwe: ['CWE-79'],
                cvss_v2: '5.0/CVSS:2.0/AV:N/AC:L/Au:N/C:N/I:N/A:P',
                cvss_v3: '8.1/CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:H/A:H',
              },
            ],
            impact_path: ['default/pay/gate/3/sha256__77.tar.gz/left'],
            components: [{ component_id: 'npm://left:1.2.0', version: '1.2.0', pkg_type: 'npm', fixed_versions: ['[1.2.9]', '1.3.1'] }],
            component_physical_paths: ['app/left'],
            extended_information: { short_description: 'prose', jfrog_research_severity: 'Low' },
            applicability: null,
            applicability_details: [
              {
                component_id: 'docker://pay/gate:3',
                source_comp_id: 'npm://left:1.2.0',
                vulnerability_id: 'CVE-2025-31337',
                result: 'applicable',
              },
            ],
          },
        ],
        licenses: [{ name: 'ISC', full_name: 'ISC License', more_info_url: null, components: ['npm://left:1.2.0'] }],
        operational_risks: null,
      },
    ],
    errors: [],
  };
  t.deepEqual(answerTo(body), {
    kind: 'scanned',
    content: {
      issues: [
        {
          id: 'XRAY-482113',
          cves: ['CVE-2025-31337'],
          severity: 'high',
          cvss: 8.1,
          applicability: 'applicable',
          malicious: false,
          publishedAt: '2025-06-01T10:00:00.512Z',
          components: [{ id: 'npm://left:1.2.0', version: '1.2.0', fixedVersions: ['1.2.9', '1.3.1'] }],
        },
      ],
      licenses: [{ name: 'ISC', components: ['npm://left:1.2.0'] }],
      operationalRisks: [],
    },
    paths: ['pay/gate/3'],
  });
});

test('lists that are null are empty', (t) => {
  const body = { artifacts: [{ general, issues: null, licenses: null, operational_risks: null }], errors: null };
  t.deepEqual(answerTo(body), { kind: 'scanned', content: nothing, paths });
});

test('licences and operational risks that are absent are none', (t) => {
  t.deepEqual(answerTo({ artifacts: [{ general, issues: [] }] }), {
    kind: 'scanned',
    content: nothing,
    paths,
  });
});

test('an artifact without the key issues is unavailable, not clean', (t) => {
  t.deepEqual(answerTo({ artifacts: [{ general, licenses: [{ name: 'MIT', components: [] }] }], errors: [] }), {
    kind: 'unavailable',
    reason: "Xray's answer does not parse: artifacts[].issues is absent",
  });
});

test('an artifact without a path is scanned, and lies nowhere that is known', (t) => {
  for (const path of [undefined, null, '']) {
    t.deepEqual(answerTo({ artifacts: [{ general: { ...general, path }, issues: [] }] }), { kind: 'scanned', content: nothing });
  }
});

test('a digest in errors is unscanned, whatever the text says', (t) => {
  t.deepEqual(answerTo({ artifacts: null, errors: [{ identifier: hex, error: 'gone fishing' }] }), { kind: 'unscanned' });
});

test('a digest in neither list is unscanned', (t) => {
  t.deepEqual(answerTo({ artifacts: [], errors: null }), { kind: 'unscanned' });
});

test('digests are found in any case and any order', (t) => {
  const body = {
    artifacts: [
      { general: { ...general, sha256: otherHex.toUpperCase() }, issues: [issue] },
      { general: { ...general, sha256: hex.toUpperCase() }, issues: [] },
    ],
  };
  t.deepEqual(parseSummary(body, [digest, otherDigest]), {
    kind: 'parsed',
    answers: new Map([
      [digest, { kind: 'scanned', content: nothing, paths }],
      [otherDigest, { kind: 'scanned', content: { ...nothing, issues: [plainIssue] }, paths }],
    ]),
  });
});

test('an artifact that nobody asked for is left out', (t) => {
  t.deepEqual(answerTo({ artifacts: [{ general: { ...general, sha256: otherHex }, issues: [] }], errors: [] }), { kind: 'unscanned' });
});

test('an artifact in several repositories is one, with the issues and licences of all', (t) => {
  const body = {
    artifacts: [
      {
        general,
        issues: [
          {
            ...issue,
            severity: 'Low',
            cves: [{ cve: 'CVE-2', cvss_v3: '3.1' }],
            components: [{ component_id: 'b', fixed_versions: ['2'] }],
          },
        ],
        licenses: [{ name: 'MIT', components: ['z'] }],
      },
      {
        general: { ...general, path: 'default/mirror/gate/3/' },
        issues: [
          {
            ...issue,
            severity: 'High',
            cves: [{ cve: 'CVE-1', cvss_v3: '7.0' }],
            components: [{ component_id: 'b', fixed_versions: ['1'] }, { component_id: 'a' }],
          },
          { ...issue, issue_id: 'XRAY-100' },
        ],
        licenses: [{ name: 'MIT', components: ['a', 'z'] }, { name: 'BSD' }],
      },
    ],
    errors: [{ identifier: hex, error: 'not in one of them' }],
  };
  t.deepEqual(answerTo(body), {
    kind: 'scanned',
    content: {
      issues: [
        { ...plainIssue, id: 'XRAY-100' },
        {
          ...plainIssue,
          cves: ['CVE-1', 'CVE-2'],
          cvss: 7,
          components: [
            { id: 'a', version: '', fixedVersions: [] },
            { id: 'b', version: '', fixedVersions: ['1', '2'] },
          ],
        },
      ],
      licenses: [
        { name: 'BSD', components: [] },
        { name: 'MIT', components: ['a', 'z'] },
      ],
      operationalRisks: [],
    },
    paths: ['mirror/gate/3', 'pay/gate/3'],
  });
});

test('one malformed artifact of several spoils its digest, and no other', (t) => {
  const body = {
    artifacts: [
      { general, issues: [] },
      { general, issues: { total: 0 } },
      { general: { ...general, sha256: otherHex }, issues: [] },
    ],
  };
  t.deepEqual(parseSummary(body, [digest, otherDigest]), {
    kind: 'parsed',
    answers: new Map<string, ScanAnswer>([
      [digest, { kind: 'unavailable', reason: "Xray's answer does not parse: artifacts[].issues is not a list" }],
      [otherDigest, { kind: 'scanned', content: nothing, paths }],
    ]),
  });
});

test('an artifact with an error of its own is unavailable', (t) => {
  t.deepEqual(answerTo({ artifacts: [{ general, issues: [], error: 'timeout in db' }] }), {
    kind: 'unavailable',
    reason: 'Xray reports an error for this artifact',
  });
  t.is(answerTo({ artifacts: [{ general, issues: [], error: '' }] })?.kind, 'scanned');
});

const nameless: readonly (readonly [string, unknown, string])[] = [
  ['an artifact that is null', { artifacts: [null] }, 'artifacts[] is not an object'],
  ['an artifact without general', { artifacts: [{ issues: [] }] }, 'artifacts[].general is not an object'],
  ['an artifact without sha256', { artifacts: [{ general: { name: 'x' }, issues: [] }] }, 'artifacts[].general.sha256 is absent or empty'],
  [
    'an artifact with a number for sha256',
    { artifacts: [{ general: { sha256: 7 }, issues: [] }] },
    'artifacts[].general.sha256 is not a text',
  ],
  ['an error without identifier', { artifacts: [], errors: [{ error: 'x' }] }, 'errors[].identifier is absent or empty'],
];

for (const [name, body, problem] of nameless) {
  test(`${name} makes a digest that is not found unavailable, for it may be meant`, (t) => {
    t.deepEqual(answerTo(body), { kind: 'unavailable', reason: `Xray's answer does not parse: ${problem}` });
  });
}

test('an artifact without sha256 does not touch a digest that is found', (t) => {
  t.is(
    answerTo({
      artifacts: [
        { general: {}, issues: [] },
        { general, issues: [] },
      ],
    })?.kind,
    'scanned',
  );
});

const malformed: readonly (readonly [string, unknown, string])[] = [
  ['null', null, 'it is not an object'],
  ['a list', [], 'it is not an object'],
  ['a text', 'pong', 'it is not an object'],
  ['an object of something else', { status: 'ok' }, 'it has neither artifacts nor errors'],
  ['the answer to nothing asked', { artifacts: null, errors: null }, 'it has neither artifacts nor errors'],
  ['artifacts as an object', { artifacts: {}, errors: [] }, 'artifacts is not a list'],
  ['errors as a text', { artifacts: [], errors: 'none' }, 'errors is not a list'],
];

for (const [name, body, problem] of malformed) {
  test(`a body that is ${name} says nothing of any digest`, (t) => {
    t.deepEqual(parseSummary(body, [digest]), { kind: 'malformed', problem });
  });
}

const severities: readonly (readonly [unknown, string])[] = [
  ['Critical', 'critical'],
  ['HIGH', 'high'],
  ['medium', 'medium'],
  ['Major', 'medium'],
  ['Low', 'low'],
  ['minor', 'low'],
  ['Information', 'information'],
  ['Normal', 'information'],
  ['Unknown', 'unknown'],
  ['Pending', 'unknown'],
  ['constructor', 'unknown'],
  [null, 'unknown'],
  [undefined, 'unknown'],
];

for (const [word, severity] of severities) {
  test(`the severity ${JSON.stringify(word)} is ${severity}`, (t) => {
    t.like(issueOf({ severity: word }), { severity });
  });
}

const scores: readonly (readonly [unknown, number | null])[] = [
  [[{ cve: 'CVE-1', cvss_v3: '7.5/CVSS:3.1/AV:N', cvss_v2: '9.0/CVSS:2.0/AV:N' }], 7.5],
  [[{ cve: 'CVE-1', cvss_v2: '5.0/CVSS:2.0/AV:N' }], 5],
  [[{ cvss_v3: '9.8' }], 9.8],
  [[{ cvss_v3: '10' }], 10],
  [[{ cvss_v3: 6.5 }], 6.5],
  [[{ cvss_v3: '3.0' }, { cvss_v3: '8.2/CVSS:3.0/AV:N' }], 8.2],
  [[{ cvss_v3: '', cvss_v2: 'n/a' }], null],
  [[{ cvss_v3: '2024-01-01' }], null],
  [[], null],
  [null, null],
];

for (const [cves, cvss] of scores) {
  test(`the CVSS score of ${JSON.stringify(cves)} is ${cvss}`, (t) => {
    t.like(issueOf({ cves }), { cvss });
  });
}

const applicabilities: readonly (readonly [string, object, string])[] = [
  ['nothing said', {}, ''],
  ['null and an empty list', { applicability: null, applicability_details: [] }, ''],
  [
    'one component is concerned, one is not',
    { applicability_details: [{ result: 'not_applicable' }, { result: 'Applicable' }] },
    'applicable',
  ],
  ['one component is not covered', { applicability_details: [{ result: 'not_applicable' }, { result: 'not_covered' }] }, 'not_covered'],
  ['a word that is new to us', { applicability_details: [{ result: 'not_applicable' }, { result: 'paused' }] }, 'paused'],
  ['all are not concerned', { applicability_details: [{ result: 'not_applicable' }, { result: 'Not Applicable' }] }, 'not_applicable'],
  ['an entry without result', { applicability_details: [{ result: 'not_applicable' }, {}] }, ''],
  [
    'one of two CVEs was not looked at',
    { cves: [{ cve: 'CVE-1' }, { cve: 'CVE-2' }], applicability_details: [{ vulnerability_id: 'CVE-1', result: 'not_applicable' }] },
    'undetermined',
  ],
  [
    'both of two CVEs were looked at',
    {
      cves: [{ cve: 'CVE-1' }, { cve: 'CVE-2' }],
      applicability_details: [
        { vulnerability_id: 'CVE-1', result: 'not_applicable' },
        { vulnerability_id: 'cve-2', result: 'not_applicable' },
      ],
    },
    'not_applicable',
  ],
  ['the older form is a flag', { applicability: false }, 'not_applicable'],
  ['the older form is an object', { applicability: { applicability: true } }, 'applicable'],
  ['the older form is a list', { applicability: [{ applicability: false }, { applicability: null }] }, 'undetermined'],
  [
    'both forms are there',
    { applicability: [{ applicability: true }], applicability_details: [{ result: 'undetermined' }] },
    'undetermined',
  ],
];

for (const [name, members, applicability] of applicabilities) {
  test(`applicability where ${name}: ${JSON.stringify(applicability)}`, (t) => {
    t.like(issueOf(members), { applicability });
  });
}

for (const type of ['license', 'License', 'operational risk', 'Operational_Risk']) {
  test(`an entry of the type ${type} is no issue`, (t) => {
    t.is(issueOf({ issue_type: type }), undefined);
  });
}

for (const type of ['Security', null, 'exposure']) {
  test(`an entry of the type ${type} is an issue`, (t) => {
    t.deepEqual(issueOf({ issue_type: type }), plainIssue);
  });
}

test('the flag of a malicious package reaches the issue', (t) => {
  t.like(issueOf({ malicious_package: true }), { malicious: true });
});

const times: readonly (readonly [unknown, string])[] = [
  ['2025-06-01T10:00:00Z', '2025-06-01T10:00:00.000Z'],
  ['2021-05-28t19:37:50.075822379z', '2021-05-28T19:37:50.075Z'],
  ['2018-05-29T01:30:49+03:00', '2018-05-28T22:30:49.000Z'],
  ['2024-02-29T00:00:00.1-02:30', '2024-02-29T02:30:00.100Z'],
  ['0001-01-01T00:00:00Z', ''],
  ['9999-12-31T23:59:59-01:00', ''],
  ['2025-02-29T00:00:00Z', ''],
  ['2025-04-31T00:00:00Z', ''],
  ['2025-13-01T00:00:00Z', ''],
  ['2025-06-01T24:00:00Z', ''],
  ['2025-06-01T10:00:00', ''],
  ['2025-06-01', ''],
  ['1762000000', ''],
  ['yesterday', ''],
  ['', ''],
  [null, ''],
];

for (const [created, publishedAt] of times) {
  test(`an issue created ${JSON.stringify(created)} was published ${JSON.stringify(publishedAt)}`, (t) => {
    t.like(issueOf({ created }), { publishedAt });
  });
}

test('an issue of several artifacts was published at the earliest time that one of them gives', (t) => {
  const created = ['2025-06-02T00:00:00Z', undefined, '2025-06-02T01:00:00+02:00'];
  const answer = answerTo({ artifacts: created.map((time) => ({ general, issues: [{ ...issue, created: time }] })) });
  t.deepEqual(answer, {
    kind: 'scanned',
    content: { issues: [{ ...plainIssue, publishedAt: '2025-06-01T23:00:00.000Z' }], licenses: [], operationalRisks: [] },
    paths,
  });
});

/** What these operational risks become, or why they do not parse. */
function risksOf(...lists: readonly unknown[]): readonly OperationalRisk[] | string | undefined {
  const answer = answerTo({ artifacts: lists.map((risks) => ({ general, issues: [], operational_risks: risks })) });
  return answer?.kind === 'scanned' ? answer.content.operationalRisks : answer?.kind === 'unavailable' ? answer.reason : undefined;
}

test('an operational risk is read, prose and numbers left out', (t) => {
  const risk = {
    ...{ component_id: 'npm://left:1.2.0', risk: 'High', risk_reason: 'EOL', is_eol: true, eol_message: 'prose', latest_version: '3.0.1' },
    ...{ newer_versions: 7, cadence: 0.5, commits: '12', committers: 3, released: '2022-04-17T18:27:04Z' },
  };
  t.deepEqual(risksOf([risk]), [{ component: 'npm://left:1.2.0', risk: 'high', reason: 'EOL', endOfLife: true, latestVersion: '3.0.1' }]);
});

test('an operational risk that says nothing is no end of life', (t) => {
  const nothing = { component: '', risk: 'unknown', reason: '', endOfLife: false, latestVersion: '' };
  t.deepEqual(risksOf([{}]), [nothing]);
  t.deepEqual(risksOf([{ component_id: null, risk: 'Severe', risk_reason: null, is_eol: null, latest_version: null }]), [nothing]);
});

test('operational risks of several artifacts stand in one order, each once', (t) => {
  const [a, b] = [
    { component_id: 'a', risk: 'None' },
    { component_id: 'b', risk: 'low' },
  ];
  const expected = [
    { component: 'a', risk: 'none', reason: '', endOfLife: false, latestVersion: '' },
    { component: 'b', risk: 'low', reason: '', endOfLife: false, latestVersion: '' },
    { component: 'b', risk: 'low', reason: '', endOfLife: true, latestVersion: '' },
  ];
  const ended = { ...b, is_eol: true };
  t.deepEqual(risksOf([b, a], null, [ended, a]), expected);
  t.deepEqual(risksOf([ended], [a, b, a]), expected);
});

const wrongRisks: readonly (readonly [unknown, string])[] = [
  [{ 'npm://a:1': {} }, ' is not a list'],
  [[null], '[0] is not an object'],
  [[{ component_id: 1 }], '[0].component_id is not a text'],
  [[{}, { risk: 3 }], '[1].risk is not a text'],
  [[{ risk_reason: ['a'] }], '[0].risk_reason is not a text'],
  [[{ is_eol: 'true' }], '[0].is_eol is not true or false'],
  [[{ latest_version: 2 }], '[0].latest_version is not a text'],
];

for (const [risks, problem] of wrongRisks) {
  test(`operational risks ${JSON.stringify(risks)} do not parse`, (t) => {
    t.is(risksOf(risks), `Xray's answer does not parse: artifacts[].operational_risks${problem}`);
  });
}

test('an impact path may be a text, a list or absent', (t) => {
  for (const impactPath of ['default/x', ['default/x'], undefined]) t.deepEqual(issueOf({ impact_path: impactPath }), plainIssue);
});

for (const components of [null, undefined]) {
  test(`components that are ${components} are none`, (t) => {
    t.deepEqual(issueOf({ components }), plainIssue);
  });
}

test('fixed versions lose the brackets of a single version, and a range keeps them', (t) => {
  t.like(issueOf({ components: [{ component_id: 'go', fixed_versions: ['[1.20.1]', '2.0', '[1.2,1.4)', ''] }] }), {
    components: [{ id: 'go', version: '', fixedVersions: ['1.20.1', '2.0', '[1.2,1.4)'] }],
  });
});

test('a text that cannot be written as UTF-8 is mended', (t) => {
  t.like(issueOf({ issue_id: 'XRAY-\ud800' }), { id: 'XRAY-\ufffd' });
});

const wrongTypes: readonly (readonly [object, string])[] = [
  [{ issue_id: undefined }, 'issue_id is absent or empty'],
  [{ issue_id: 12 }, 'issue_id is not a text'],
  [{ issue_type: 3 }, 'issue_type is not a text'],
  [{ severity: 4 }, 'severity is not a text'],
  [{ cves: 'CVE-1' }, 'cves is not a list'],
  [{ cves: ['CVE-1'] }, 'cves[0] is not an object'],
  [{ cves: [{ cve: 1 }] }, 'cves[0].cve is not a text'],
  [{ cves: [{ cvss_v3: {} }] }, 'cves[0].cvss_v3 is not a text'],
  [{ created: 1762000000 }, 'created is not a text'],
  [{ components: { 'npm://a:1': {} } }, 'components is not a list'],
  [{ components: [{ fixed_versions: '1.2' }] }, 'components[0].fixed_versions is not a list'],
  [{ components: [{ fixed_versions: [1] }] }, 'components[0].fixed_versions[0] is not a text'],
  [{ applicability: 'applicable' }, 'applicability is not an object'],
  [{ applicability_details: {} }, 'applicability_details is not a list'],
  [{ malicious_package: 'yes' }, 'malicious_package is not true or false'],
];

for (const [members, problem] of wrongTypes) {
  test(`an issue with ${JSON.stringify(members)} does not parse: ${problem}`, (t) => {
    t.is(issueOf(members), `Xray's answer does not parse: artifacts[].issues[0].${problem}`);
  });
}

test('a licence without a name does not parse', (t) => {
  t.deepEqual(answerTo({ artifacts: [{ general, issues: [], licenses: [{ full_name: 'x' }] }] }), {
    kind: 'unavailable',
    reason: "Xray's answer does not parse: artifacts[].licenses[0].name is absent or empty",
  });
});
