// The receiver of webhooks over real sockets: who is answered what, what is passed on, and what large, slow and many senders can do.
import { once } from 'node:events';
import { Agent } from 'node:http';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import test, { type ExecutionContext } from 'ava';
import type { Notice } from '../../src/facts/notice.ts';
import { startWebhook, type WebhookOptions } from '../../src/xray/webhook.ts';
import { waitFor } from '../cluster/wait-for.ts';
import { simulatedTimers } from '../kubernetes/simulated-timers.ts';
import { bodyAbout, postWebhook, type WebhookPost } from '../xray/webhook-post.ts';

const a = `sha256:${'a1'.repeat(32)}`;
const b = `sha256:${'b2'.repeat(32)}`;
const token = 's3cret-token';
const authorized = { 'x-auth-token': token };
const mebibyte = 2 ** 20;

/** A receiver whose seconds pass only when the test says so; `timers` of the process where sockets have to time out. */
async function start(t: ExecutionContext, given: Partial<WebhookOptions> = {}) {
  const timers = simulatedTimers();
  const notices: Notice[] = [];
  const lines: (readonly [string, object])[] = [];
  const write = (fields: object, message: string) => lines.push([message, fields]);
  const webhook = await startWebhook({
    port: 0,
    host: '127.0.0.1',
    readToken: async () => token,
    onNotice: (notice) => notices.push(notice),
    timers,
    log: { error: write, info: write, debug: write },
    ...given,
  });
  t.teardown(webhook.close);
  const post = (given: Partial<WebhookPost> = {}) => postWebhook({ port: webhook.port, headers: authorized, ...given });
  return { ...webhook, timers, notices, lines, post };
}

test('a webhook is accepted, and what it names is passed on at once', async (t) => {
  const { post, notices } = await start(t);
  const reply = await post({ body: bodyAbout(a, b) });
  t.deepEqual([reply.status, reply.text], [202, 'accepted\n']);
  t.deepEqual(notices, [
    { digests: [a, b], watches: [] },
    { digests: [], watches: ['production'] },
  ]);
});

test('it is found at /webhook, and at / as it was with KubeXray', async (t) => {
  const { post } = await start(t);
  const statuses = [];
  for (const path of ['/webhook', '/', '/?from=xray', '/webhook/', '/api', '//', '/webhook%2f'])
    statuses.push((await post({ path, body: bodyAbout(a) })).status);
  t.deepEqual(statuses, [202, 202, 202, 404, 404, 404, 404]);
});

test('only POST is taken', async (t) => {
  const { post, notices } = await start(t);
  for (const method of ['GET', 'PUT', 'DELETE', 'OPTIONS']) {
    const reply = await post({ method, body: '' });
    t.deepEqual([reply.status, reply.headers.allow], [405, 'POST']);
  }
  t.deepEqual(notices, []);
});

test('who has not the token is told so, and nothing is passed on', async (t) => {
  const { post, notices } = await start(t);
  const reply = await post({ headers: { 'x-auth-token': 'guessed' }, body: bodyAbout(a) });
  t.deepEqual([reply.status, reply.headers['www-authenticate']], [401, 'Basic realm="kubexray"']);
  t.is((await post({ headers: {}, body: bodyAbout(a) })).status, 401);
  t.deepEqual(notices, []);
});

test('a bearer token and a password are let in too', async (t) => {
  const { post } = await start(t);
  const basic = `Basic ${Buffer.from(`xray:${token}`).toString('base64')}`;
  for (const authorization of [`Bearer ${token}`, basic]) t.is((await post({ headers: { authorization }, body: {} })).status, 202);
});

test('the body of one without the token is not waited for', async (t) => {
  const { post } = await start(t);
  const endless = new Readable({ read: () => undefined });
  t.is((await post({ headers: { 'x-auth-token': 'guessed' }, body: endless })).status, 401);
  endless.destroy();
});

test('the token may change while the receiver runs', async (t) => {
  let current = 'first';
  const { post } = await start(t, { readToken: async () => current });
  const statuses = async () => [
    (await post({ headers: { 'x-auth-token': 'first' }, body: {} })).status,
    (await post({ headers: { 'x-auth-token': 'second' }, body: {} })).status,
  ];
  t.deepEqual(await statuses(), [202, 401]);
  current = 'second';
  t.deepEqual(await statuses(), [401, 202]);
});

test('while the token cannot be read or is empty nobody is let in, and it is said once', async (t) => {
  let read = async (): Promise<string> => {
    throw new Error('no such file');
  };
  const { post, lines } = await start(t, { readToken: () => read() });
  for (const headers of [authorized, { 'x-auth-token': '' }, {}]) {
    const reply = await post({ headers });
    t.deepEqual([reply.status, reply.headers['retry-after']], [503, '10']);
  }
  read = async () => '';
  t.is((await post({ headers: { 'x-auth-token': '' } })).status, 503);
  t.deepEqual(lines, [['webhook token cannot be read, so nobody is let in', { error: 'no such file' }]]);
  read = async () => token;
  t.is((await post()).status, 202);
});

test('what is no JSON is refused, whatever it says it is', async (t) => {
  const { post, notices } = await start(t);
  for (const body of ['', '{', 'created=now', '<html>', '{"issues": [}'])
    t.is((await post({ body, headers: { ...authorized, 'content-type': 'application/json' } })).status, 400);
  t.is((await post({ body: JSON.stringify(bodyAbout(a)), headers: { ...authorized, 'content-type': 'text/html' } })).status, 202);
  t.is((await post({ body: `\uFEFF${JSON.stringify(bodyAbout(b))}` })).status, 202);
  t.deepEqual(
    notices.flatMap(({ digests }) => digests),
    [a, b],
  );
});

test('JSON that is no webhook of Xray is accepted and names nothing', async (t) => {
  const { post, notices } = await start(t);
  for (const body of ['null', '7', '[]', '"x"', '{}', `${'['.repeat(50_000)}${']'.repeat(50_000)}`])
    t.is((await post({ body })).status, 202);
  t.deepEqual(notices, []);
});

test('a compressed body is refused', async (t) => {
  const { post, notices } = await start(t);
  const body = gzipSync(JSON.stringify(bodyAbout(a)));
  const reply = await post({ body, headers: { ...authorized, 'content-encoding': 'gzip' } });
  t.deepEqual([reply.status, reply.headers['accept-encoding']], [415, 'identity']);
  t.is((await post({ headers: { ...authorized, 'content-encoding': 'identity' } })).status, 202);
  t.deepEqual(notices, []);
});

/** JSON of exactly this size about image `a`. */
function bodyOfSize(sizeBytes: number): Buffer {
  const json = JSON.stringify({ ...bodyAbout(a), watch_name: '' });
  return Buffer.concat([Buffer.from(json), Buffer.alloc(sizeBytes - json.length, ' ')]);
}

test('a body of 16 MiB is read, and one byte more is refused', async (t) => {
  const { post, notices } = await start(t);
  const chunked = (body: Buffer) =>
    Readable.from(
      (function* () {
        for (let at = 0; at < body.length; at += 65_536) yield body.subarray(at, at + 65_536);
      })(),
    );
  t.is((await post({ body: bodyOfSize(16 * mebibyte) })).status, 202);
  t.deepEqual(notices, [{ digests: [a], watches: [] }]);
  t.is((await post({ body: chunked(bodyOfSize(16 * mebibyte + 1)) })).status, 413);
  t.is(notices.length, 1);
});

test('one that says it has too much is refused before it sends it, and one that does not say so as soon as it is too much', async (t) => {
  const { post } = await start(t);
  const silent = new Readable({ read: () => undefined });
  t.is((await post({ body: silent, headers: { ...authorized, 'content-length': String(16 * mebibyte + 1) } })).status, 413);
  silent.destroy();
  const endless = new Readable({
    read() {
      this.push(Buffer.alloc(65_536, ' '));
    },
  });
  t.is((await post({ body: endless })).status, 413);
  endless.destroy();
});

test('a sender that asks whether to go on is told so only with the token', async (t) => {
  const { port } = await start(t);
  const ask = async (presented: string): Promise<string> => {
    const socket = connect(port, '127.0.0.1');
    const headers = `host: x\r\nx-auth-token: ${presented}\r\nexpect: 100-continue\r\ncontent-length: 2\r\n`;
    socket.write(`POST /webhook HTTP/1.1\r\n${headers}\r\n`);
    const [chunk] = await once(socket, 'data');
    socket.destroy();
    return String(chunk).split('\r\n')[0] ?? '';
  };
  t.is(await ask(token), 'HTTP/1.1 100 Continue');
  t.is(await ask('guessed'), 'HTTP/1.1 401 Unauthorized');
});

test('bodies share a memory: one that finds no room is told to come again, and there is room once the others are done', async (t) => {
  const { post } = await start(t, { limits: { maxMemoryBytes: 100_000 } });
  const [first, second] = [new Readable({ read: () => undefined }), new Readable({ read: () => undefined })];
  first.push(`{"watch_name":"${'w'.repeat(90_000)}`);
  const pending = post({ body: first });
  second.push(' '.repeat(90_000));
  // Whichever comes second has no room.
  const other = post({ body: second });
  const refused = await Promise.race([pending, other]);
  t.deepEqual([refused.status, refused.headers['retry-after']], [503, '1']);
  first.push('"}');
  first.push(null);
  second.push('{}');
  second.push(null);
  t.deepEqual((await Promise.all([pending, other])).map(({ status }) => status).sort(), [202, 503]);
  t.is((await post({ body: ' '.repeat(90_000).concat('{}') })).status, 202);
});

test('what was refused or broken off leaves its room to others', async (t) => {
  const { port, post, totals } = await start(t, { limits: { maxBodyBytes: 1000, maxMemoryBytes: 1500 } });
  const inTwo = (sizeBytes: number) => Readable.from([' '.repeat(900), ' '.repeat(sizeBytes - 902).concat('{}')]);
  for (let round = 0; round < 3; round += 1) t.is((await post({ body: inTwo(1001) })).status, 413);
  const socket = connect(port, '127.0.0.1');
  socket.write(`POST /webhook HTTP/1.1\r\nhost: x\r\nx-auth-token: ${token}\r\nexpect: 100-continue\r\ncontent-length: 1000\r\n\r\n`);
  await once(socket, 'data');
  socket.end(' '.repeat(900));
  await waitFor(() => totals().gone === 1, { what: 'the sender that went away' });
  t.is((await post({ body: inTwo(1000) })).status, 202);
});

test('what was refused is read no longer than a second, then the connection ends', async (t) => {
  const { port, timers } = await start(t);
  const socket = connect(port, '127.0.0.1');
  socket.write('POST /webhook HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\n\r\nabc');
  await once(socket, 'data');
  // The handler sets its timer right after it has answered.
  t.deepEqual(timers.pendingMs().includes(1000), true);
  socket.on('error', () => undefined);
  const cutMs = performance.now();
  timers.advance(1000);
  await once(socket, 'close');
  // Left to itself, Node would wait for 5 s.
  t.true(performance.now() - cutMs < 3000);
});

test('a sender of slow headers and one of a slow body are cut off, and others are served meanwhile', async (t) => {
  const limits = { headersTimeoutMs: 500, requestTimeoutMs: 1000 };
  const { port, post, totals } = await start(t, { limits });
  const silent = connect(port, '127.0.0.1');
  const slowHeaders = connect(port, '127.0.0.1');
  slowHeaders.write('POST /webhook HTTP/1.1\r\nhost: x\r\n');
  const slowBody = connect(port, '127.0.0.1');
  slowBody.write(`POST /webhook HTTP/1.1\r\nhost: x\r\nx-auth-token: ${token}\r\ncontent-length: 100\r\n\r\n{`);
  const ended = Promise.all([silent, slowHeaders, slowBody].map((socket) => once(socket.resume(), 'close')));
  t.is((await post({ body: bodyAbout(a) })).status, 202);
  await ended;
  await waitFor(() => totals().gone === 1, { what: 'the body that was not waited for' });
  t.is(totals().accepted, 1);
});

test('a thousand replays of a webhook are one question', async (t) => {
  const { post, notices, totals } = await start(t);
  const agent = new Agent({ keepAlive: true, maxSockets: 20 });
  const replies = await Promise.all(Array.from({ length: 1000 }, () => post({ agent, body: bodyAbout(a) })));
  agent.destroy();
  t.true(replies.every(({ status }) => status === 202));
  t.deepEqual(notices, [
    { digests: [a], watches: [] },
    { digests: [], watches: ['production'] },
  ]);
  t.like(totals(), { accepted: 1, copies: 999, digests: 1 });
});

test('other news about the same image within a second are one question more, when the second is over', async (t) => {
  const { post, notices, timers } = await start(t);
  for (const name of ['one', 'two', 'three']) await post({ body: { ...bodyAbout(a), watch_name: '', policy_name: name } });
  t.is(notices.length, 1);
  timers.advance(1000);
  timers.advance(60_000);
  t.deepEqual(notices, [
    { digests: [a], watches: [] },
    { digests: [a], watches: [] },
  ]);
});

test('more than can be parsed beside the other work is told to come again', async (t) => {
  const { post, timers, totals } = await start(t);
  const padding = ' '.repeat(15 * mebibyte);
  const statuses = [];
  for (let round = 0; round < 5; round += 1) statuses.push((await post({ body: `{"n":${round}}${padding}` })).status);
  t.deepEqual(statuses, [202, 202, 202, 202, 503]);
  timers.advance(2000);
  t.is((await post({ body: `{"n":5}${padding}` })).status, 202);
  t.is(totals().busy, 1);
});

test('the log has one line a second with what came, and never a token or a body', async (t) => {
  const { post, lines, timers, close } = await start(t);
  for (const headers of [authorized, { 'x-auth-token': 'guessed-token' }, { authorization: 'Bearer guessed-token' }])
    await post({ headers, body: bodyAbout(a) });
  await post({ path: '/other' });
  const maven = { issues: [{ impacted_artifacts: [{ pkg_type: 'Maven' }] }], secret: 'guessed-token' };
  await post({ body: maven });
  t.deepEqual(lines, []);
  timers.advance(1000);
  t.deepEqual(lines, [['webhooks received', { accepted: 2, digests: 1, ignoredArtifacts: 1, unauthorized: 2, wrongPath: 1 }]]);
  await post({ body: '{' });
  await close();
  t.deepEqual(lines[1], ['webhooks received', { notJson: 1 }]);
  t.notRegex(JSON.stringify(lines), /token/);
});

test('closing ends every connection, whatever it is at', async (t) => {
  const { port, close, timers, post } = await start(t);
  const idle = connect(port, '127.0.0.1');
  const reading = connect(port, '127.0.0.1');
  reading.write(`POST /webhook HTTP/1.1\r\nhost: x\r\nx-auth-token: ${token}\r\ncontent-length: 100\r\n\r\n{`);
  const ended = Promise.all(
    [idle, reading].map((socket) =>
      once(
        socket.resume().on('error', () => undefined),
        'close',
      ),
    ),
  );
  await Promise.all([once(idle, 'connect'), once(reading, 'connect')]);
  await post({ body: bodyAbout(a) });
  await post({ body: bodyAbout(a, b) });
  await close();
  await ended;
  await close();
  await t.throwsAsync(post(), { code: 'ECONNREFUSED' });
  t.deepEqual(timers.pendingMs(), []);
});
