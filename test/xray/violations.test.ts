// Reading all violations of a watch: the question, the pages, and the moments at which a list would be shorter than it is.

import { createServer, type Server } from 'node:http';
import test, { type ExecutionContext } from 'ava';
import type { WatchAnswer } from '../../src/facts/watch-source.ts';
import { createXrayClient, type XrayClientOptions } from '../../src/xray/client.ts';
import { hastyClock } from '../builders/hasty-clock.ts';
import { startXray, type XrayStandIn, type XrayStandInOptions } from './stand-in.ts';

const until = new Date('2026-11-23T10:00:00Z');
const from = new Date('2026-11-01T00:00:00Z');

const row = (index: number) => ({
  issue: `XRAY-${index}`,
  severity: 'High',
  artifacts: [`default/docker-local/shop/api/${index}/manifest.json`],
  created: new Date(Date.parse('2026-11-02T00:00:00Z') + Math.floor(index / 7) * 1000).toISOString(),
});
const rows = (count: number) => Array.from({ length: count }, (_, index) => row(index));

interface Pair {
  readonly xray: XrayStandIn;
  readonly read: (watch: string, window?: { readonly from: Date | null; readonly until: Date }) => Promise<WatchAnswer>;
}

async function start(t: ExecutionContext, options: Partial<XrayClientOptions> = {}, standIn: XrayStandInOptions = {}): Promise<Pair> {
  const xray = await startXray({ now: () => until, ...standIn });
  t.teardown(xray.close);
  return { xray, read: reader(t, { url: xray.url, ...options }) };
}

function reader(t: ExecutionContext, options: Pick<XrayClientOptions, 'url'> & Partial<XrayClientOptions>): Pair['read'] {
  const client = createXrayClient({ credentials: { kind: 'bearer', token: 'stand-in-token' }, clock: hastyClock(), ...options });
  t.teardown(client.close);
  return (watch, window = { from, until }) => client.rows(watch, window, new AbortController().signal);
}

const issuesOf = (answer: WatchAnswer): readonly string[] | string =>
  answer.kind === 'complete' ? answer.rows.map(({ violations }) => violations[0]?.issue ?? '') : answer.reason;

const sorted = (texts: readonly string[] | string): readonly string[] => [...texts].sort();

test('a watch is asked for by its name and a window, oldest first, with details', async (t) => {
  const { xray, read } = await start(t, {}, { watches: [{ name: 'shop', violations: rows(3) }] });
  t.deepEqual(issuesOf(await read('shop')), ['XRAY-0', 'XRAY-1', 'XRAY-2']);
  t.deepEqual(
    xray.requests().map(({ path, body, project, scheme }) => ({ path, body, project, scheme })),
    [
      {
        path: '/xray/api/v1/violations',
        project: null,
        scheme: 'bearer',
        body: {
          filters: {
            watch_name: 'shop',
            include_details: true,
            created_from: '2026-11-01T00:00:00.000Z',
            created_until: '2026-11-23T10:00:00.000Z',
          },
          pagination: { order_by: 'created', direction: 'asc', limit: 500, offset: 1 },
        },
      },
    ],
  );
  t.deepEqual(xray.problems(), []);
});

test('without a beginning the window has one all the same', async (t) => {
  const { xray, read } = await start(t, {}, { watches: [{ name: 'shop', violations: rows(3) }] });
  t.is((await read('shop', { from: null, until })).kind, 'complete');
  t.like(xray.requests()[0]?.body, { filters: { created_from: '2012-01-01T00:00:00Z' } });
});

test('a watch without a name is not asked for', async (t) => {
  const { xray, read } = await start(t);
  t.deepEqual(await read(''), { kind: 'unavailable', reason: 'a watch without a name cannot be asked for' });
  t.is(xray.calls(), 0);
});

test('the project goes with the question', async (t) => {
  const { xray, read } = await start(t, { project: 'pay & go' }, { watches: [{ name: 'shop', violations: rows(1) }] });
  await read('shop');
  t.is(xray.requests()[0]?.project, 'pay & go');
});

test('rows on several pages are all there, each once, though many share a second', async (t) => {
  const { xray, read } = await start(t, {}, { watches: [{ name: 'shop', violations: rows(1_203) }] });
  const answer = await read('shop');
  t.is(answer.kind, 'complete');
  t.deepEqual(sorted(issuesOf(answer)), sorted(rows(1_203).map(({ issue }) => issue)));
  t.is(xray.calls('violations'), 3);
  t.deepEqual(xray.problems(), []);
});

test('a last page that is full costs no call for an empty one', async (t) => {
  const { xray, read } = await start(t, {}, { watches: [{ name: 'shop', violations: rows(500) }] });
  t.is(issuesOf(await read('shop')).length, 500);
  t.true(xray.calls('violations') <= 2);
  t.deepEqual(xray.problems(), []);
});

test('a window that Xray reads keeps what is older and newer out', async (t) => {
  const { read } = await start(t, {}, { watches: [{ name: 'shop', violations: rows(21) }] });
  const window = { from: new Date('2026-11-02T00:00:01Z'), until: new Date('2026-11-02T00:00:01Z') };
  t.deepEqual(
    issuesOf(await read('shop', window)),
    [7, 8, 9, 10, 11, 12, 13].map((index) => `XRAY-${index}`),
  );
});

test('an older Xray, which writes rows in other words and reads neither direction nor end, is understood', async (t) => {
  const switches = { version: '3.70.0', rowForm: 'old' } as const;
  const { read } = await start(t, {}, { watches: [{ name: 'shop', violations: rows(600) }], switches });
  const answer = await read('shop');
  t.deepEqual(sorted(issuesOf(answer)), sorted(rows(600).map(({ issue }) => issue)));
  if (answer.kind !== 'complete') return t.fail(answer.reason);
  t.like(answer.rows[0], { createdAt: new Date('2026-11-02T00:00:00Z'), digests: [] });
  t.regex(answer.rows[0]?.paths.join() ?? '', /^docker-local\/shop\/api\/[0-6]$/);
});

test('a watch that finds nothing has no rows, whether the list is empty or null', async (t) => {
  for (const emptyLists of ['empty', 'null'] as const) {
    const { read } = await start(t, {}, { watches: [{ name: 'shop' }], switches: { emptyLists } });
    t.deepEqual(await read('shop'), { kind: 'complete', rows: [] });
  }
});

test('a row that is ignored at Xray is not there, without a word', async (t) => {
  const { xray, read } = await start(t, {}, { watches: [{ name: 'shop', violations: rows(3) }] });
  xray.ignore({ watch: 'shop', issue: 'XRAY-1' });
  t.deepEqual(issuesOf(await read('shop')), ['XRAY-0', 'XRAY-2']);
});

/** A server that answers as it is told, by the number of the page and the limit; the bodies are kept. */
async function pages(t: ExecutionContext, answer: (offset: number, limit: number) => unknown): Promise<{ url: string; asked: number[] }> {
  const asked: number[] = [];
  const server = createServer(async (request, response) => {
    const { pagination } = JSON.parse(Buffer.concat(await request.toArray()).toString('utf8'));
    asked.push(pagination.offset);
    const body = answer(pagination.offset, pagination.limit);
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  return { url: await listening(t, server), asked };
}

function listening(t: ExecutionContext, server: Server): Promise<string> {
  t.teardown(() => server.closeAllConnections());
  t.teardown(() => server.close());
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(`http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`);
    });
  });
}

const plainRow = (index: number) => ({
  ...{ violation_id: `${index}`, issue_id: `XRAY-${index}`, type: 'Security', severity: 'High', watch_name: 'shop' },
  ...{ created: '2026-11-02T00:00:00Z', impacted_artifacts: ['default/docker-local/shop/api/1/manifest.json'] },
});
const plainRows = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, index) => plainRow(first + index));

test('a server that gives fewer rows to a page than were asked for is read to the end', async (t) => {
  const { url, asked } = await pages(t, (offset) => ({
    total_violations: 250,
    violations: plainRows(offset * 100 - 99, Math.min(250, offset * 100)),
  }));
  t.is(issuesOf(await reader(t, { url })('shop')).length, 250);
  t.deepEqual(asked, [1, 2, 3]);
});

test('a server that repeats its first page is found out by its own count', async (t) => {
  const { url, asked } = await pages(t, () => ({ total_violations: 600, violations: plainRows(1, 500) }));
  t.deepEqual(await reader(t, { url })('shop'), {
    kind: 'unavailable',
    reason: 'Xray lists 500 of the 600 violations of the watch shop: the user may not read all its repositories, or they changed meanwhile',
  });
  t.deepEqual(asked, [1, 2]);
});

test('a server that gives no count is read until a page is short or brings nothing new', async (t) => {
  const short = await pages(t, (offset) => ({ violations: plainRows(offset * 500 - 499, Math.min(700, offset * 500)) }));
  t.is(issuesOf(await reader(t, { url: short.url })('shop')).length, 700);
  t.deepEqual(short.asked, [1, 2]);
  const repeated = await pages(t, () => ({ violations: plainRows(1, 500) }));
  t.is(issuesOf(await reader(t, { url: repeated.url })('shop')).length, 500);
  t.deepEqual(repeated.asked, [1, 2]);
});

test('rows that move to the next page while it is read are there once', async (t) => {
  const { url } = await pages(t, (offset) => ({
    total_violations: 501,
    violations: offset === 1 ? plainRows(1, 500) : plainRows(500, 501),
  }));
  t.is(issuesOf(await reader(t, { url })('shop')).length, 501);
});

test('two rows under one id are both kept', async (t) => {
  const other = { ...plainRow(1), impacted_artifacts: ['default/docker-local/shop/web/1/manifest.json'] };
  const { url } = await pages(t, () => ({ total_violations: 2, violations: [plainRow(1), other] }));
  const answer = await reader(t, { url })('shop');
  if (answer.kind !== 'complete') return t.fail(answer.reason);
  t.deepEqual(answer.rows.flatMap(({ paths }) => paths).toSorted(), ['docker-local/shop/api/1', 'docker-local/shop/web/1']);
  // And neither has the key of the other in an answer that holds but one of them.
  const alone = await pages(t, () => ({ total_violations: 1, violations: [other] }));
  const second = await reader(t, { url: alone.url })('shop');
  if (second.kind !== 'complete') return t.fail(second.reason);
  t.is(second.rows[0]?.key, answer.rows.find(({ paths }) => paths[0] === 'docker-local/shop/web/1')?.key);
});

test('one row that does not parse makes the whole answer unavailable, and names the place', async (t) => {
  const { url } = await pages(t, (offset) => ({
    total_violations: 501,
    violations: offset === 1 ? plainRows(1, 500) : [{ ...plainRow(501), severity: 7 }],
  }));
  t.deepEqual(await reader(t, { url })('shop'), {
    kind: 'unavailable',
    reason: "Xray's answer does not parse: violations[0].severity is not a text",
  });
});

test('a page that is too large or cut is asked for again with fewer rows', async (t) => {
  const { url } = await pages(t, (offset, limit) => {
    const text = JSON.stringify({
      total_violations: 150,
      violations: plainRows((offset - 1) * limit + 1, Math.min(150, offset * limit)),
    });
    return limit > 100 ? text.slice(0, 500) : text;
  });
  t.is(issuesOf(await reader(t, { url })('shop')).length, 150);
});

test('an answer without end is cut off', async (t) => {
  const { url, asked } = await pages(t, (offset, limit) => ({ violations: plainRows(offset * limit, offset * limit + limit - 1) }));
  const limiter = { burst: 1_000 };
  t.deepEqual(await reader(t, { url, limiter })('shop'), {
    kind: 'unavailable',
    reason: 'the watch shop has more violations than can be kept (50000 rows, 500000 artifacts): let it watch fewer repositories',
  });
  t.is(asked.length, 101);
});

test('failures are reasons, and to be forbidden to read violations does not stop questions about images', async (t) => {
  const digest = `sha256:${'a1'.repeat(32)}`;
  const xray = await startXray({ images: [{ name: 'shop/api:1', digest }], watches: [{ name: 'shop', violations: rows(2) }] });
  const clock = hastyClock();
  const client = createXrayClient({ url: xray.url, credentials: { kind: 'bearer', token: 'stand-in-token' }, clock });
  t.teardown(client.close);
  t.teardown(xray.close);
  const { signal } = new AbortController();
  const lift = xray.inject({ kind: 'status', status: 403, endpoint: 'violations' });
  const reason =
    'Xray refused the credentials (403, no permission to read or no entitlement: Forbidden); ' +
    'nothing is asked since 2026-11-23T10:00:00Z but a try each minute, and with other credentials';
  t.deepEqual(await client.rows('shop', { from, until }, signal), { kind: 'unavailable', reason });
  t.deepEqual(await client.rows('shop', { from, until }, signal), { kind: 'unavailable', reason });
  t.is(xray.calls('violations'), 1);
  t.is((await client.scans([digest], signal)).get(digest)?.kind, 'scanned');
  lift();
  clock.skip(60_000);
  t.is((await client.rows('shop', { from, until }, signal)).kind, 'complete');
});

test('an abort rejects with its reason', async (t) => {
  const { xray, read } = await start(t);
  xray.inject({ kind: 'silence' });
  const client = createXrayClient({ url: xray.url, credentials: { kind: 'bearer', token: 'stand-in-token' } });
  t.teardown(client.close);
  const controller = new AbortController();
  const reason = new Error('stopping');
  const answer = client.rows('shop', { from, until }, controller.signal);
  while (xray.calls() === 0) await new Promise((resolve) => setImmediate(resolve));
  controller.abort(reason);
  await t.throwsAsync(answer, { is: reason });
  t.is(typeof read, 'function');
});
