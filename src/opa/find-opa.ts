// Finds the one version of `opa` that this product works with, or builds it once. Starts processes, writes to the cache folder.
import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { arch, platform } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { Failure, messageOf } from '../failure.ts';
import { leanBuildEnv, leanBuildFlags, runGo } from './go.ts';
import type { Progress } from './progress.ts';
import { builtOnce, type Environment, type Tool } from './tool-cache.ts';

/** The version of OPA that the tests, the capabilities and the loader of modules were made for. */
export const opaVersion = '1.22.2';

export interface FindOpaOptions {
  readonly env: Environment;
  readonly progress: Progress;
  /** False where nothing may be fetched or built, as in the controller's image. Default: true. */
  readonly allowBuild?: boolean;
}

const run = promisify(execFile);

/**
 * Returns the path of `opa` in the pinned version: `KUBEXRAY_OPA`, else the one on PATH, else the one in the cache, which
 * is built with `go install` when it is not there. Throws `Failure` that says what to do; a `KUBEXRAY_OPA` that cannot be used
 * is an error, never passed over.
 */
export async function findOpa(options: FindOpaOptions): Promise<string> {
  const named = options.env.KUBEXRAY_OPA;
  if (named !== undefined && named !== '') return namedOpa(named);
  const onPath = await opaOnPath(options.env);
  if (onPath.kind === 'fits') return onPath.path;
  if (options.allowBuild === false) throw noOpa(onPath.found, 'it is not built here');
  try {
    return await builtOnce(opaTool(options.env), options);
  } catch (thrown) {
    if (thrown instanceof Failure && (thrown.reason === 'NoGo' || thrown.reason === 'GoFailed'))
      throw noOpa(onPath.found, thrown.message, thrown);
    throw thrown;
  }
}

async function namedOpa(path: string): Promise<string> {
  const version = await versionOf(path).catch((thrown: unknown) => {
    throw new Failure(`use KUBEXRAY_OPA=${path}: ${messageOf(thrown)}`, { retry: 'never', reason: 'NoCompiler', cause: thrown });
  });
  if (version === opaVersion) return path;
  throw new Failure(`use KUBEXRAY_OPA=${path}: it is ${version ?? 'not opa'}, and opa ${opaVersion} is needed`, {
    retry: 'never',
    reason: 'NoCompiler',
  });
}

type OnPath = { readonly kind: 'fits'; readonly path: string } | { readonly kind: 'none'; readonly found: string };

async function opaOnPath(env: Environment): Promise<OnPath> {
  for (const folder of (env.PATH ?? '').split(delimiter)) {
    const path = join(folder, 'opa');
    if (folder === '' || !(await isExecutable(path))) continue;
    const version = await versionOf(path).catch(() => undefined);
    // A shell would run the first one too; a later one is not what the user means by `opa`.
    return version === opaVersion ? { kind: 'fits', path } : { kind: 'none', found: `${path} is ${version ?? 'not opa'}` };
  }
  return { kind: 'none', found: 'there is none on PATH' };
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** Absent when what ran is not opa. */
async function versionOf(path: string): Promise<string | undefined> {
  const { stdout } = await run(path, ['version'], { timeout: 10_000 });
  return /^Version: (\S+)$/m.exec(stdout)?.[1];
}

function opaTool(env: Environment): Tool {
  return {
    name: 'opa',
    key: `${opaVersion}-${platform()}-${arch()}`,
    takes: 'about a minute',
    build: async (directory) => {
      const args = ['install', ...leanBuildFlags, '-ldflags=-s -w', `github.com/open-policy-agent/opa@v${opaVersion}`];
      await runGo(args, { env: { ...env, ...leanBuildEnv, GOBIN: directory }, timeoutMs: 20 * 60_000 });
      return join(directory, 'opa');
    },
  };
}

function noOpa(onPath: string, whyNotBuilt: string, cause?: unknown): Failure {
  const message = [
    `find opa ${opaVersion}: ${onPath}, and ${whyNotBuilt}`,
    'Do one of these:',
    '  - set KUBEXRAY_OPA to the path of its binary',
    `  - put opa ${opaVersion} on PATH`,
    '  - install Go (https://go.dev/dl), with which it is built once from its module, in about a minute',
  ].join('\n');
  return new Failure(message, { retry: 'never', reason: 'NoCompiler', cause });
}
