// What the API server wrote down is read to the microsecond, and a line that it is still writing is left for the next look.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { auditedRequests, isWrite } from './audit.ts';

test('requests are read from the audit log, without the half line at its end', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'kubexray-audit-'));
  t.teardown(() => rm(directory, { recursive: true }));
  const line = (verb: string, objectRef: object): string =>
    JSON.stringify({
      verb,
      objectRef,
      requestReceivedTimestamp: '2026-11-23T10:00:00.000250Z',
      stageTimestamp: '2026-11-23T10:00:00.004500Z',
    });
  const patch = line('patch', { resource: 'kubexraypolicies', subresource: 'status', name: 'bench' });
  const get = line('get', { resource: 'deployments', namespace: 'shop', name: 'api' });
  await writeFile(join(directory, 'audit.log'), `${patch}\n${get}\n${get.slice(0, 40)}`);
  const requests = await auditedRequests(join(directory, 'audit.log'));
  const begun = Date.parse('2026-11-23T10:00:00Z');
  const times = { receivedAtMs: begun + 0.25, answeredAtMs: begun + 4.5 };
  t.deepEqual(requests, [
    { verb: 'patch', resource: 'kubexraypolicies', subresource: 'status', namespace: '', name: 'bench', ...times },
    { verb: 'get', resource: 'deployments', subresource: '', namespace: 'shop', name: 'api', ...times },
  ]);
  t.deepEqual(requests.map(isWrite), [true, false]);
});

test('before anything was asked there is no log, and no request', async (t) => {
  t.deepEqual(await auditedRequests(join(tmpdir(), 'kubexray-audit-not-there', 'audit.log')), []);
});
