// The verb `snapshot`: how it is called, and what it says of sizes. What it records is tested on a real cluster.

import test from 'ava';
import { Command } from 'commander';
import { addSnapshot, bytesText } from '../../src/commands/snapshot.ts';

function call(...args: readonly string[]): Promise<Command> {
  const program = new Command('kubexray').exitOverride().configureOutput({ writeErr: () => {} });
  addSnapshot(program);
  for (const command of program.commands) command.exitOverride().configureOutput({ writeErr: () => {} });
  return program.parseAsync(['snapshot', ...args], { from: 'user' });
}

test('a call without a file to write is refused', async (t) => {
  await t.throwsAsync(call(), { message: /required option '-o, --output <file>' not specified/ });
});

test('a time-out that is no number of seconds is refused', async (t) => {
  await t.throwsAsync(call('-o', '-', '--timeout', '2m'), { message: '--timeout must be a number of seconds, not 2m' });
});

test('an Xray without credentials is refused before anything is read', async (t) => {
  await t.throwsAsync(call('-o', '-', '--xray-url', 'https://xray.example.com', '--kubeconfig', '/no/such/file'), {
    message: /^credentials for Xray are missing/,
  });
});

test('sizes are written as people read them', (t) => {
  t.deepEqual([0, 1023, 1024, 1_500_000].map(bytesText), ['0 bytes', '1023 bytes', '1.0 KiB', '1.4 MiB']);
});
