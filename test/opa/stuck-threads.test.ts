// Threads that cannot be ended, because V8 does not interrupt what they run: nobody waits for them, and the process still ends.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import test from 'ava';

const file = fileURLToPath(new URL('./stuck-process.ts', import.meta.url));

/** Runs the process; one that hangs is ended by another signal than the one with which it ends itself. */
async function runProcess(...args: readonly string[]): Promise<{ readonly lines: readonly unknown[]; readonly signal: unknown }> {
  const child = spawn(process.execPath, [file, ...args], { stdio: ['ignore', 'pipe', 'inherit'], timeout: 30_000, killSignal: 'SIGQUIT' });
  const [output, [, signal]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  return {
    lines: output
      .split('\n')
      .filter(Boolean)
      .map((line): unknown => JSON.parse(line)),
    signal,
  };
}

test('a rule that cannot be ended gets its answer, the others get theirs on another thread, and the process ends', async (t) => {
  const { lines, signal } = await runProcess('100');
  t.deepEqual(lines, [
    'abandoned',
    [
      ['stuck', { kind: 'failed', reason: 'DeadlineExceeded', message: 'the evaluation did not end within 101 ms' }],
      ['good', { kind: 'answered', json: '[{"result":{"seen":"stuck","violation":[]}}]' }],
    ],
    'last line',
  ]);
  t.is(signal, 'SIGKILL');
});

test('closing does not wait for a rule that cannot be ended', async (t) => {
  const { lines, signal } = await runProcess('60000', 'close');
  const notLoaded = { kind: 'failed', reason: 'NotLoaded', message: 'the rule is not loaded' };
  const both = [
    ['stuck', notLoaded],
    ['good', notLoaded],
  ];
  t.deepEqual(lines, ['abandoned', both, 'last line']);
  t.is(signal, 'SIGKILL');
});
