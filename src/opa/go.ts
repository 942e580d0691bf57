// Runs the user's `go` for tools that are built from their modules. Starts processes.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Failure } from '../failure.ts';
import type { Environment } from './tool-cache.ts';

const run = promisify(execFile);

export interface GoOptions {
  readonly env: Environment;
  /** Where it runs; the current directory if left out. */
  readonly directory?: string;
  readonly timeoutMs: number;
}

/** Flags of a build that nobody debugs: no debug data, no paths of this machine, no look at a repository. A third faster. */
export const leanBuildFlags: readonly string[] = ['-trimpath', '-buildvcs=false', '-gcflags=all=-dwarf=false'];

/** Environment of such a build: no C, and no garbage collection in the compiler, which takes a few hundred MB more. */
export const leanBuildEnv = { CGO_ENABLED: '0', GOGC: 'off' } as const;

/** Runs `go` and returns its standard output. Throws `Failure` with reason `NoGo` when there is none, `GoFailed` with the end of its output when it fails. */
export async function runGo(args: readonly string[], { env, directory, timeoutMs }: GoOptions): Promise<string> {
  try {
    const { stdout } = await run('go', args, {
      env,
      timeout: timeoutMs,
      maxBuffer: 16 * 1024 * 1024,
      ...(directory && { cwd: directory }),
    });
    return stdout;
  } catch (thrown) {
    throw goFailure(`go ${args[0] ?? ''}`, thrown, timeoutMs);
  }
}

// What execFile adds to its errors: https://nodejs.org/api/child_process.html#child_processexecfilefile-args-options-callback
function goFailure(what: string, thrown: unknown, timeoutMs: number): Failure {
  const details: { readonly code?: unknown; readonly killed?: unknown; readonly stderr?: unknown } = Object(thrown);
  if (details.code === 'ENOENT')
    return new Failure(`run ${what}: go was not found on PATH`, { retry: 'never', reason: 'NoGo', cause: thrown });
  const output = typeof details.stderr === 'string' ? details.stderr.trim().split('\n').slice(-8).join('\n') : '';
  const end = details.killed === true ? `ended after ${timeoutMs / 1000} s` : `exit code ${String(details.code)}`;
  return new Failure(`run ${what}: ${end}${output === '' ? '' : `\n${output}`}`, { retry: 'never', reason: 'GoFailed', cause: thrown });
}
