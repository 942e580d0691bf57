// Violations as data: which rows the watches of the stand-in see in its images, and when they come and go.

import test from 'ava';
import { issuesAsked, post, startFor } from './asking.ts';

const image = {
  name: 'team/broken:2.1',
  digest: `sha256:${'b2'.repeat(32)}`,
  issues: [
    { id: 'XRAY-31', cve: 'CVE-2025-31', severity: 'High', cvss: 8, component: 'npm://thing:1.0.0', fixed: ['1.0.1'] },
    { id: 'XRAY-32', severity: 'Low', component: 'npm://thing:1.0.0' },
    { id: 'XRAY-33', cve: 'CVE-2025-33', severity: 'Critical', component: 'npm://idle:2.0.0', applicability: 'not_applicable' },
  ],
  licenses: ['MIT', { name: 'AGPL-3.0', components: ['npm://free:3.0.0'] }],
  operationalRisks: [{ component: 'npm://old:0.1.0', risk: 'High', reason: 'EOL', endOfLife: true }],
};
const clean = { name: 'team/clean:1', digest: `sha256:${'a1'.repeat(32)}`, repositories: ['docker-dev'] };

const policies: readonly (readonly [string, object, readonly string[]])[] = [
  ['issues from a severity on', { minSeverity: 'High' }, ['XRAY-33', 'XRAY-31']],
  ['no issues that are not applicable', { minSeverity: 'High', skipNotApplicable: true }, ['XRAY-31']],
  ['licences that are banned', { bannedLicenses: ['AGPL-3.0', 'GPL-3.0'] }, ['AGPL-3.0']],
  ['licences that are not allowed', { allowedLicenses: ['AGPL-3.0'] }, ['MIT']],
  ['operational risks', { minRisk: 'Medium' }, ['old']],
  ['nothing', {}, []],
];

for (const [name, policy, issues] of policies) {
  test(`a watch sees ${name}`, async (t) => {
    const xray = await startFor(t, { images: [image, clean], watches: [{ name: 'w', policies: [{ name: 'p', ...policy }] }] });
    t.deepEqual(await issuesAsked(xray, { watch_name: 'w' }), issues);
  });
}

test('details tell the policy, the fix, the CVE and what else is known', async (t) => {
  const xray = await startFor(t, {
    images: [image],
    watches: [
      {
        name: 'w',
        policies: [
          { name: 'grave', rule: 'high', minSeverity: 'High', blocking: true },
          { name: 'all', minSeverity: 'Unknown' },
        ],
      },
    ],
  });
  const { text } = await post(xray, 'v1/violations', { filters: { watch_name: 'w', include_details: true, issue_id: 'XRAY-31' } });
  t.like(JSON.parse(text).violations[0], {
    violation_id: '1830000000000000001',
    provider: 'JFrog',
    infected_versions: ['(,1.0.1)'],
    fix_versions: ['[1.0.1]'],
    matched_policies: [
      { policy: 'grave', rule: 'high', is_blocking: true },
      { policy: 'all', rule: 'all', is_blocking: false },
    ],
    properties: [{ cve: 'CVE-2025-31', cvss_v3: '8.0/CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:L/A:N' }],
    applicability: null,
  });
});

test('an artifact is found by its tag, in the cache of a remote repository and under an index by its digest', async (t) => {
  const repositories = ['docker-local', 'docker-remote-cache'];
  const other = { ...image, digest: `sha256:${'c3'.repeat(32)}`, indexDigest: `sha256:${'d4'.repeat(32)}` };
  const xray = await startFor(t, {
    images: [{ ...image, repositories }, other],
    watches: [{ name: 'w', policies: [{ name: 'p', minSeverity: 'Critical' }] }],
  });
  const { text } = await post(xray, 'v1/violations', { filters: { watch_name: 'w' } });
  t.deepEqual(
    JSON.parse(text).violations.map((row: { impacted_artifacts: string[] }) => row.impacted_artifacts),
    [
      ['default/docker-local/team/broken/2.1/manifest.json'],
      [`default/docker-remote-cache/team/broken/sha256__${'b2'.repeat(32)}/manifest.json`],
      [`default/docker-local/team/broken/sha256:${'c3'.repeat(32)}/manifest.json`],
    ],
  );
});

test('rows of several artifacts can come together', async (t) => {
  const twice = { ...image, repositories: ['docker-dev', 'docker-prod'] };
  const xray = await startFor(t, {
    images: [twice],
    watches: [{ name: 'w', policies: [{ name: 'p', minSeverity: 'Critical' }] }],
    switches: { rows: 'together' },
  });
  const { text } = await post(xray, 'v1/violations', { filters: { watch_name: 'w' } });
  t.like(JSON.parse(text), {
    total_violations: 1,
    violations: [
      { impacted_artifacts: ['default/docker-dev/team/broken/2.1/manifest.json', 'default/docker-prod/team/broken/2.1/manifest.json'] },
    ],
  });
});

test('a watch looks only into its repositories', async (t) => {
  const xray = await startFor(t, {
    images: [image],
    watches: [{ name: 'w', repositories: ['docker-prod'], policies: [{ name: 'p', minSeverity: 'Low' }] }],
  });
  t.deepEqual(await issuesAsked(xray, { watch_name: 'w' }), []);
});

test('an issue that is published is a row of that second, the others keep theirs', async (t) => {
  let now = new Date('2026-05-01T10:00:00.250Z');
  const xray = await startFor(t, {
    now: () => now,
    images: [image, clean],
    watches: [{ name: 'w', policies: [{ name: 'p', minSeverity: 'High' }] }],
  });
  now = new Date('2026-05-01T10:07:30.990Z');
  xray.addIssue(clean.digest, { id: 'XRAY-77', severity: 'Critical', component: 'npm://ws:8.0.0' });
  xray.addIssue(image.digest, { id: 'XRAY-78', severity: 'Low', component: 'npm://ws:8.0.0' });
  const question = { filters: { watch_name: 'w', include_details: true }, pagination: { order_by: 'created', direction: 'asc' } };
  const { text } = await post(xray, 'v1/violations', question);
  t.deepEqual(
    JSON.parse(text).violations.map((row: Record<string, string>) => [row.violation_id, row.issue_id, row.created]),
    [
      ['1830000000000000001', 'XRAY-31', '2026-05-01T10:00:00Z'],
      ['1830000000000000002', 'XRAY-33', '2026-05-01T10:00:00Z'],
      ['1830000000000000003', 'XRAY-77', '2026-05-01T10:07:30Z'],
    ],
  );
});

test('rows vanish with their issue, their image, their scan and their watch', async (t) => {
  const xray = await startFor(t, { images: [image, clean], watches: [{ name: 'w', policies: [{ name: 'p', minSeverity: 'High' }] }] });
  xray.removeIssue(image.digest, 'XRAY-33');
  t.deepEqual(await issuesAsked(xray, { watch_name: 'w' }), ['XRAY-31']);
  xray.set({ ...image, status: 'PENDING' });
  t.deepEqual(await issuesAsked(xray, { watch_name: 'w' }), []);
  xray.set(image);
  t.deepEqual(await issuesAsked(xray, { watch_name: 'w' }), ['XRAY-33', 'XRAY-31']);
  xray.remove(image.digest);
  t.deepEqual(await issuesAsked(xray, { watch_name: 'w' }), []);
  xray.set(image);
  xray.removeWatch('w');
  t.deepEqual(await issuesAsked(xray, { watch_name: 'w' }), []);
});

test('what is ignored vanishes without a word, and comes back as it was', async (t) => {
  const xray = await startFor(t, { images: [image], watches: [{ name: 'w', policies: [{ name: 'p', minSeverity: 'High' }] }] });
  const before = await post(xray, 'v1/violations', { filters: { watch_name: 'w' } });
  const restore = xray.ignore({ issue: 'CVE-2025-31', image: 'team/broken:2.1' });
  t.deepEqual(await issuesAsked(xray, { watch_name: 'w' }), ['XRAY-33']);
  restore();
  t.deepEqual(await post(xray, 'v1/violations', { filters: { watch_name: 'w' } }), before);
});

test('an ignore rule holds for what it names alone', async (t) => {
  const watches = ['one', 'other'].map((name) => ({ name, policies: [{ name: 'p', minSeverity: 'Critical' }] }));
  const xray = await startFor(t, { images: [image], watches });
  xray.ignore({ watch: 'one', component: 'npm://idle:2.0.0' });
  xray.ignore({ issue: 'XRAY-33', image: 'team/clean:1' });
  t.deepEqual(await issuesAsked(xray, { watch_name: 'one' }), []);
  t.deepEqual(await issuesAsked(xray, { watch_name: 'other' }), ['XRAY-33']);
  t.throws(() => xray.ignore({}), { message: 'ignore: ignore rule must NOT have fewer than 1 properties' });
});

test('rows can be added to a watch by hand', async (t) => {
  const xray = await startFor(t, { watches: [{ name: 'w' }] });
  xray.addViolations('w', [{ issue: 'GPL-3.0', type: 'License', severity: 'High', artifacts: ['arti1/x/1/manifest.json'] }]);
  t.deepEqual(await issuesAsked(xray, { watch_name: 'w' }), ['GPL-3.0']);
  t.throws(() => xray.addViolations('v', []), { message: 'the stand-in knows no watch named v' });
});
