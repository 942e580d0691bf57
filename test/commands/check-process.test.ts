// `kubexray check` as a process: exit codes and streams, as a shell and a pipeline see them.
import { spawn } from 'node:child_process';
import test from 'ava';

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function kubexray(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const child = spawn(process.execPath, ['src/cli.ts', ...args], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => (stdout += String(chunk)));
  child.stderr.on('data', (chunk) => (stderr += String(chunk)));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

const folder = 'test/commands/fixtures/check';

test('a right policy ends with 0', async (t) => {
  t.like(await kubexray(['check', `${folder}/right.yaml`]), { code: 0, stdout: '1 policy, 2 rules checked, no problems\n' });
});

test('a wrong policy ends with 1', async (t) => {
  const run = await kubexray(['check', `${folder}/brace.yaml`]);
  t.is(run.code, 1);
  t.regex(run.stdout, /brace\.yaml:10:35: error: /);
});

test('what cannot be done ends with 2 and one line', async (t) => {
  const missing = await kubexray(['check', `${folder}/nothing.yaml`]);
  t.deepEqual(missing, { code: 2, stdout: '', stderr: `kubexray: read ${folder}/nothing.yaml: there is no such file or folder\n` });
  const noCompiler = await kubexray(['check', `${folder}/right.yaml`], { KUBEXRAY_OPA: '/nonexistent/opa' });
  t.is(noCompiler.code, 2);
  t.regex(noCompiler.stderr, /^kubexray: use KUBEXRAY_OPA=\/nonexistent\/opa: .*\n$/);
  t.is((await kubexray(['check'])).code, 2);
});

test('--help names the exit codes', async (t) => {
  const run = await kubexray(['check', '--help']);
  t.is(run.code, 0);
  t.regex(run.stdout, /Exit codes:\n {2}0 {2}nothing is wrong, but for warnings/);
});

test('who stops reading what is printed gets no error for it', async (t) => {
  const child = spawn(process.execPath, ['src/cli.ts', 'help', 'explain'], { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.destroy();
  let stderr = '';
  child.stderr.on('data', (chunk) => (stderr += String(chunk)));
  const code = await new Promise((resolve) => child.on('close', resolve));
  t.deepEqual({ code, stderr }, { code: 0, stderr: '' });
});
