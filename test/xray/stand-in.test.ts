// The stand-in answers as Xray documents it; asked here by plain HTTP, without our client.

import test, { type ExecutionContext } from 'ava';
import { type Answer, complaints, post, startFor } from './asking.ts';
import type { XrayStandIn, XrayStandInOptions } from './stand-in.ts';

const clean = { name: 'team/clean:1', digest: `sha256:${'a1'.repeat(32)}` };
const broken = {
  name: 'team/broken:2.1',
  digest: `sha256:${'b2'.repeat(32)}`,
  issues: [{ id: 'XRAY-31', cve: 'CVE-2025-31', severity: 'High', cvss: 8, component: 'npm://thing:1.0.0', fixed: ['1.0.1'] }],
  licenses: ['MIT'],
};
const cleanHex = 'a1'.repeat(32);
const brokenHex = 'b2'.repeat(32);
const strangeHex = 'c3'.repeat(32);

function start(t: ExecutionContext, options: XrayStandInOptions = {}): Promise<XrayStandIn> {
  return startFor(t, { images: [clean, broken], ...options });
}

const bearer = { authorization: 'Bearer stand-in-token' };

function ask(
  xray: XrayStandIn,
  body: unknown,
  { version = 'v2', headers = bearer as Readonly<Record<string, string>> } = {},
): Promise<Answer> {
  return post(xray, `${version}/summary/artifact`, body, headers);
}

test('an image is answered with the documented body', async (t) => {
  const xray = await start(t);
  t.deepEqual(JSON.parse((await ask(xray, { checksums: [brokenHex] })).text), {
    artifacts: [
      {
        general: {
          component_id: 'team/broken:2.1',
          name: 'team/broken:2.1',
          path: 'default/docker-local/team/broken/2.1/',
          pkg_type: 'Docker',
          sha256: brokenHex,
        },
        issues: [
          {
            issue_id: 'XRAY-31',
            summary: 'High issue in npm://thing:1.0.0',
            description: 'High issue in npm://thing:1.0.0',
            issue_type: 'security',
            severity: 'High',
            provider: 'JFrog',
            created: '2025-03-04T00:00:00.118Z',
            cves: [{ cve: 'CVE-2025-31', cvss_v3: '8.0/CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:L/A:N', cwe: ['CWE-20'] }],
            impact_path: ['default/docker-local/team/broken/2.1/sha256__layer.tar.gz/npm://thing:1.0.0'],
            components: [{ component_id: 'npm://thing:1.0.0', version: '1.0.0', pkg_type: 'npm', fixed_versions: ['[1.0.1]'] }],
            applicability: null,
          },
        ],
        licenses: [{ name: 'MIT', full_name: 'MIT License', more_info_url: ['https://spdx.org/licenses/MIT.html'], components: [] }],
        operational_risks: [],
      },
    ],
    errors: [],
  });
});

test('v1 knows neither components nor fixes', async (t) => {
  const xray = await start(t);
  const { text } = await ask(xray, { checksums: [brokenHex] }, { version: 'v1' });
  t.false(text.includes('components":[{'));
  t.false(text.includes('fixed_versions'));
  t.true(text.includes('XRAY-31'));
});

test('an unknown checksum stands in errors, with status 200', async (t) => {
  const xray = await start(t);
  const { status, text } = await ask(xray, { checksums: [strangeHex] });
  t.is(status, 200);
  t.deepEqual(JSON.parse(text), {
    artifacts: [],
    errors: [{ identifier: strangeHex, error: "Artifact doesn't exist or not indexed/cached in Xray" }],
  });
});

test('paths win over checksums, and who asks for both is complained about', async (t) => {
  const xray = await start(t);
  const { text } = await ask(xray, { checksums: [brokenHex], paths: ['default/docker-local/team/clean/1/manifest.json'] });
  t.is(JSON.parse(text).artifacts.length, 1);
  t.is(JSON.parse(text).artifacts[0].general.sha256, cleanHex);
  t.deepEqual(complaints(xray), ['where paths are asked for, checksums are not read']);
});

const misunderstood: readonly (readonly [string, object, string, string])[] = [
  [
    'a checksum with its algorithm in front',
    { checksums: [clean.digest] },
    clean.digest,
    `${clean.digest} is no checksum: bare hex in lower case is`,
  ],
  [
    'a checksum in capitals',
    { checksums: [cleanHex.toUpperCase()] },
    cleanHex.toUpperCase(),
    `${cleanHex.toUpperCase()} is no checksum: bare hex in lower case is`,
  ],
  [
    'a path that is a folder',
    { paths: ['default/docker-local/team/clean/1/'] },
    'default/docker-local/team/clean/1/',
    'the path default/docker-local/team/clean/1/ names no manifest: only files are known',
  ],
  [
    'a path without default/',
    { paths: ['docker-local/team/clean/1/manifest.json'] },
    'docker-local/team/clean/1/manifest.json',
    'the path docker-local/team/clean/1/manifest.json does not begin with default/',
  ],
];

for (const [name, question, identifier, problem] of misunderstood) {
  test(`${name} is unknown, and complained about`, async (t) => {
    const xray = await start(t);
    const { status, text } = await ask(xray, question);
    t.is(status, 200);
    t.is(JSON.parse(text).errors[0].identifier, identifier);
    t.deepEqual(complaints(xray), [problem]);
  });
}

test('a field that does not exist is not read, and complained about', async (t) => {
  const xray = await start(t);
  t.is((await ask(xray, { sha256: [cleanHex] })).text, '{"artifacts":null,"errors":null}');
  t.deepEqual(complaints(xray), ['sha256 is no field of this question, and is not read']);
});

test('the digest of an index is unknown, or an image without content, never the image', async (t) => {
  const indexHex = 'd4'.repeat(32);
  const xray = await start(t, { images: [{ ...broken, indexDigest: `sha256:${indexHex}` }] });
  t.is(JSON.parse((await ask(xray, { checksums: [indexHex] })).text).errors[0].identifier, indexHex);
  xray.turn({ index: 'clean' });
  t.like(JSON.parse((await ask(xray, { checksums: [indexHex] })).text), {
    artifacts: [{ general: { sha256: indexHex, path: 'default/docker-local/team/broken/2.1/' }, issues: [], licenses: [] }],
    errors: [],
  });
  t.like(JSON.parse((await ask(xray, { checksums: [brokenHex] })).text), {
    artifacts: [{ general: { path: `default/docker-local/team/broken/sha256:${brokenHex}/` }, issues: [{ issue_id: 'XRAY-31' }] }],
  });
});

test('an image in several repositories can be told as one artifact', async (t) => {
  const xray = await start(t, { images: [{ ...clean, repositories: ['docker-dev', 'docker-prod'] }], switches: { repositories: 'one' } });
  const { artifacts } = JSON.parse((await ask(xray, { checksums: [cleanHex] })).text);
  t.is(artifacts.length, 1);
  t.is(artifacts[0].general.path, 'default/docker-dev/team/clean/1/');
});

test('who asks for nothing is told nothing', async (t) => {
  const xray = await start(t);
  for (const question of [{}, { checksums: [] }, { paths: [] }]) t.is((await ask(xray, question)).text, '{"artifacts":null,"errors":null}');
});

test('a body that is no question is answered 415', async (t) => {
  const xray = await start(t);
  for (const body of ['', '{', '[]', '"x"', '{"checksums":"x"}', '{"checksums":[1]}']) {
    t.deepEqual(await ask(xray, body), { status: 415, type: 'application/json', text: '{"error":"Failed to parse json."}' }, body);
  }
});

test('an image in two repositories is two artifacts', async (t) => {
  const xray = await start(t, { images: [{ ...clean, repositories: ['docker-dev', 'docker-prod'] }] });
  const { text } = await ask(xray, { checksums: [cleanHex] });
  t.deepEqual(
    JSON.parse(text).artifacts.map((artifact: { general: { path: string } }) => artifact.general.path),
    ['default/docker-dev/team/clean/1/', 'default/docker-prod/team/clean/1/'],
  );
});

test('empty lists are written as wished', async (t) => {
  const xray = await start(t);
  xray.setEmptyLists('null');
  t.like(JSON.parse((await ask(xray, { checksums: [cleanHex] })).text), { errors: null, artifacts: [{ issues: null, licenses: null }] });
  xray.setEmptyLists('absent');
  const body = JSON.parse((await ask(xray, { checksums: [cleanHex] })).text);
  t.deepEqual(Object.keys(body), ['artifacts']);
  t.deepEqual(Object.keys(body.artifacts[0]), ['general', 'issues']);
});

const logins: readonly (readonly [string, Record<string, string>, number, string])[] = [
  ['the token', { authorization: 'Bearer stand-in-token' }, 200, ''],
  ['user and password', { authorization: `Basic ${btoa('kubexray:stand-in-password')}` }, 200, ''],
  ['the token as password', { authorization: `Basic ${btoa('someone:stand-in-token')}` }, 200, ''],
  ['nothing', {}, 401, '{"errors":[{"status":401,"message":"Props Authentication Token not found"}]}'],
  ['another token', { authorization: 'Bearer other' }, 401, '{"error":"Found invalid token"}'],
  ['an API key in a header', { 'x-jfrog-art-api': 'stand-in-token' }, 403, '{"errors":[{"status":403,"message":"Forbidden"}]}'],
  ['another password', { authorization: `Basic ${btoa('kubexray:other')}` }, 401, '{"error":"Bad Credentials"}'],
];

for (const [name, headers, status, text] of logins) {
  test(`${name} is answered ${status}`, async (t) => {
    const xray = await start(t);
    const answer = await ask(xray, { checksums: [] }, { headers });
    t.is(answer.status, status);
    if (status !== 200) t.is(answer.text, text);
  });
}

test('after a rotation only the new token is good', async (t) => {
  const xray = await start(t);
  xray.setToken('second');
  t.is((await ask(xray, { checksums: [] })).status, 401);
  t.is((await ask(xray, { checksums: [] }, { headers: { authorization: 'Bearer second' } })).status, 200);
});

test('ping and version need no credentials', async (t) => {
  const xray = await start(t);
  t.deepEqual(await (await fetch(`${xray.url}/xray/api/v1/system/ping`)).json(), { status: 'pong' });
  t.deepEqual(await (await fetch(`${xray.url}/xray/api/v1/system/version`)).json(), { xray_version: '3.131.4', xray_revision: '6f1b2c9' });
});

test('everywhere else is a plain 404, and complained about', async (t) => {
  const xray = await start(t);
  for (const path of [
    '/',
    '/api/v2/summary/artifact',
    '/xray/api/v3/summary/artifact',
    '/xray/api/v2/violations',
    '/xray//api/v1/violations',
  ]) {
    xray.clearRequests();
    const response = await fetch(`${xray.url}${path}`, { method: 'POST', headers: bearer, body: '{}' });
    t.is(response.status, 404, path);
    t.is(await response.text(), '404 page not found');
    t.deepEqual(complaints(xray), ['there is no such API'], path);
  }
});

test('a wrong method is a plain 405, and complained about', async (t) => {
  const xray = await start(t);
  const response = await fetch(`${xray.url}/xray/api/v2/summary/artifact`, { headers: bearer });
  t.is(response.status, 405);
  t.is(await response.text(), '405 method not allowed');
  t.deepEqual(complaints(xray), ['GET is not the method of this API']);
});

test('data change while it runs', async (t) => {
  const xray = await start(t);
  xray.addIssue(clean.digest, { id: 'XRAY-77', severity: 'Critical' });
  t.is(JSON.parse((await ask(xray, { checksums: [cleanHex] })).text).artifacts[0].issues[0].issue_id, 'XRAY-77');
  xray.set({ ...clean, licenses: ['AGPL-3.0'] });
  t.like(JSON.parse((await ask(xray, { checksums: [cleanHex] })).text), { artifacts: [{ issues: [], licenses: [{ name: 'AGPL-3.0' }] }] });
  xray.remove(clean.digest);
  t.is(JSON.parse((await ask(xray, { checksums: [cleanHex] })).text).errors[0].identifier, cleanHex);
});

test('an issue with a mistake, or for an image that is not there, is refused', async (t) => {
  const xray = await start(t);
  t.throws(() => xray.addIssue(clean.digest, { id: 'XRAY-1', severity: 'Bad' }), { message: /^addIssue: severity must be equal/ });
  t.throws(() => xray.addIssue(`sha256:${strangeHex}`, { id: 'XRAY-1', severity: 'High' }), { message: /knows no image/ });
});

test('what was asked is kept, refused requests included', async (t) => {
  const xray = await start(t);
  await ask(xray, { checksums: [cleanHex, brokenHex] });
  await ask(xray, { checksums: [cleanHex] }, { version: 'v1', headers: {} });
  t.is(xray.timesAsked(clean.digest), 2);
  t.is(xray.timesAsked(broken.digest), 1);
  t.deepEqual(
    xray.requests().map(({ method, path, checksums, scheme }) => ({ method, path, checksums, scheme })),
    [
      { method: 'POST', path: '/xray/api/v2/summary/artifact', checksums: [cleanHex, brokenHex], scheme: 'bearer' },
      { method: 'POST', path: '/xray/api/v1/summary/artifact', checksums: [cleanHex], scheme: 'none' },
    ],
  );
  xray.clearRequests();
  t.is(xray.timesAsked(clean.digest), 0);
});
