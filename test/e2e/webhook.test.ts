// The webhook on the real control plane, by TLS, to the controller as its own process: who is acted on, how soon, and who is not believed.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { selfSignedCertificate } from '../builders/certificate.ts';
import { at } from '../cluster/at.ts';
import { waitFor, waitForValue } from '../cluster/wait-for.ts';
import { digestOf } from '../xray/images.ts';
import { sendWebhook, type Webhook } from '../xray/webhook.ts';
import { applyPolicy, deploy, type Environment, evaluated, rowsWithOutcome, scaleOf, startEnvironment } from './environment.ts';

const token = 's3cret-webhook-token';
const certificate = selfSignedCertificate('webhook');
const zero = { replicas: 0, pods: 0 };
const two = { replicas: 2, pods: 2 };
const refOf = (name: string): string => `registry.example.com/shop/${name}:1`;
const aboutImage = (name: string) => ({ name: `shop/${name}:1`, digest: digestOf(refOf(name)), repositories: ['docker-local'] });
const issue = { id: 'XRAY-77', cve: 'CVE-2026-0077', severity: 'Critical' };

let environment: Environment;
let directory: string;
let url: string;
let log: () => readonly string[];

test.before(async () => {
  environment = await startEnvironment();
  directory = await mkdtemp(join(tmpdir(), 'kubexray-webhook-'));
  const file = async (name: string, text: string): Promise<string> => {
    await writeFile(join(directory, name), text);
    return join(directory, name);
  };
  const flags = [
    ['--webhook-port', '0'],
    ['--webhook-token-file', await file('token', `${token}\n`)],
    ['--tls-cert-file', await file('tls.crt', certificate.cert)],
    ['--tls-key-file', await file('tls.key', certificate.key)],
  ].flat();
  const controller = await environment.startController({ flags });
  log = controller.log;
  const started = log().find((line) => line.includes('"controller started"')) ?? '';
  url = `https://127.0.0.1:${at(JSON.parse(started), 'webhookPort')}`;
});

test.after.always(async () => {
  await environment?.stop();
  if (directory !== undefined) await rm(directory, { recursive: true, force: true });
});

/** A namespace with a policy whose facts are good for a day, and a workload for each of these images, which are clean. */
async function setUp(namespace: string, names: readonly string[]) {
  const { admin, xray } = environment;
  await admin.createNamespace(namespace);
  for (const name of names) xray.set({ name: `shop/${name}:1`, digest: digestOf(refOf(name)), licenses: ['MIT'] });
  await applyPolicy(admin, namespace, {
    mode: 'Enforce',
    match: { namespaces: [namespace] },
    facts: { maxAge: '24h' },
    rules: [
      { name: 'no-high', use: 'security', actions: { default: 'ScaleDown' } },
      { name: 'no-agpl', use: 'license', parameters: { denied: ['AGPL-*'] }, actions: { default: 'ScaleDown' } },
    ],
  });
  await Promise.all(names.map((name) => deploy(admin, { namespace, name, image: refOf(name), replicas: 2 })));
  mustBeClean(await evaluated(admin, namespace), names.length);
  const send = (webhook: Webhook) => sendWebhook(`${url}/webhook`, { login: { kind: 'token', token }, ca: certificate.cert, ...webhook });
  const scale = (name: string) => scaleOf(admin, { namespace, name });
  const becomesZero = (name: string) => waitForValue(() => scale(name), zero, { what: `${name} at zero` });
  return { admin, xray, send, scale, becomesZero };
}

/** The test would prove nothing on workloads that were not judged yet, or are at zero already. */
function mustBeClean({ totals }: { readonly totals?: { readonly evaluated: number; readonly violating: number } }, count: number): void {
  if (totals?.evaluated !== count || totals.violating !== 0) throw new Error(`set up the namespace: ${JSON.stringify(totals)}`);
}

test('a webhook about one image takes down the workload that runs it, and no other of its namespace (fault 1)', async (t) => {
  const { admin, xray, send, scale, becomesZero } = await setUp('one-of-many', ['many-a', 'many-m', 'many-z']);
  await deploy(admin, { kind: 'StatefulSet', namespace: 'one-of-many', name: 'zz-last', image: refOf('many-z'), replicas: 2 });
  xray.addIssue(digestOf(refOf('many-m')), issue);
  const receipt = await send({ images: [aboutImage('many-m')], issues: [issue] });
  t.is(receipt.status, 202);
  await becomesZero('many-m');
  const rows = await rowsWithOutcome(admin, { policy: 'one-of-many', workload: 'many-m', outcome: 'Confirmed' });
  t.deepEqual(
    rows.map(({ workload, rule, digest }) => [workload.name, rule, digest]),
    [['many-m', 'no-high', digestOf(refOf('many-m'))]],
  );
  t.deepEqual([await scale('many-a'), await scale('many-z')], [two, two]);
  t.deepEqual(await scaleOf(admin, { kind: 'StatefulSet', namespace: 'one-of-many', name: 'zz-last' }), two);
});

test('an issue published while an image runs is acted on when the webhook comes, a day before it would have been asked about', async (t) => {
  const { xray, send, becomesZero, scale } = await setUp('at-once', ['once', 'once-other']);
  xray.addIssue(digestOf(refOf('once')), issue);
  const sentMs = performance.now();
  await send({ images: [aboutImage('once')], issues: [issue] });
  await waitFor(async () => at(await scale('once'), 'replicas') === 0, { what: 'zero replicas wanted' });
  t.log(`zero replicas after ${Math.round(performance.now() - sentMs)} ms`);
  await becomesZero('once');
  t.deepEqual(await scale('once-other'), two);
});

test('a licence is heard of as KubeXray was told: at /, with the type as Xray writes it', async (t) => {
  const { xray, becomesZero } = await setUp('as-before', ['licensed']);
  xray.set({ name: 'shop/licensed:1', digest: digestOf(refOf('licensed')), licenses: ['AGPL-3.0'] });
  const about = { images: [aboutImage('licensed')], licenses: ['AGPL-3.0'], schemaVersion: null };
  const receipt = await sendWebhook(`${url}/`, { ...about, login: { kind: 'basic', user: 'xray', password: token }, ca: certificate.cert });
  t.is(receipt.status, 202);
  await becomesZero('licensed');
});

test('a webhook decides nothing: what Xray does not confirm is not done', async (t) => {
  const { admin, xray, send, scale } = await setUp('not-confirmed', ['innocent']);
  const before = xray.timesAsked(digestOf(refOf('innocent')));
  await send({ images: [aboutImage('innocent')], issues: [issue] });
  await waitFor(() => xray.timesAsked(digestOf(refOf('innocent'))) > before, { what: 'the question' });
  t.is((await evaluated(admin, 'not-confirmed')).totals?.violating, 0);
  t.deepEqual(await scale('innocent'), two);
});

test('one without the token starts nothing, and no token is logged', async (t) => {
  const { xray, send } = await setUp('no-token', ['unasked', 'asked']);
  // Not cleared: the other tests count as well.
  const times = (name: string): number => xray.timesAsked(digestOf(refOf(name)));
  const [unasked, asked] = [times('unasked'), times('asked')];
  const refused = await send({ images: [aboutImage('unasked')], issues: [issue], login: { kind: 'token', token: 'guessed-token-1' } });
  t.is(refused.status, 401);
  await send({ images: [aboutImage('asked')], issues: [issue] });
  await waitFor(() => times('asked') > asked, { what: 'the question' });
  t.is(times('unasked'), unasked);
  await waitFor(() => log().some((line) => line.includes('"webhooks received"') && line.includes('"unauthorized":1')), { what: 'the log' });
  t.false(log().some((line) => line.includes('guessed-token-1') || line.includes(token)));
});
