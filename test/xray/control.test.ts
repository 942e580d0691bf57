// The stand-in as its own process: what a person sees, and what can be changed from outside while it runs.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import test, { type ExecutionContext } from 'ava';
import { post, startFor } from './asking.ts';
import type { XrayStandIn } from './stand-in.ts';

const clean = { name: 'team/clean:1', digest: `sha256:${'a1'.repeat(32)}` };
const watch = { name: 'w', policies: [{ name: 'p', minSeverity: 'High' }] };

function start(t: ExecutionContext): Promise<XrayStandIn> {
  return startFor(t, { images: [clean], watches: [watch] });
}

async function order(xray: XrayStandIn, request: string, body?: string) {
  const [method = '', path = ''] = request.split(' ');
  const response = await fetch(`${xray.url}/stand-in${path}`, body === undefined ? { method } : { method, body });
  return { status: response.status, text: await response.text() };
}

test('an issue is published and taken back', async (t) => {
  const xray = await start(t);
  t.is((await order(xray, 'POST /issues', '{image: "team/clean:1", id: XRAY-9, severity: Critical}')).status, 204);
  t.deepEqual(
    xray.rows().map(({ issue }) => issue),
    ['XRAY-9'],
  );
  t.is((await order(xray, 'DELETE /issues?image=team/clean:1&id=XRAY-9')).status, 204);
  t.is(xray.rows().length, 0);
});

test('images and watches come and go', async (t) => {
  const xray = await start(t);
  await order(xray, 'PUT /images', '{name: "team/new:1", issues: [{id: XRAY-1, severity: High}]}');
  await order(xray, 'PUT /watches', 'name: v\npolicies:\n  - {name: p, minSeverity: High}\n');
  t.is(xray.rows().length, 2);
  await order(xray, 'DELETE /watches?watch=w');
  t.is(xray.rows().length, 1);
  await order(xray, 'DELETE /images?image=team/new:1');
  t.deepEqual(
    xray.images().map(({ name }) => name),
    ['team/clean:1'],
  );
});

test('rows are added and ignored', async (t) => {
  const xray = await start(t);
  await order(xray, 'POST /violations', '{watch: w, rows: [{issue: XRAY-1, severity: High, artifacts: [a/b/1/manifest.json]}]}');
  t.is(xray.rows().length, 1);
  t.deepEqual(JSON.parse((await order(xray, 'POST /ignores', 'issue: XRAY-1')).text), { id: 'ignore-1' });
  t.is(xray.rows().length, 0);
  await order(xray, 'DELETE /ignores?id=ignore-1');
  t.is(xray.rows().length, 1);
});

test('faults are switched on and off, and strike no order', async (t) => {
  const xray = await start(t);
  const { id } = JSON.parse((await order(xray, 'POST /faults', '{kind: status, status: 503}')).text);
  await order(xray, 'POST /faults', '{kind: html, endpoint: violations}');
  t.is((await post(xray, 'v1/violations', {})).status, 503);
  t.is((await order(xray, `DELETE /faults?id=${id}`)).status, 204);
  t.deepEqual(JSON.parse((await order(xray, 'GET /faults')).text), [{ kind: 'html', endpoint: 'violations' }]);
  await order(xray, 'DELETE /faults');
  t.deepEqual(xray.faults(), []);
});

test('switches, the token, the log and the complaints', async (t) => {
  const xray = await start(t);
  await order(xray, 'PUT /switches', 'unfiltered: answer');
  await order(xray, 'PUT /token', 'token: second');
  t.is((await post(xray, 'v1/violations', { filters: { strange: 1 } }, { authorization: 'Bearer second' })).status, 200);
  t.like(JSON.parse((await order(xray, 'GET /requests')).text), [{ endpoint: 'violations', body: { filters: { strange: 1 } } }]);
  t.like(JSON.parse((await order(xray, 'GET /problems')).text), [{ problem: 'strange is no field of this question, and is not read' }]);
  await order(xray, 'DELETE /requests');
  t.is((await order(xray, 'GET /requests')).text, '[]\n');
  t.is((await order(xray, 'GET /problems')).text, '[]\n');
});

const mistakes: readonly (readonly [string, string, string])[] = [
  ['POST /issues', '{image: "team/strange:1", id: XRAY-9, severity: High}', 'the stand-in knows no image team/strange:1'],
  ['POST /issues', '{id: XRAY-9, severity: High}', 'issue: image is missing: the name or the digest of one'],
  ['PUT /images', '{name: Team}', 'set: name must match pattern'],
  ['PUT /watches', '{name: w, policy: []}', 'setWatch: watch has a field that does not exist: policy'],
  ['PUT /switches', 'rows: many', 'turn: rows must be equal to one of the allowed values: perArtifact, together'],
  ['POST /faults', 'kind: fire', 'fault: kind must be equal to one of the allowed values: status'],
  ['POST /faults', 'kind: latency', "fault: fault must have required property 'latencyMs'"],
  ['POST /faults', '- kind: html', 'the body is not a mapping'],
];

for (const [request, body, error] of mistakes) {
  test(`${request} with ${JSON.stringify(body)} is refused with the place of the mistake`, async (t) => {
    const answer = await order(await start(t), request, body);
    t.is(answer.status, 400);
    t.true(JSON.parse(answer.text).error.startsWith(error), answer.text);
  });
}

test('what there is to order is said, and where an order is not known', async (t) => {
  const xray = await start(t);
  t.regex((await order(xray, 'GET ')).text, /POST {3}issues {21}\{image: NAME, id, severity/);
  t.deepEqual(await order(xray, 'POST /nothing'), { status: 404, text: 'POST /stand-in/nothing is not there; see GET /stand-in\n' });
  t.is(xray.requests().length, 0);
});

test('a webhook is sent when it is ordered', async (t) => {
  const xray = await start(t);
  await order(xray, 'POST /issues', '{image: "team/clean:1", id: XRAY-9, severity: Critical}');
  let received: unknown;
  const receiver = createServer(async (request, response) => {
    received = [request.headers['x-auth-token'], JSON.parse(await text(request))];
    response.writeHead(202).end();
  });
  t.teardown(() => receiver.close());
  await once(receiver.listen(0, '127.0.0.1'), 'listening');
  const address = receiver.address();
  const port = typeof address === 'object' ? address?.port : null;
  const answer = await order(xray, 'POST /webhooks', `{url: "http://127.0.0.1:${port}/", images: ["team/clean:1"], token: s3cret}`);
  t.deepEqual(JSON.parse(answer.text), { status: 202, text: '' });
  t.like(received, ['s3cret', { top_severity: 'Critical', issues: [{ vulnerability_id: 'XRAY-9' }] }]);
});

function startProcess(t: ExecutionContext, ...args: readonly string[]) {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  t.teardown(() => child.kill('SIGKILL'));
  return child;
}

test('a person can start it, sees what it serves, and ends it', async (t) => {
  const child = startProcess(t);
  let output = '';
  for await (const chunk of child.stdout) {
    output += chunk;
    if (output.includes('any-issue\n')) break;
  }
  t.regex(output, /^Xray stand-in at http:\/\/127\.0\.0\.1:\d+\ntoken {5}stand-in-token\n/);
  t.regex(output, /\n {0}sha256:[0-9a-f]{64} {2}shop\/api:1\.4 {6}MIT {21}XRAY-140562 High\n/);
  t.regex(output, /\nproduction {2}2 {11}all {11}no-high, no-copyleft\n/);
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  t.deepEqual(await ended, [0, null]);
});

test('a bad call ends with one line and 2', async (t) => {
  const child = startProcess(t, '--port', 'x');
  const [[code], output] = await Promise.all([once(child, 'exit'), text(child.stderr)]);
  t.is(code, 2);
  t.is(output, '--port x is no port; usage: npm run xray -- [DIRECTORY] [--port N]\n');
});
