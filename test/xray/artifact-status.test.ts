// POST /api/v1/artifact/status of the stand-in.

import test from 'ava';
import { complaints, post, startFor } from './asking.ts';

const waiting = { name: 'team/waiting:1', digest: `sha256:${'a1'.repeat(32)}`, status: 'PENDING' } as const;
const now = () => new Date('2026-05-01T10:00:00.250Z');
const question = { repo: 'docker-local', path: 'team/waiting/1/manifest.json' };

test('a scan that waits is PENDING, and the summary does not know the image', async (t) => {
  const xray = await startFor(t, { images: [waiting], now });
  const stage = (status: string) => ({ status, time: '2026-05-01T10:00:00Z' });
  t.deepEqual(JSON.parse((await post(xray, 'v1/artifact/status', question)).text), {
    overall: stage('PENDING'),
    details: {
      sca: stage('PENDING'),
      contextual_analysis: stage('NOT_SCANNED'),
      exposures: { ...stage('NOT_SUPPORTED'), categories: {} },
      violations: stage('NOT_SCANNED'),
    },
  });
  t.is(JSON.parse((await post(xray, 'v2/summary/artifact', { checksums: ['a1'.repeat(32)] })).text).errors[0].identifier, 'a1'.repeat(32));
});

test('once it is there the summary knows it', async (t) => {
  const xray = await startFor(t, { images: [waiting], now });
  xray.set({ ...waiting, status: 'DONE' });
  t.like(JSON.parse((await post(xray, 'v1/artifact/status', question)).text), { overall: { status: 'DONE' } });
  t.is(JSON.parse((await post(xray, 'v2/summary/artifact', { checksums: ['a1'.repeat(32)] })).text).artifacts.length, 1);
});

const refused: readonly (readonly [unknown, number, readonly string[]])[] = [
  ['{', 400, ['Failed to parse json.']],
  [{ repo: 'docker-local' }, 400, ['repo and path must be provided']],
  [{ ...question, repo: 'docker-dev' }, 404, []],
  [
    { ...question, path: 'default/docker-local/team/waiting/1/manifest.json' },
    404,
    ['the path default/docker-local/team/waiting/1/manifest.json holds more than the path in docker-local'],
  ],
  [{ ...question, path: 'team/waiting/1' }, 404, ['the path team/waiting/1 names no manifest: only files are known']],
];

for (const [body, status, problems] of refused) {
  test(`${JSON.stringify(body)} is answered ${status}`, async (t) => {
    const xray = await startFor(t, { images: [waiting] });
    t.is((await post(xray, 'v1/artifact/status', body)).status, status);
    t.deepEqual(complaints(xray), problems);
  });
}

test('before 3.80.9 there is no such API', async (t) => {
  const xray = await startFor(t, { images: [waiting], switches: { version: '3.80.8' } });
  t.deepEqual(await post(xray, 'v1/artifact/status', question), {
    status: 404,
    type: 'text/plain; charset=utf-8',
    text: '404 page not found',
  });
});
