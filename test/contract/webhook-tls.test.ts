// The receiver of webhooks by TLS: certificate and key from files, changed while connections stay, and what happens when they are no good.
import { once } from 'node:events';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { Agent } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as tlsConnect } from 'node:tls';
import test, { type ExecutionContext } from 'ava';
import { startWebhook } from '../../src/xray/webhook.ts';
import { selfSignedCertificate, type TestCertificate } from '../builders/certificate.ts';
import { waitFor } from '../cluster/wait-for.ts';
import { postWebhook } from '../xray/webhook-post.ts';

const first = selfSignedCertificate('first');
const second = selfSignedCertificate('second');

async function startFiles(t: ExecutionContext, { cert, key }: TestCertificate = first) {
  const directory = await mkdtemp(join(tmpdir(), 'kubexray-webhook-'));
  t.teardown(() => rm(directory, { recursive: true, force: true }));
  const certificate = { certFile: join(directory, 'tls.crt'), keyFile: join(directory, 'tls.key') };
  await writeFile(certificate.certFile, cert);
  await writeFile(certificate.keyFile, key);
  const lines: string[] = [];
  const write = (_fields: object, message: string) => lines.push(message);
  const start = async () => {
    const webhook = await startWebhook({
      port: 0,
      host: '127.0.0.1',
      certificate,
      readToken: async () => 's3cret',
      onNotice: () => undefined,
      timers: {
        now: () => performance.now(),
        setTimer: (run, delayMs) => {
          const timer = setTimeout(run, delayMs);
          return () => clearTimeout(timer);
        },
      },
      log: { error: write, info: write, debug: write },
      limits: { certificateIntervalMs: 20, headersTimeoutMs: 1000 },
    });
    t.teardown(webhook.close);
    return webhook;
  };
  return { ...certificate, lines, start };
}

/** At once, so that nobody sees half of it unless it is meant so. */
async function replace(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text);
  await rename(`${file}.new`, file);
}

const headers = { 'x-auth-token': 's3cret' };

/** The name in the certificate that a new connection gets. */
async function nameAt(port: number): Promise<string> {
  const socket = tlsConnect({ port, host: '127.0.0.1', rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const { CN } = socket.getPeerCertificate().subject;
  socket.destroy();
  return String(CN);
}

test('a webhook is taken by TLS, from one who trusts the certificate', async (t) => {
  const { start } = await startFiles(t);
  const { port } = await start();
  t.is((await postWebhook({ port, headers, ca: first.cert })).status, 202);
  await t.throwsAsync(postWebhook({ port, headers, ca: second.cert }), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
  await t.throwsAsync(postWebhook({ port, headers }));
});

test('a new pair is in force for new connections, and those that are there go on', async (t) => {
  const { start, certFile, keyFile, lines } = await startFiles(t);
  const { port } = await start();
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ca: first.cert });
  t.teardown(() => agent.destroy());
  t.is((await postWebhook({ port, headers, agent, ca: first.cert })).status, 202);
  await replace(certFile, second.cert);
  await replace(keyFile, second.key);
  await waitFor(async () => (await nameAt(port)) === 'second', { what: 'the new certificate' });
  // On the old connection, since nobody trusts the new one.
  t.is((await postWebhook({ port, headers, agent, ca: first.cert })).status, 202);
  t.true(lines.includes('webhook certificate changed'));
});

test('the old pair stays while the new one is incomplete, which is said once', async (t) => {
  const { start, certFile, keyFile, lines } = await startFiles(t);
  const { port } = await start();
  const kept = 'webhook certificate kept, as the new one cannot be used';
  await replace(certFile, second.cert);
  await waitFor(() => lines.length === 1, { what: 'word of the key that does not fit' });
  await replace(certFile, second.cert.slice(0, 200));
  await waitFor(() => lines.length === 2, { what: 'word of the certificate that is cut' });
  await rm(keyFile);
  await waitFor(() => lines.length === 3, { what: 'word of the key that is gone' });
  t.deepEqual(lines, [kept, kept, kept]);
  t.is(await nameAt(port), 'first');
  await replace(certFile, second.cert);
  await replace(keyFile, second.key);
  await waitFor(async () => (await nameAt(port)) === 'second', { what: 'the new certificate' });
});

test('a pair that is missing or does not fit is refused at the start, by the names of the files', async (t) => {
  const mixed = await startFiles(t, { cert: first.cert, key: second.key });
  const thrown = await t.throwsAsync(mixed.start());
  t.true(thrown?.message.startsWith(`use the certificate of ${mixed.certFile} with the key of ${mixed.keyFile}: `));
  await rm(mixed.keyFile);
  t.regex((await t.throwsAsync(mixed.start()))?.message ?? '', /^read the webhook's key .*tls\.key: ENOENT/);
});

test('a port that is taken is a failure that names it', async (t) => {
  const { start } = await startFiles(t);
  const { port } = await start();
  const failed = startWebhook({
    port,
    host: '127.0.0.1',
    readToken: async () => 's3cret',
    onNotice: () => undefined,
    timers: { now: () => 0, setTimer: () => () => undefined },
    log: { error: () => undefined, info: () => undefined, debug: () => undefined },
  });
  t.regex((await t.throwsAsync(failed))?.message ?? '', new RegExp(`^listen for webhooks on port ${port}: .*EADDRINUSE`));
});

test('one who never ends the handshake, or speaks plain HTTP, is cut off, and does not keep the receiver from ending', async (t) => {
  const { start } = await startFiles(t);
  const { port, close } = await start();
  const silent = connect(port, '127.0.0.1');
  const plain = connect(port, '127.0.0.1');
  plain.write('POST /webhook HTTP/1.1\r\nhost: x\r\n\r\n');
  await Promise.all(
    [silent, plain].map((socket) =>
      once(
        socket.resume().on('error', () => undefined),
        'close',
      ),
    ),
  );
  const late = connect(port, '127.0.0.1');
  await once(late, 'connect');
  const ended = once(
    late.resume().on('error', () => undefined),
    'close',
  );
  await close();
  await ended;
  t.pass();
});
