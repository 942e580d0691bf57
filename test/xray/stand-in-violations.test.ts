// POST /api/v1/violations of the stand-in: filters, order, pages, forms of rows, and what it complains about.

import test from 'ava';
import { complaints, issuesAsked, post, startFor } from './asking.ts';
import type { XrayStandInOptions } from './stand-in.ts';

const artifacts = ['default/docker-local/team/one/1/manifest.json'];
const row = (issue: string, severity: string, created: string) => ({ issue, severity, created, artifacts });
const two: XrayStandInOptions = {
  watches: [
    {
      name: 'first',
      violations: [
        { ...row('XRAY-1', 'Low', '2026-05-01T10:00:00Z'), summary: 'Heap overflow', cve: 'CVE-2026-1' },
        row('XRAY-2', 'Critical', '2026-05-01T11:00:00Z'),
        { ...row('GPL-3.0', 'High', '2026-05-01T12:00:00Z'), type: 'License', artifacts: ['default/docker-dev/team/two/2/manifest.json'] },
        row('XRAY-3', 'Unknown', '2026-05-01T13:00:00Z'),
      ],
    },
    { name: 'second', violations: [row('XRAY-1', 'Low', '2026-05-01T10:00:00Z')] },
  ],
};

test('a row is written as documented', async (t) => {
  const xray = await startFor(t, {
    watches: [{ name: 'w', violations: [{ ...row('XRAY-1', 'High', '2026-05-01T10:00:00Z'), component: 'npm://thing:1.0.0' }] }],
  });
  const { text } = await post(xray, 'v1/violations', { filters: { watch_name: 'w' } });
  t.deepEqual(JSON.parse(text), {
    total_violations: 1,
    violations: [
      {
        description: 'High violation by XRAY-1',
        severity: 'High',
        type: 'Security',
        infected_components: ['npm://thing:1.0.0'],
        created: '2026-05-01T10:00:00Z',
        watch_name: 'w',
        issue_id: 'XRAY-1',
        violation_details_url:
          'http://localhost:8046/xray/api/v1/violations?watch_id=50e721e49c013f00c62cf59f&issue_id=XRAY-1&comp_id=npm:%2F%2Fthing:1.0.0',
        impacted_artifacts: artifacts,
      },
    ],
  });
});

test('an unknown watch has no rows', async (t) => {
  const xray = await startFor(t, two);
  const { text } = await post(xray, 'v1/violations', { filters: { watch_name: 'third' } });
  t.is(text, '{"total_violations":0,"violations":[]}');
});

test('the gravest come first when no order is asked for', async (t) => {
  const xray = await startFor(t, two);
  t.deepEqual(await issuesAsked(xray, { watch_name: 'first' }), ['XRAY-2', 'GPL-3.0', 'XRAY-1', 'XRAY-3']);
});

test('every other order ascends when no direction is asked for', async (t) => {
  const xray = await startFor(t, two);
  t.deepEqual(await issuesAsked(xray, { watch_name: 'first' }, { order_by: 'created' }), ['XRAY-1', 'XRAY-2', 'GPL-3.0', 'XRAY-3']);
  t.deepEqual(await issuesAsked(xray, { watch_name: 'first' }, { order_by: 'issue_id', direction: 'desc' }), [
    'XRAY-3',
    'XRAY-2',
    'XRAY-1',
    'GPL-3.0',
  ]);
});

test('the same issue is a row of each watch that sees it', async (t) => {
  const xray = await startFor(t, two);
  t.deepEqual(await issuesAsked(xray, { created_from: '2026-05-01T00:00:00Z', issue_id: 'XRAY-1' }), ['XRAY-1', 'XRAY-1']);
});

const filters: readonly (readonly [object, readonly string[]])[] = [
  [{ min_severity: 'High' }, ['XRAY-2', 'GPL-3.0']],
  [{ min_severity: 'Unknown' }, ['XRAY-2', 'GPL-3.0', 'XRAY-1', 'XRAY-3']],
  [{ violation_type: 'License' }, ['GPL-3.0']],
  [{ violation_type: 'Operational_Risk' }, []],
  [{ created_from: '2026-05-01T11:00:00Z', created_until: '2026-05-01T12:00:00Z' }, ['XRAY-2', 'GPL-3.0']],
  [{ created_from: '2026-05-01T15:00:00+03:00' }, ['GPL-3.0', 'XRAY-3']],
  [{ cve_id: 'CVE-2026-1' }, ['XRAY-1']],
  [{ name_contains: 'heap' }, ['XRAY-1']],
  [{ resources: { artifacts: [{ repo: 'docker-dev', path: 'team/two/2/manifest.json' }] } }, ['GPL-3.0']],
  [{ resources: { builds: [{ name: 'shop', number: '1' }] } }, []],
];

for (const [filter, issues] of filters) {
  test(`the filter ${JSON.stringify(filter)} leaves ${issues.length} of 4 rows`, async (t) => {
    const xray = await startFor(t, two);
    t.deepEqual(await issuesAsked(xray, { watch_name: 'first', ...filter }), issues);
    t.deepEqual(complaints(xray), []);
  });
}

test('whether created_from includes its second is a switch', async (t) => {
  const xray = await startFor(t, two);
  const window = { watch_name: 'first', created_from: '2026-05-01T13:00:00Z' };
  t.deepEqual(await issuesAsked(xray, window), ['XRAY-3']);
  xray.turn({ createdFrom: 'exclusive' });
  t.deepEqual(await issuesAsked(xray, window), []);
});

const many = {
  watches: [{ name: 'w', violations: Array.from({ length: 30 }, (_, index) => row(`XRAY-${index}`, 'Low', '2026-05-01T10:00:00Z')) }],
};

test('offset is the number of a page, 25 rows long unless a limit is given', async (t) => {
  const xray = await startFor(t, many);
  t.is((await issuesAsked(xray, { watch_name: 'w' })).length, 25);
  t.is((await issuesAsked(xray, { watch_name: 'w' }, { offset: 2 })).length, 5);
  t.deepEqual(await issuesAsked(xray, { watch_name: 'w' }, { offset: 3, limit: 10 }), [
    ...['XRAY-20', 'XRAY-21', 'XRAY-22', 'XRAY-23', 'XRAY-24'],
    ...['XRAY-25', 'XRAY-26', 'XRAY-27', 'XRAY-28', 'XRAY-29'],
  ]);
  t.deepEqual(await issuesAsked(xray, { watch_name: 'w' }, { offset: 4, limit: 10 }), []);
  t.deepEqual(complaints(xray), []);
});

test('an offset that counts rows finds nothing, and is complained about', async (t) => {
  const xray = await startFor(t, many);
  t.deepEqual(await issuesAsked(xray, { watch_name: 'w' }, { offset: 25, limit: 25 }), []);
  t.deepEqual(complaints(xray), ['offset is 25, and 2 is the last page: it is the number of a page, not of a row']);
});

test('an offset that counts from 0 gets the first page twice, and is complained about', async (t) => {
  const xray = await startFor(t, many);
  t.is((await issuesAsked(xray, { watch_name: 'w' }, { offset: 0, limit: 2 }))[0], 'XRAY-0');
  t.is((await issuesAsked(xray, { watch_name: 'w' }, { offset: 1, limit: 2 }))[0], 'XRAY-0');
  t.deepEqual(complaints(xray), ['offset is 0: it counts from 1']);
});

test('before 3.88.10 direction and created_until are not read', async (t) => {
  const xray = await startFor(t, { ...two, switches: { version: '3.88.9' } });
  const window = { watch_name: 'first', created_until: '2026-05-01T11:00:00Z' };
  t.deepEqual(await issuesAsked(xray, window, { order_by: 'created', direction: 'asc' }), ['XRAY-3', 'GPL-3.0', 'XRAY-2', 'XRAY-1']);
  t.deepEqual(complaints(xray), ['created_until is not read before 3.88.10']);
  xray.turn({ version: '3.88.10' });
  t.deepEqual(await issuesAsked(xray, window, { order_by: 'created', direction: 'asc' }), ['XRAY-1', 'XRAY-2']);
});

test('a question without a watch and a time is never answered', async (t) => {
  const xray = await startFor(t, two);
  const question = fetch(`${xray.url}/xray/api/v1/violations`, {
    method: 'POST',
    headers: { authorization: 'Bearer stand-in-token' },
    body: '{"filters":{"min_severity":"High"}}',
    signal: AbortSignal.timeout(300),
  });
  await t.throwsAsync(question, { name: 'TimeoutError' });
  t.deepEqual(complaints(xray), ['a question without watch_name and created_from is never answered by a large instance']);
  xray.turn({ unfiltered: 'answer' });
  t.deepEqual(await issuesAsked(xray, { min_severity: 'High' }), ['XRAY-2', 'GPL-3.0']);
});

const refused: readonly (readonly [unknown, number, string])[] = [
  ['{', 415, 'Failed to parse json.'],
  ['[]', 415, 'Failed to parse json.'],
  [{ filters: [] }, 415, 'Failed to parse json.'],
  [{ filters: { watch_name: 3 } }, 415, 'Failed to parse json.'],
  [{ pagination: { limit: '25' } }, 415, 'Failed to parse json.'],
  [{ filters: { watch_name: 'first', min_severity: 'high' } }, 400, 'Invalid min_severity: high'],
  [{ filters: { watch_name: 'first', violation_type: 'security' } }, 400, 'Invalid violation_type: security'],
  [{ filters: { created_from: '2026-05-01' } }, 400, 'Invalid created_from: 2026-05-01'],
  [{ filters: { watch_name: 'first' }, pagination: { order_by: 'age' } }, 400, 'Invalid order_by: age'],
];

for (const [body, status, error] of refused) {
  test(`${JSON.stringify(body)} is refused with ${status}: ${error}`, async (t) => {
    const xray = await startFor(t, two);
    t.deepEqual(await post(xray, 'v1/violations', body), { status, type: 'application/json', text: JSON.stringify({ error }) });
    t.deepEqual(complaints(xray), [error]);
  });
}

test('a filter that does not exist filters nothing, and is complained about', async (t) => {
  const xray = await startFor(t, two);
  t.is((await issuesAsked(xray, { watch_name: 'first', component: 'x' })).length, 4);
  t.deepEqual(complaints(xray), ['component is no field of this question, and is not read']);
});

test('no rows are null where lists are', async (t) => {
  const xray = await startFor(t, two);
  xray.turn({ emptyLists: 'null' });
  t.is((await post(xray, 'v1/violations', { filters: { watch_name: 'third' } })).text, '{"total_violations":0,"violations":null}');
});

test('older rows have other names, no default/ and times with an offset', async (t) => {
  const xray = await startFor(t, { ...two, switches: { rowForm: 'old' } });
  const { text } = await post(xray, 'v1/violations', { filters: { watch_name: 'second' } });
  t.like(JSON.parse(text).violations[0], {
    infected_component: ['npm://left:1.0.0'],
    created: '2026-05-01T13:00:00+03:00',
    violation_details_url:
      'localhost:8000/api/v1/violations?watch_id=16367aacb67a4a017c8da8ab&issue_id=XRAY-1&comp_id=npm:%2F%2Fleft:1.0.0',
    impact_artifacts: ['docker-local/team/one/1/manifest.json'],
  });
});

test('the address of the details leads to the row with its details', async (t) => {
  const xray = await startFor(t, two);
  const { text } = await post(xray, 'v1/violations', { filters: { watch_name: 'second' } });
  const { pathname, search } = new URL(JSON.parse(text).violations[0].violation_details_url);
  const response = await fetch(`${xray.url}${pathname}${search}`, { headers: { authorization: 'Bearer stand-in-token' } });
  t.like(await response.json(), { watch_name: 'second', issue_id: 'XRAY-1', matched_policies: [{ policy: 'written' }] });
});

test('the question, its project and the number of calls are kept', async (t) => {
  const xray = await startFor(t, two);
  await post(xray, 'v1/violations?projectKey=shop', { filters: { watch_name: 'first' } });
  t.like(xray.requests()[0], { endpoint: 'violations', project: 'shop', body: { filters: { watch_name: 'first' } } });
  t.deepEqual([xray.calls('violations'), xray.calls('summary'), xray.calls()], [1, 0, 1]);
});
