// Runs `opa` as a child process with a time limit, an output limit and nothing of our environment.
import { execFile } from 'node:child_process';
import { Failure, messageOf } from '../failure.ts';

export interface OpaRun {
  readonly succeeded: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOpa {
  readonly opa: string;
  readonly directory: string;
  readonly timeoutMs: number;
  readonly maxOutputBytes: number;
}

/**
 * Runs `opa` with these arguments in a folder and returns what it wrote, whether it succeeded or not. Throws `Failure` when it
 * cannot be started (`CompilerMissing`), does not end in time (`CompilerTimeout`), writes too much (`CompilerOutputTooLarge`) or
 * is ended by a signal (`CompilerCrashed`).
 */
export function runOpa(args: readonly string[], run: RunOpa): Promise<OpaRun> {
  const { opa, directory, timeoutMs, maxOutputBytes } = run;
  // HOME is given because opa looks for a configuration there.
  const env = { HOME: directory, TMPDIR: directory };
  const options = { cwd: directory, env, timeout: timeoutMs, maxBuffer: maxOutputBytes, killSignal: 'SIGKILL' } as const;
  return new Promise((resolve, reject) => {
    execFile(opa, [...args], options, (error, stdout, stderr) => {
      if (error === null || typeof error.code === 'number') return resolve({ succeeded: error === null, stdout, stderr });
      reject(failureOf(error, args[0] ?? ''));
    });
  });
}

function failureOf(error: { readonly code?: unknown; readonly killed?: boolean; readonly signal?: unknown }, verb: string): Failure {
  if (error.code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER')
    return new Failure(`run opa ${verb}: it wrote too much`, { retry: 'never', reason: 'CompilerOutputTooLarge', cause: error });
  if (error.killed === true)
    return new Failure(`run opa ${verb}: it did not end in time`, { retry: 'soon', reason: 'CompilerTimeout', cause: error });
  if (typeof error.signal === 'string')
    return new Failure(`run opa ${verb}: it ended by ${error.signal}`, { retry: 'soon', reason: 'CompilerCrashed', cause: error });
  return new Failure(`run opa ${verb}: ${messageOf(error)}`, { retry: 'never', reason: 'CompilerMissing', cause: error });
}
