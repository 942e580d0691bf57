// Runs the real command as a child, for tests of its verbs.
import { execFile } from 'node:child_process';
import { join } from 'node:path';

export interface CommandRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const cli = join(import.meta.dirname, '../../src/cli.ts');

/** Runs `kubexray` with these arguments in a folder, with the environment of the tests; never rejects for its exit code. */
export function runKubexray(args: readonly string[], cwd: string): Promise<CommandRun> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [cli, ...args], { cwd, timeout: 60_000, killSignal: 'SIGKILL' }, (error, stdout, stderr) => {
      if (error === null) resolve({ code: 0, stdout, stderr });
      else if (typeof error.code === 'number') resolve({ code: error.code, stdout, stderr });
      else reject(error);
    });
  });
}
