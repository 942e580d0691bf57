// The client of Xray against the stand-in: what it asks, what it makes of the answers, and what it does when there is none.

import { createServer } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import type { ScanAnswer } from '../../src/facts/scan.ts';
import { createXrayClient, type XrayClient, type XrayClientOptions } from '../../src/xray/client.ts';
import type { CallLimits } from '../../src/xray/errors.ts';
import type { Fault } from '../xray/faults.ts';
import { startXray, type XrayStandIn, type XrayStandInOptions } from '../xray/stand-in.ts';

const clean = { name: 'team/clean:1', digest: `sha256:${'a1'.repeat(32)}` };
const broken = {
  name: 'team/broken:2.1',
  digest: `sha256:${'b2'.repeat(32)}`,
  issues: [
    {
      id: 'XRAY-31',
      cve: 'CVE-2025-31',
      severity: 'High',
      cvss: 8,
      publishedAt: '2025-05-05T07:00:00+02:00',
      component: 'npm://thing:1.0.0',
      fixed: ['1.0.1'],
    },
  ],
  licenses: [{ name: 'MIT', components: ['npm://thing:1.0.0'] }],
  operationalRisks: [{ component: 'npm://thing:1.0.0', risk: 'High', reason: 'EOL', endOfLife: true, latestVersion: '2.1.0' }],
};
const strange = `sha256:${'c3'.repeat(32)}`;

const nothingFound: ScanAnswer = { kind: 'scanned', content: { issues: [], licenses: [], operationalRisks: [] } };
const brokenFound: ScanAnswer = {
  kind: 'scanned',
  content: {
    issues: [
      {
        id: 'XRAY-31',
        cves: ['CVE-2025-31'],
        severity: 'high',
        cvss: 8,
        applicability: '',
        malicious: false,
        publishedAt: '2025-05-05T05:00:00.000Z',
        components: [{ id: 'npm://thing:1.0.0', version: '1.0.0', fixedVersions: ['1.0.1'] }],
      },
    ],
    licenses: [{ name: 'MIT', components: ['npm://thing:1.0.0'] }],
    operationalRisks: [{ component: 'npm://thing:1.0.0', risk: 'high', reason: 'EOL', endOfLife: true, latestVersion: '2.1.0' }],
  },
};

interface Pair {
  readonly xray: XrayStandIn;
  readonly client: XrayClient;
  /** The waits between retries, which no test waits for. */
  readonly waitsMs: readonly number[];
  readonly ask: (...digests: readonly string[]) => Promise<ReadonlyMap<string, ScanAnswer>>;
}

async function start(
  t: ExecutionContext,
  options: Partial<XrayClientOptions> = {},
  standIn: XrayStandInOptions = { images: [clean, broken] },
): Promise<Pair> {
  const xray = await startXray(standIn);
  const waitsMs: number[] = [];
  const client = createXrayClient({
    url: xray.url,
    credentials: { kind: 'bearer', token: 'stand-in-token' },
    sleep: async (ms) => {
      waitsMs.push(ms);
    },
    random: () => 0.5,
    ...options,
  });
  t.teardown(async () => {
    await client.close();
    await xray.close();
  });
  return { xray, client, waitsMs, ask: (...digests) => client.scans(digests, new AbortController().signal) };
}

const unavailable = (reason: string): ScanAnswer => ({ kind: 'unavailable', reason });
/** Fewer digests in one question may be answered. */
const tooMuch = (reason: string): ScanAnswer => ({ kind: 'unavailable', reason, smaller: true });

test('one call answers a whole batch: scanned, clean and unscanned', async (t) => {
  const { xray, ask } = await start(t);
  t.deepEqual(
    await ask(strange, broken.digest, clean.digest),
    new Map<string, ScanAnswer>([
      [strange, { kind: 'unscanned' }],
      [broken.digest, brokenFound],
      [clean.digest, nothingFound],
    ]),
  );
  t.is(xray.requests().length, 1);
});

test('digests are sent as bare hex, each once, to v2', async (t) => {
  const { xray, ask } = await start(t);
  await ask(clean.digest, clean.digest.toUpperCase().replace('SHA256', 'sha256'), clean.digest);
  t.like(xray.requests()[0], { method: 'POST', path: '/xray/api/v2/summary/artifact', checksums: ['a1'.repeat(32)], scheme: 'bearer' });
});

test('a digest is answered under the name by which it was asked', async (t) => {
  const { ask } = await start(t);
  const upper = `sha256:${'A1'.repeat(32)}`;
  t.deepEqual(await ask(upper), new Map([[upper, nothingFound]]));
});

test('a digest that is not a sha256 is unavailable without a call', async (t) => {
  const { xray, ask } = await start(t);
  const digest = `sha512:${'d4'.repeat(64)}`;
  t.deepEqual(await ask(digest), new Map([[digest, unavailable('Xray knows images by sha256 digests only')]]));
  t.is(xray.requests().length, 0);
});

test('no digests are no call', async (t) => {
  const { xray, ask } = await start(t);
  t.deepEqual(await ask(), new Map());
  t.is(xray.requests().length, 0);
});

test('the batch size is 50', async (t) => {
  const { client } = await start(t);
  t.is(client.batchSize, 50);
});

for (const form of ['null', 'absent'] as const) {
  test(`empty lists that are ${form} mean the same as empty ones`, async (t) => {
    const { xray, ask } = await start(t);
    xray.setEmptyLists(form);
    t.deepEqual(await ask(clean.digest), new Map([[clean.digest, nothingFound]]));
    t.deepEqual(await ask(strange), new Map([[strange, { kind: 'unscanned' }]]));
    t.deepEqual(await ask(broken.digest), new Map([[broken.digest, brokenFound]]));
  });
}

test('an image in several repositories is answered once', async (t) => {
  const { ask } = await start(t, {}, { images: [{ ...broken, repositories: ['docker-dev', 'docker-prod'] }] });
  t.deepEqual(await ask(broken.digest), new Map([[broken.digest, brokenFound]]));
});

test('where v2 is missing v1 is asked, and from then on at once', async (t) => {
  const { xray, ask } = await start(t);
  xray.inject({ kind: 'status', status: 404, version: 'v2' });
  const [issue] = brokenFound.content.issues;
  const withoutFixes = { kind: 'scanned', content: { ...brokenFound.content, issues: [{ ...issue, components: [] }] } };
  t.deepEqual(await ask(broken.digest), new Map<string, unknown>([[broken.digest, withoutFixes]]));
  await ask(broken.digest);
  t.deepEqual(
    xray.requests().map((request) => request.path),
    ['/xray/api/v2/summary/artifact', '/xray/api/v1/summary/artifact', '/xray/api/v1/summary/artifact'],
  );
});

test('where both are missing the reason says so, and v2 is asked again', async (t) => {
  const { xray, ask } = await start(t);
  xray.inject({ kind: 'status', status: 404, times: 2 });
  t.deepEqual(
    await ask(clean.digest),
    new Map([[clean.digest, unavailable('Xray answered 404: its URL is wrong, or it has no such API')]]),
  );
  t.deepEqual(await ask(clean.digest), new Map([[clean.digest, nothingFound]]));
  t.is(xray.requests().at(-1)?.path, '/xray/api/v2/summary/artifact');
});

test('user and password are sent as Basic', async (t) => {
  const { xray, ask } = await start(t, { credentials: { kind: 'basic', user: 'kubexray', password: 'stand-in-password' } });
  t.deepEqual(await ask(clean.digest), new Map([[clean.digest, nothingFound]]));
  t.is(xray.requests()[0]?.scheme, 'basic');
});

test('a token that changes is taken up at the next call', async (t) => {
  let token = 'stand-in-token';
  const { xray, ask } = await start(t, { credentials: async () => ({ kind: 'bearer', token }) });
  xray.setToken('second');
  t.deepEqual(await ask(clean.digest), new Map([[clean.digest, unavailable('Xray refused the credentials (401)')]]));
  token = 'second';
  t.deepEqual(await ask(clean.digest), new Map([[clean.digest, nothingFound]]));
});

test('credentials that cannot be read are a reason without their text', async (t) => {
  const { xray, ask } = await start(t, { credentials: () => Promise.reject(new Error('EACCES: /secret/token')) });
  t.deepEqual(await ask(clean.digest), new Map([[clean.digest, unavailable('the credentials for Xray could not be read')]]));
  t.is(xray.requests().length, 0);
});

const unusable: readonly (readonly [XrayClientOptions['credentials'], string])[] = [
  [{ kind: 'bearer', token: '' }, 'the token for Xray is empty or holds characters that no token has'],
  [{ kind: 'bearer', token: 'hunter2\n' }, 'the token for Xray is empty or holds characters that no token has'],
  [{ kind: 'basic', user: '', password: 'hunter2' }, 'the user for Xray is empty or holds a colon'],
];

for (const [credentials, reason] of unusable) {
  test(`credentials ${JSON.stringify(credentials)} are not sent: ${reason}`, async (t) => {
    const { xray, ask } = await start(t, { credentials });
    t.deepEqual(await ask(clean.digest), new Map([[clean.digest, unavailable(reason)]]));
    t.is(xray.requests().length, 0);
  });
}

const refusals: readonly (readonly [Fault, number, string])[] = [
  [{ kind: 'status', status: 401 }, 1, 'Xray refused the credentials (401)'],
  [{ kind: 'status', status: 403 }, 1, 'Xray refused the credentials (403: no permission to read, or no entitlement)'],
  [{ kind: 'status', status: 415 }, 1, 'Xray answered 415'],
  [{ kind: 'status', status: 302, location: 'http://127.0.0.1:1/' }, 1, 'Xray answered 302; redirects are not followed'],
  [
    { kind: 'status', status: 302, location: 'https://landing.jfrog.com/reactivate-server/acme' },
    1,
    'Xray answered 302: the JFrog Cloud instance is dormant',
  ],
  [{ kind: 'status', status: 204 }, 1, 'Xray answered 204'],
  [{ kind: 'status', status: 500 }, 3, 'Xray answered 500'],
  [{ kind: 'status', status: 502 }, 3, 'Xray answered 502'],
  [{ kind: 'status', status: 503 }, 3, 'Xray answered 503'],
  [{ kind: 'status', status: 429 }, 3, 'Xray answered 429'],
  [{ kind: 'status', status: 429, retryAfterSeconds: 60 }, 1, 'Xray answered 429'],
  [{ kind: 'truncated', ending: 'close' }, 3, 'connection to Xray failed (UND_ERR_SOCKET)'],
  [{ kind: 'truncated', ending: 'end' }, 1, "Xray's answer does not parse: it is not JSON (application/json)"],
  [{ kind: 'html' }, 1, "Xray's answer does not parse: it is not JSON (text/html)"],
  [{ kind: 'wrongShape', shape: 'bodyList' }, 1, "Xray's answer does not parse: it is not an object"],
  [{ kind: 'wrongShape', shape: 'bodyEmpty' }, 1, "Xray's answer does not parse: it has neither artifacts nor errors"],
  [{ kind: 'wrongShape', shape: 'artifactsObject' }, 1, "Xray's answer does not parse: artifacts is not a list"],
];

for (const [fault, calls, reason] of refusals) {
  test(`${JSON.stringify(fault)} makes every digest unavailable after ${calls} calls: ${reason}`, async (t) => {
    const { xray, ask } = await start(t);
    xray.inject(fault);
    t.deepEqual(
      await ask(clean.digest, strange),
      new Map([
        [clean.digest, reason.includes('does not parse') ? tooMuch(reason) : unavailable(reason)],
        [strange, reason.includes('does not parse') ? tooMuch(reason) : unavailable(reason)],
      ]),
    );
    t.is(xray.requests().length, calls);
    xray.clearFaults();
    t.deepEqual(await ask(clean.digest), new Map([[clean.digest, nothingFound]]));
  });
}

test('a short disturbance is bridged by retries', async (t) => {
  const { xray, ask, waitsMs } = await start(t);
  xray.inject({ kind: 'status', status: 503, times: 1 });
  xray.inject({ kind: 'status', status: 429, retryAfterSeconds: 2, times: 1 });
  t.deepEqual(await ask(clean.digest), new Map([[clean.digest, nothingFound]]));
  t.deepEqual(waitsMs, [500, 3000]);
});

const artifactFaults: readonly (readonly [Fault, string])[] = [
  [{ kind: 'wrongShape', shape: 'issuesAbsent' }, "Xray's answer does not parse: artifacts[].issues is absent"],
  [{ kind: 'wrongShape', shape: 'issuesObject' }, "Xray's answer does not parse: artifacts[].issues is not a list"],
  [{ kind: 'wrongShape', shape: 'severityNumber' }, "Xray's answer does not parse: artifacts[].issues[0].severity is not a text"],
  [{ kind: 'wrongShape', shape: 'sha256Absent' }, "Xray's answer does not parse: artifacts[].general.sha256 is absent or empty"],
  [{ kind: 'wrongShape', shape: 'artifactError' }, 'Xray reports an error for this artifact'],
];

for (const [fault, reason] of artifactFaults) {
  test(`${JSON.stringify(fault)} in one artifact makes its digest alone unavailable`, async (t) => {
    const { xray, ask } = await start(t);
    xray.inject({ ...fault, digest: clean.digest });
    t.deepEqual(
      await ask(clean.digest, broken.digest),
      new Map([
        [clean.digest, unavailable(reason)],
        [broken.digest, brokenFound],
      ]),
    );
  });
}

test('an error that names nothing keeps a digest from being unscanned', async (t) => {
  const { xray, ask } = await start(t);
  xray.inject({ kind: 'wrongShape', shape: 'errorNameless' });
  t.deepEqual(
    await ask(strange, clean.digest),
    new Map([
      [strange, unavailable("Xray's answer does not parse: errors[].identifier is absent or empty")],
      [clean.digest, nothingFound],
    ]),
  );
});

const slow: readonly (readonly [Fault, Partial<CallLimits>, string])[] = [
  [{ kind: 'silence' }, { firstByteTimeoutMs: 200 }, 'no answer from Xray within 0.2 s'],
  [{ kind: 'latency', latencyMs: 60_000 }, { firstByteTimeoutMs: 200 }, 'no answer from Xray within 0.2 s'],
  [{ kind: 'truncated', ending: 'stall' }, { bodyTimeoutMs: 200 }, "Xray's answer paused for more than 0.2 s"],
  [{ kind: 'drip', everyMs: 10 }, { totalTimeoutMs: 500 }, "Xray's answer was not complete within 0.5 s"],
];

// One after the other, so that the time they wait is not spent by the machine on other tests.
for (const [fault, limits, reason] of slow) {
  test.serial(`${JSON.stringify(fault)} ends with ${reason}, and is not asked again`, async (t) => {
    const { xray, ask, waitsMs } = await start(t, { limits });
    xray.inject(fault);
    t.deepEqual(await ask(clean.digest), new Map([[clean.digest, tooMuch(reason)]]));
    t.deepEqual(waitsMs, []);
  });
}

test.serial('silence about one digest does not hold up a call for others', async (t) => {
  const { xray, ask } = await start(t, { limits: { firstByteTimeoutMs: 1000 } });
  xray.inject({ kind: 'silence', digest: clean.digest });
  const hanging = ask(clean.digest);
  t.deepEqual(await ask(broken.digest), new Map([[broken.digest, brokenFound]]));
  t.deepEqual(await hanging, new Map([[clean.digest, tooMuch('no answer from Xray within 1 s')]]));
});

test('an answer larger than the limit is unavailable', async (t) => {
  const issues = Array.from({ length: 20 }, (_, index) => ({ id: `XRAY-${index}`, severity: 'Low', summary: 'x'.repeat(20_000) }));
  const { ask } = await start(t, { limits: { maxBodyBytes: 2 ** 18 } }, { images: [{ ...clean, issues }] });
  t.deepEqual(await ask(clean.digest), new Map([[clean.digest, tooMuch("Xray's answer is larger than 0.25 MiB")]]));
});

test('nobody listening is unavailable, after retries', async (t) => {
  const { ask, waitsMs } = await start(t, { url: `http://127.0.0.1:${await freePort()}` });
  t.deepEqual(await ask(clean.digest), new Map([[clean.digest, unavailable('connection to Xray failed (ECONNREFUSED)')]]));
  t.deepEqual(waitsMs, [500, 1000]);
});

test('an abort rejects with its reason, before, during and between calls', async (t) => {
  const { xray, client } = await start(t, { sleep: (_, signal) => new Promise((__, reject) => signal.addEventListener('abort', reject)) });
  const reason = new Error('stopping');
  await t.throwsAsync(client.scans([clean.digest], AbortSignal.abort(reason)), { is: reason });
  t.is(xray.requests().length, 0);

  for (const fault of [{ kind: 'silence' }, { kind: 'status', status: 503 }] as const) {
    xray.clearFaults();
    xray.clearRequests();
    xray.inject(fault);
    const controller = new AbortController();
    const answers = client.scans([clean.digest], controller.signal);
    while (xray.requests().length === 0) await new Promise((resolve) => setImmediate(resolve));
    controller.abort(reason);
    await t.throwsAsync(answers, { is: reason }, fault.kind);
  }
});

test('a URL that cannot be one of Xray is refused at once', (t) => {
  const credentials = { kind: 'bearer', token: 'x' } as const;
  t.throws(() => createXrayClient({ url: 'ftp://acme', credentials }), {
    message: 'the URL of Xray begins with ftp:// where http:// or https:// is expected',
  });
});

/** A port that was free a moment ago and that nobody listens on. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (address !== null && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port'))));
    });
  });
}
