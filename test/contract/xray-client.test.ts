// The client of Xray against the stand-in: what it asks, what it makes of the answers, and what it does when there is none.

import { createServer } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import type { ScanAnswer } from '../../src/facts/scan.ts';
import { createXrayClient, type XrayClient, type XrayClientOptions } from '../../src/xray/client.ts';
import type { CallLimits } from '../../src/xray/errors.ts';
import { type HastyClock, hastyClock } from '../builders/hasty-clock.ts';
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

const nothingFound: ScanAnswer = {
  kind: 'scanned',
  content: { issues: [], licenses: [], operationalRisks: [] },
  paths: ['docker-local/team/clean/1'],
};
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
  paths: ['docker-local/team/broken/2.1'],
};

interface Pair {
  readonly xray: XrayStandIn;
  readonly client: XrayClient;
  readonly clock: HastyClock;
  readonly ask: (...digests: readonly string[]) => Promise<ReadonlyMap<string, ScanAnswer>>;
}

async function start(
  t: ExecutionContext,
  options: Partial<XrayClientOptions> = {},
  standIn: XrayStandInOptions = { images: [clean, broken] },
): Promise<Pair> {
  const xray = await startXray(standIn);
  const clock = hastyClock();
  const client = createXrayClient({
    url: xray.url,
    credentials: { kind: 'bearer', token: 'stand-in-token' },
    clock,
    random: () => 0.5,
    ...options,
  });
  t.teardown(async () => {
    await client.close();
    await xray.close();
  });
  return { xray, client, clock, ask: (...digests) => client.scans(digests, new AbortController().signal) };
}

const unavailable = (reason: string): ScanAnswer => ({ kind: 'unavailable', reason });
/** Nothing was asked, or will be for a while. */
const held = (reason: string, retryInMs: number): ScanAnswer => ({ kind: 'unavailable', reason, retryInMs });
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

test('an image in several repositories is answered once, with all places', async (t) => {
  const { ask } = await start(t, {}, { images: [{ ...broken, repositories: ['docker-prod', 'docker-dev'] }] });
  const paths = ['docker-dev/team/broken/2.1', 'docker-prod/team/broken/2.1'];
  t.deepEqual(await ask(broken.digest), new Map([[broken.digest, { ...brokenFound, paths }]]));
});

test('where v2 is missing v1 is asked, at once for an hour, and then v2 is tried again', async (t) => {
  const { xray, ask, clock } = await start(t);
  const lift = xray.inject({ kind: 'status', status: 404, version: 'v2' });
  const [issue] = brokenFound.content.issues;
  const withoutFixes = { ...brokenFound, content: { ...brokenFound.content, issues: [{ ...issue, components: [] }] } };
  t.deepEqual(await ask(broken.digest), new Map<string, unknown>([[broken.digest, withoutFixes]]));
  clock.skip(3_599_000);
  await ask(broken.digest);
  clock.skip(1_000);
  await ask(broken.digest);
  lift();
  await ask(broken.digest);
  clock.skip(3_600_000);
  t.deepEqual(await ask(broken.digest), new Map([[broken.digest, brokenFound]]));
  t.deepEqual(
    xray.requests().map((request) => /v[12]/.exec(request.path)?.[0]),
    ['v2', 'v1', 'v1', 'v2', 'v1', 'v1', 'v2'],
  );
});

test('where both are missing the reason says that it is a matter of configuration, and v2 is asked again', async (t) => {
  const { xray, ask } = await start(t);
  xray.inject({ kind: 'status', status: 404, times: 2 });
  const reason = 'Xray has no summary of artifacts, neither v2 nor v1 (404): its URL is wrong, or there is no Xray';
  t.deepEqual(await ask(clean.digest), new Map([[clean.digest, unavailable(reason)]]));
  t.deepEqual(await ask(clean.digest), new Map([[clean.digest, nothingFound]]));
  t.is(xray.requests().at(-1)?.path, '/xray/api/v2/summary/artifact');
});

test('user and password are sent as Basic', async (t) => {
  const { xray, ask } = await start(t, { credentials: { kind: 'basic', user: 'kubexray', password: 'stand-in-password' } });
  t.deepEqual(await ask(clean.digest), new Map([[clean.digest, nothingFound]]));
  t.is(xray.requests()[0]?.scheme, 'basic');
});

const stopped = (cause: string): ScanAnswer =>
  held(`${cause}; nothing is asked since 2026-11-23T10:00:00Z but a try each minute, and with other credentials`, 5_000);
const invalidToken = stopped('Xray refused the credentials (401: Found invalid token)');

test('credentials that were refused are sent once a minute, and others at once', async (t) => {
  let token = 'stand-in-token';
  const { xray, ask, clock } = await start(t, { credentials: async () => ({ kind: 'bearer', token }) });
  xray.setToken('second');
  t.deepEqual(await ask(clean.digest), new Map([[clean.digest, invalidToken]]));
  t.deepEqual(await ask(broken.digest), new Map([[broken.digest, invalidToken]]));
  clock.skip(50_000);
  await ask(clean.digest);
  t.is(xray.calls(), 1);
  clock.skip(10_000);
  t.deepEqual(await ask(clean.digest), new Map([[clean.digest, invalidToken]]));
  t.is(xray.calls(), 2);
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

const refusals: readonly (readonly [Fault, number, ScanAnswer])[] = [
  [{ kind: 'status', status: 415 }, 1, unavailable('Xray answered 415: Failed to parse json.')],
  [{ kind: 'status', status: 302, location: 'http://127.0.0.1:1/' }, 1, unavailable('Xray answered 302; redirects are not followed')],
  [
    { kind: 'status', status: 302, location: 'https://landing.jfrog.com/reactivate-server/acme' },
    1,
    unavailable('Xray answered 302: the JFrog Cloud instance is dormant'),
  ],
  [{ kind: 'status', status: 204 }, 1, unavailable('Xray answered 204')],
  [{ kind: 'status', status: 500 }, 3, tooMuch('Xray answered 500: internal error')],
  [{ kind: 'status', status: 503 }, 3, unavailable('Xray answered 503')],
  [{ kind: 'status', status: 502 }, 3, tooMuch('Xray answered 502')],
  [{ kind: 'truncated', ending: 'close' }, 3, tooMuch('connection to Xray failed (UND_ERR_SOCKET)')],
  [{ kind: 'truncated', ending: 'end' }, 1, tooMuch("Xray's answer does not parse: it is not JSON (application/json)")],
  [{ kind: 'html' }, 1, tooMuch("Xray's answer does not parse: it is not JSON (text/html)")],
  [{ kind: 'wrongShape', shape: 'bodyList' }, 1, tooMuch("Xray's answer does not parse: it is not an object")],
  [{ kind: 'wrongShape', shape: 'bodyEmpty' }, 1, tooMuch("Xray's answer does not parse: it has neither artifacts nor errors")],
  [{ kind: 'wrongShape', shape: 'artifactsObject' }, 1, tooMuch("Xray's answer does not parse: artifacts is not a list")],
];

for (const [fault, calls, answer] of refusals) {
  test(`${JSON.stringify(fault)} makes every digest unavailable after ${calls} calls: ${JSON.stringify(answer)}`, async (t) => {
    const { xray, ask } = await start(t);
    xray.inject(fault);
    t.deepEqual(
      await ask(clean.digest, strange),
      new Map([
        [clean.digest, answer],
        [strange, answer],
      ]),
    );
    t.is(xray.calls(), calls);
    xray.clearFaults();
    t.deepEqual(await ask(clean.digest), new Map([[clean.digest, nothingFound]]));
  });
}

test('a gateway that loses its patience is not asked the same again, but less', async (t) => {
  const { xray, ask } = await start(t);
  xray.inject({ kind: 'status', status: 504 });
  t.like((await ask(clean.digest)).get(clean.digest), { kind: 'unavailable', smaller: true });
  t.is(xray.calls(), 1);
});

test('to be forbidden is to be refused, with a hint what may be missing', async (t) => {
  const { xray, ask } = await start(t);
  xray.inject({ kind: 'status', status: 403 });
  const answer = stopped('Xray refused the credentials (403, no permission to read or no entitlement: Forbidden)');
  t.deepEqual(await ask(clean.digest), new Map([[clean.digest, answer]]));
  xray.clearFaults();
  t.deepEqual(await ask(clean.digest), new Map([[clean.digest, answer]]));
  t.is(xray.calls(), 1);
});

/** Five questions that are not the same, as a server has to fail at to be down. */
async function askFive(ask: Pair['ask']): Promise<readonly (ScanAnswer | undefined)[]> {
  const answers: (ScanAnswer | undefined)[] = [];
  for (const digit of ['1', '2', '3', '4', '5']) {
    const digest = `sha256:${digit.repeat(64)}`;
    answers.push((await ask(digest)).get(digest));
  }
  return answers;
}

test('one image at which Xray fails again and again does not look like an Xray that is down', async (t) => {
  const { xray, ask } = await start(t);
  xray.inject({ kind: 'status', status: 503, digest: clean.digest });
  for (let index = 0; index < 10; index += 1) {
    t.deepEqual(await ask(clean.digest), new Map([[clean.digest, unavailable('Xray answered 503')]]));
  }
  t.deepEqual(await ask(broken.digest), new Map([[broken.digest, brokenFound]]));
});

test('an Xray that is down is left alone but for a call every five seconds, and its recovery is told', async (t) => {
  const { xray, client, ask, clock } = await start(t);
  let recovered = 0;
  client.onRecovery(() => (recovered += 1));
  const lift = xray.inject({ kind: 'status', status: 503 });
  await askFive(ask);
  // Three tries for each question, but for the one that showed that it is no use.
  t.is(xray.calls(), 13);
  const answer = (await ask(clean.digest)).get(clean.digest);
  if (answer?.kind !== 'unavailable') return t.fail();
  t.regex(answer.reason, /^Xray answered 503; nothing is asked since 2026-11-23T10:00:\d\dZ but a try every 5 s$/);
  t.is(answer.retryInMs, 5_000);
  t.is(xray.calls(), 13);
  clock.skip(5_000);
  t.deepEqual(await ask(clean.digest), new Map([[clean.digest, held(answer.reason, 5_000)]]));
  t.is(xray.calls(), 14);
  lift();
  clock.skip(5_000);
  t.is(recovered, 0);
  t.deepEqual(await ask(clean.digest), new Map([[clean.digest, nothingFound]]));
  t.is(recovered, 1);
});

test('refusals cost nothing of what may be asked per second', async (t) => {
  const { xray, ask, clock } = await start(t);
  xray.inject({ kind: 'status', status: 429, retryAfterSeconds: 60, times: 1 });
  await ask(clean.digest);
  for (let index = 0; index < 100; index += 1) await ask(clean.digest);
  t.deepEqual(clock.waitsMs, []);
  t.is(xray.calls(), 1);
});

test('a question that may itself be what keeps Xray from answering is named as such while it is left alone', async (t) => {
  const { xray, ask } = await start(t);
  xray.inject({ kind: 'status', status: 504 });
  const answers = await askFive(ask);
  t.like(answers[4], { kind: 'unavailable', smaller: true, retryInMs: 5_000 });
  const refused = (await ask(clean.digest)).get(clean.digest);
  t.like(refused, { kind: 'unavailable', retryInMs: 5_000 });
  t.false(refused !== undefined && 'smaller' in refused);
});

test('one breaker stands over all calls: where the summary is down no violations are asked for', async (t) => {
  const { xray, client, ask } = await start(t);
  xray.inject({ kind: 'status', status: 503 });
  await askFive(ask);
  const window = { from: null, until: new Date('2026-11-23T10:00:00Z') };
  t.like(await client.rows('shop', window, new AbortController().signal), { kind: 'unavailable' });
  t.is(xray.calls('violations'), 0);
});

test('an API for violations that fails again and again does not look like an Xray that is down', async (t) => {
  const { xray, client, ask } = await start(t);
  xray.inject({ kind: 'status', status: 503, endpoint: 'violations' });
  for (let minute = 0; minute < 6; minute += 1) {
    const window = { from: null, until: new Date(Date.UTC(2026, 10, 23, 10, minute)) };
    t.like(await client.rows('shop', window, new AbortController().signal), { kind: 'unavailable', reason: 'Xray answered 503' });
  }
  t.deepEqual(await ask(clean.digest), new Map([[clean.digest, nothingFound]]));
});

test('a Retry-After longer than a call may wait pauses all calls for as long', async (t) => {
  const { xray, ask, clock } = await start(t);
  xray.inject({ kind: 'status', status: 429, retryAfterSeconds: 60, times: 1 });
  const reason =
    'Xray answered 429: Too Many Requests; nothing is asked since 2026-11-23T10:00:00Z but a try after the 60 s that it asks for';
  t.deepEqual(await ask(clean.digest), new Map([[clean.digest, held(reason, 60_000)]]));
  clock.skip(59_000);
  t.deepEqual(await ask(broken.digest), new Map([[broken.digest, held(reason, 1_000)]]));
  t.is(xray.calls(), 1);
  clock.skip(1_000);
  t.deepEqual(await ask(broken.digest), new Map([[broken.digest, brokenFound]]));
});

test('a short disturbance is bridged by retries', async (t) => {
  const { xray, ask, clock } = await start(t);
  xray.inject({ kind: 'status', status: 503, times: 1 });
  xray.inject({ kind: 'status', status: 429, retryAfterSeconds: 2, times: 1 });
  t.deepEqual(await ask(clean.digest), new Map([[clean.digest, nothingFound]]));
  t.deepEqual(clock.waitsMs, [500, 3000]);
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
    const { xray, ask, clock } = await start(t, { limits });
    xray.inject(fault);
    t.deepEqual(await ask(clean.digest), new Map([[clean.digest, tooMuch(reason)]]));
    t.deepEqual(clock.waitsMs, []);
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
  const { ask, clock } = await start(t, { url: `http://127.0.0.1:${await freePort()}` });
  t.deepEqual(await ask(clean.digest), new Map([[clean.digest, unavailable('connection to Xray failed (ECONNREFUSED)')]]));
  t.deepEqual(clock.waitsMs, [500, 1000]);
});

test('an abort rejects with its reason, before, during and between calls', async (t) => {
  const { xray, client } = await start(t, { clock: { now: () => new Date(), setTimer: () => () => undefined } });
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
