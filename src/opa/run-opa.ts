// Runs `opa` as a child process with a time limit, an output limit, a memory limit where the system has one, and nothing of our environment.
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
  readonly maxMemoryBytes: number;
}

/**
 * Runs `opa` with these arguments in a folder and returns what it wrote, whether it succeeded or not. Throws `Failure` when it
 * cannot be started (`CompilerMissing`), does not end in time (`CompilerTimeout`), writes too much (`CompilerOutputTooLarge`),
 * takes too much memory (`CompilerMemoryExceeded`) or crashes (`CompilerCrashed`).
 */
export async function runOpa(args: readonly string[], run: RunOpa): Promise<OpaRun> {
  const limited = ['-c', limitMemory, String(Math.floor(run.maxMemoryBytes / 1024)), run.opa, ...args];
  const ended = await execute('/bin/sh', limited, run);
  // An image without a shell: Go's own limit, which is only a wish, is what is left.
  return readEnd(isMissing(ended.error) ? await execute(run.opa, args, run) : ended, { verb: args[0] ?? '', run });
}

// The data segment and not the address space, of which Go reserves more than it ever uses. A system without that limit has none.
const limitMemory = 'ulimit -d "$0" 2>/dev/null || :; exec "$@"';

interface End {
  readonly error: ExecError | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface ExecError extends Error {
  readonly code?: unknown;
  readonly killed?: boolean;
  readonly signal?: unknown;
}

function execute(file: string, args: readonly string[], { directory, timeoutMs, maxOutputBytes, maxMemoryBytes }: RunOpa): Promise<End> {
  // HOME is given because opa looks for a configuration there. Near its limit Go collects more often.
  const env = { HOME: directory, TMPDIR: directory, GOMEMLIMIT: String(Math.floor(maxMemoryBytes * 0.75)) };
  const options = { cwd: directory, env, timeout: timeoutMs, maxBuffer: maxOutputBytes, killSignal: 'SIGKILL' } as const;
  return new Promise((resolve) => {
    execFile(file, [...args], options, (error, stdout, stderr) => resolve({ error, stdout, stderr }));
  });
}

function isMissing(error: ExecError | null): boolean {
  return error?.code === 'ENOENT';
}

function readEnd({ error, stdout, stderr }: End, { verb, run }: { readonly verb: string; readonly run: RunOpa }): OpaRun {
  if (error === null) return { succeeded: true, stdout, stderr };
  const fail = (what: string, reason: string, retry: 'soon' | 'never'): Failure =>
    new Failure(`run opa ${verb}: ${what}`, { retry, reason, cause: error });
  if (error.code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER')
    throw fail(`it wrote more than ${inMiB(run.maxOutputBytes)}`, 'CompilerOutputTooLarge', 'never');
  if (error.killed === true) throw fail(`it did not end within ${run.timeoutMs / 1000} s`, 'CompilerTimeout', 'soon');
  if (error.code === crashCode && outOfMemory.test(stderr))
    throw fail(`it needs more memory than the ${inMiB(run.maxMemoryBytes)} it may have`, 'CompilerMemoryExceeded', 'never');
  if (typeof error.signal === 'string') throw fail(`it ended by ${error.signal}`, 'CompilerCrashed', 'soon');
  if (error.code === crashCode && crashed.test(stderr)) throw fail(`it crashed: ${stderr.split('\n')[0]}`, 'CompilerCrashed', 'soon');
  // What the shell says of a file that is not there or cannot be run.
  if (error.code === 126 || error.code === 127) throw fail(stderr.trim(), 'CompilerMissing', 'never');
  if (typeof error.code === 'number') return { succeeded: false, stdout, stderr };
  throw fail(messageOf(error), 'CompilerMissing', 'never');
}

// How a Go program ends that does not survive, and its first words: https://pkg.go.dev/runtime
const crashCode = 2;
const crashed = /^(panic|runtime|fatal error|SIG[A-Z]+): /;
const outOfMemory = /^(runtime|fatal error): .*(out of memory|cannot allocate memory|stack exceeds)/;

function inMiB(bytes: number): string {
  return `${Math.round(bytes / 1024 / 1024)} MiB`;
}
