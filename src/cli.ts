#!/usr/bin/env node
// The `kubexray` command: argv → commands. Exit codes: 0 done, 1 something was found, 2 it could not be done.
import { kubexrayProgram } from './commands/program.ts';
import { messageOf } from './failure.ts';

// Who reads only the beginning, as `head` does, has what they want: the verb goes on to its end and its exit code, unheard.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

try {
  // `npm run --prefix` goes to the package first; paths are meant from where the author stands.
  const { npm_lifecycle_event: script, INIT_CWD: callerDirectory } = process.env;
  if (script === 'kubexray' && callerDirectory !== undefined) process.chdir(callerDirectory);
  await kubexrayProgram().parseAsync(process.argv);
} catch (thrown) {
  const isCommander = thrown instanceof Error && 'exitCode' in thrown && typeof thrown.exitCode === 'number';
  // Commander has said what is wrong; --help is not wrong at all.
  if (isCommander) process.exitCode = thrown.exitCode === 0 ? 0 : 2;
  else {
    console.error(`kubexray: ${messageOf(thrown)}`);
    process.exitCode = 2;
  }
}
