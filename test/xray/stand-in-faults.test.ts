// Faults of the stand-in: that each goes wrong as it should, and strikes only where it should.

import test from 'ava';
import { issuesAsked, post, startFor } from './asking.ts';
import type { Fault } from './faults.ts';
import type { XrayStandInOptions } from './stand-in.ts';

const clean = { name: 'team/clean:1', digest: `sha256:${'a1'.repeat(32)}` };
const broken = { name: 'team/broken:2', digest: `sha256:${'b2'.repeat(32)}`, issues: [{ id: 'XRAY-31', severity: 'High' }] };
const cleanHex = 'a1'.repeat(32);
const brokenHex = 'b2'.repeat(32);
const known: XrayStandInOptions = {
  images: [clean, broken],
  watches: ['w', 'v'].map((name) => ({ name, policies: [{ name: 'p', minSeverity: 'High' }] })),
};
const summary = { checksums: [brokenHex] };
const violations = { filters: { watch_name: 'w' } };
const status = { repo: 'docker-local', path: 'team/broken/2/manifest.json' };

test('a fault strikes as often as it should, and can be switched off', async (t) => {
  const xray = await startFor(t, known);
  xray.inject({ kind: 'status', status: 503, times: 1 });
  t.is((await post(xray, 'v2/summary/artifact', summary)).status, 503);
  t.is((await post(xray, 'v2/summary/artifact', summary)).status, 200);
  const remove = xray.inject({ kind: 'status', status: 503 });
  t.deepEqual(xray.faults(), [{ kind: 'status', status: 503 }]);
  t.is((await post(xray, 'v2/summary/artifact', summary)).status, 503);
  remove();
  t.is((await post(xray, 'v2/summary/artifact', summary)).status, 200);
});

const scopes: readonly (readonly [Partial<Fault>, readonly number[]])[] = [
  [{}, [503, 503, 503, 503, 503, 503]],
  [{ endpoint: 'summary' }, [503, 503, 503, 200, 200, 200]],
  [{ endpoint: 'violations' }, [200, 200, 200, 503, 503, 200]],
  [{ endpoint: 'artifactStatus' }, [200, 200, 200, 200, 200, 503]],
  [{ version: 'v2' }, [503, 503, 200, 200, 200, 200]],
  [{ digest: clean.digest }, [200, 503, 200, 200, 200, 200]],
  [{ aboveChecksums: 1 }, [200, 503, 200, 200, 200, 200]],
  [{ watch: 'v' }, [200, 200, 200, 200, 503, 200]],
];

for (const [scope, statuses] of scopes) {
  test(`with the scope ${JSON.stringify(scope)} it strikes ${statuses.join(' ')}`, async (t) => {
    const xray = await startFor(t, known);
    xray.inject({ ...scope, kind: 'status', status: 503 });
    const answers = [
      await post(xray, 'v2/summary/artifact', summary),
      await post(xray, 'v2/summary/artifact', { checksums: [brokenHex, cleanHex] }),
      await post(xray, 'v1/summary/artifact', summary),
      await post(xray, 'v1/violations', violations),
      await post(xray, 'v1/violations', { filters: { watch_name: 'v' } }),
      await post(xray, 'v1/artifact/status', status),
    ];
    t.deepEqual(
      answers.map((answer) => answer.status),
      statuses,
    );
  });
}

test('a status comes with its body and its headers', async (t) => {
  const xray = await startFor(t, known);
  const ask = (fault: Fault) => {
    xray.clearFaults();
    xray.inject(fault);
    return fetch(`${xray.url}/xray/api/v1/violations`, { method: 'POST', body: '{}', redirect: 'manual' });
  };
  const limited = await ask({ kind: 'status', status: 429, retryAfterSeconds: 7 });
  t.deepEqual(
    [limited.headers.get('retry-after'), await limited.text()],
    ['7', '{"errors":[{"status":429,"message":"Too Many Requests"}]}'],
  );
  t.is((await ask({ kind: 'status', status: 429 })).headers.get('retry-after'), null);
  t.is((await ask({ kind: 'status', status: 302, location: 'http://other.example/' })).headers.get('location'), 'http://other.example/');
  t.is((await ask({ kind: 'status', status: 502 })).headers.get('content-type'), 'text/html');
});

test('a page, half an answer, a late and a dripping one', async (t) => {
  const xray = await startFor(t, known);
  const whole = await post(xray, 'v1/violations', violations);
  const ask = async (fault: Fault) => {
    xray.clearFaults();
    xray.inject(fault);
    return post(xray, 'v1/violations', violations);
  };
  t.deepEqual(await ask({ kind: 'html' }), {
    status: 200,
    type: 'text/html; charset=utf-8',
    text: '<!doctype html><title>Sign in</title><form></form>',
  });
  t.is((await ask({ kind: 'truncated', ending: 'end' })).text, whole.text.slice(0, Math.ceil(whole.text.length / 2)));
  await t.throwsAsync(ask({ kind: 'truncated', ending: 'close' }));
  t.deepEqual(await ask({ kind: 'latency', latencyMs: 20 }), whole);
  t.deepEqual(await ask({ kind: 'drip', everyMs: 1 }), whole);
});

const shapes: readonly (readonly [Fault & { readonly kind: 'wrongShape' }, RegExp])[] = [
  [{ kind: 'wrongShape', shape: 'rowText' }, /"violations":\["a violation"\]/],
  [{ kind: 'wrongShape', shape: 'rowIssueNumber' }, /"issue_id":700001/],
  [{ kind: 'wrongShape', shape: 'rowCreatedWord' }, /"created":"yesterday"/],
  [{ kind: 'wrongShape', shape: 'rowCreatedAbsent' }, /^((?!"created").)*$/],
  [{ kind: 'wrongShape', shape: 'rowArtifactsAbsent' }, /^((?!"impacted_artifacts").)*$/],
  [{ kind: 'wrongShape', shape: 'rowArtifactsText' }, /"impacted_artifacts":"default/],
  [{ kind: 'wrongShape', shape: 'rowSeverityNumber' }, /"severity":4/],
  [{ kind: 'wrongShape', shape: 'violationsObject' }, /"violations":\{/],
  [{ kind: 'wrongShape', shape: 'totalText' }, /"total_violations":"many"/],
  [{ kind: 'wrongShape', shape: 'bodyList' }, /^\[\{/],
  [{ kind: 'wrongShape', shape: 'bodyEmpty' }, /^\{\}$/],
];

for (const [fault, pattern] of shapes) {
  test(`violations can be answered with ${fault.shape}`, async (t) => {
    const xray = await startFor(t, known);
    xray.inject(fault);
    t.regex((await post(xray, 'v1/violations', violations)).text, pattern);
  });
}

test('a scan can have a status that nobody knows', async (t) => {
  const xray = await startFor(t, known);
  xray.inject({ kind: 'wrongShape', shape: 'statusWord' });
  t.regex((await post(xray, 'v1/artifact/status', status)).text, /"overall":\{"status":"QUEUED"/);
  xray.clearFaults();
  t.deepEqual(await issuesAsked(xray, { watch_name: 'w' }), ['XRAY-31']);
});
