// The demo as a newcomer runs it: it succeeds, shows what it promises, and leaves nothing behind, also when it is interrupted.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import test from 'ava';
import { waitFor } from '../cluster/wait-for.ts';

interface Run {
  readonly child: ChildProcess;
  readonly output: () => string;
  /** Where everything temporary of the run is. */
  readonly directory: string;
  readonly end: () => Promise<{ readonly code: number | null; readonly left: readonly string[] }>;
}

async function runDemo(...flags: readonly string[]): Promise<Run> {
  const directory = await mkdtemp(join(tmpdir(), 'kubexray-demo-test-'));
  const child = spawn(process.execPath, [join(import.meta.dirname, 'demo.ts'), ...flags], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, TMPDIR: directory },
  });
  const closed = once(child, 'close');
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  const end = async () => {
    await closed;
    const left = await readdir(directory);
    await rm(directory, { recursive: true, force: true });
    return { code: child.exitCode, left };
  };
  return { child, output: () => output, directory, end };
}

test('the demo shows findings, actions, the reaction to a new issue and the way back, and ends with exit code 0', async (t) => {
  const demo = await runDemo();
  const result = await demo.end();
  const output = demo.output();
  t.deepEqual(result, { code: 0, left: [] }, output);
  t.regex(output, /\n {2}production +Enforce +True +5 +4 +2 /);
  t.regex(output, /\n {2}registries +DryRun +True +1 +0 +0 /);
  t.regex(output, /\n {2}shop\/coupons +production +contains malware: XRAY-74133 +deleted\n/);
  t.regex(output, /\n {2}kube-system\/audit +production +has CVE-2020-14343 \(critical\) in +left alone\n/);
  t.regex(output, /\n +\d\.\d\d s +it sets the Deployment api from 3 replicas to 0\n/);
  t.regex(output, /\n +\d\.\d\d s +the controller gives api its 3 replicas back\n/);
  t.deepEqual(
    output.split('\n').filter((line) => line.length > 100),
    [],
  );
});

test('a demo that is kept tells how to go on, by commands that work as they are printed', async (t) => {
  const demo = await runDemo('--keep');
  const last = /A controller of your own[\s\S]*--no-registry\n/;
  await waitFor(() => last.test(demo.output()) || demo.child.exitCode !== null, { what: 'closing text of the demo', timeoutMs: 120_000 });
  const closing = demo.output().split('Everything stays up until Ctrl-C')[1] ?? '';
  const exports = closing.match(/export .+/g) ?? [];
  const commands = [/npm run -s kubexray -- explain .*\\\n.+/, /curl .+/, /kill \d+/].map((command) => command.exec(closing)?.[0]);
  const { stdout } = await promisify(execFile)('sh', ['-ec', [...exports, ...commands].join('\n')], {
    cwd: join(import.meta.dirname, '../..'),
  });
  t.regex(stdout, /^Deployment\/kube-system\/audit [\s\S]+CVE-2020-14343[\s\S]+POST +issues +\{image: NAME/);
  demo.child.kill('SIGINT');
  t.deepEqual(await demo.end(), { code: 0, left: [] }, demo.output());
});

test('an interrupted demo ends at once and leaves no process and no file', async (t) => {
  const demo = await runDemo();
  const server = await waitFor(() => /at (https:\S+),/.exec(demo.output())?.[1], { what: 'address of the server', timeoutMs: 60_000 });
  demo.child.kill('SIGINT');
  t.deepEqual(await demo.end(), { code: 130, left: [] }, demo.output());
  const error = await t.throwsAsync(fetch(`${server}/livez`));
  t.like(error, { cause: { code: 'ECONNREFUSED' } });
});
