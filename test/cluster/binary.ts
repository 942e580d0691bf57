// The program of the test control plane, built from the Go module in this folder and kept in the user's cache folder.
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { arch, platform } from 'node:os';
import { join } from 'node:path';
import { messageOf } from '../../src/failure.ts';
import { leanBuildEnv, leanBuildFlags, runGo } from '../../src/opa/go.ts';
import type { Progress } from '../../src/opa/progress.ts';
import { builtOnce, type Environment } from '../../src/opa/tool-cache.ts';

/** Version of Kubernetes that the server says it is; go.mod requires the same. */
export const kubernetesVersion = 'v1.36.3';

const sources = import.meta.dirname;

/** Returns the path of the program. Builds it when this was not done for these sources, this Go and this machine: about three minutes. */
export async function controlPlaneBinary(options: { readonly env: Environment; readonly progress: Progress }): Promise<string> {
  const env = { ...options.env, ...leanBuildEnv, GOWORK: 'off' };
  const goVersion = await versionOfGo(env);
  const tool = {
    name: 'test-control-plane',
    key: `${await hashOfSources(goVersion)}-${platform()}-${arch()}`,
    takes: 'about three minutes (seconds when only its own files changed)',
    build: async (directory: string) => {
      const path = join(directory, 'control-plane');
      const args = ['build', ...leanBuildFlags, `-ldflags=-s -w ${versionFlags()}`, '-o', path, '.'];
      await runGo(args, { env, directory: sources, timeoutMs: 30 * 60_000 });
      return path;
    },
  };
  return builtOnce(tool, options);
}

// Asked in the module's folder, where an older Go may fetch a newer one for it.
async function versionOfGo(env: Environment): Promise<string> {
  try {
    return (await runGo(['env', 'GOVERSION'], { env, directory: sources, timeoutMs: 5 * 60_000 })).trim();
  } catch (thrown) {
    throw new Error(`find the test control plane: it is built with Go, which is needed (https://go.dev/dl): ${messageOf(thrown)}`, {
      cause: thrown,
    });
  }
}

async function hashOfSources(goVersion: string): Promise<string> {
  const names = (await readdir(sources)).filter((name) => name.endsWith('.go') || name === 'go.mod' || name === 'go.sum');
  const hash = createHash('sha256').update(`${goVersion} ${kubernetesVersion}`);
  for (const name of names.sort()) hash.update(`\n${name}\n`).update(await readFile(join(sources, name)));
  return hash.digest('hex').slice(0, 16);
}

// Clients parse the version that the server reports, and fail on the one of a program built without.
function versionFlags(): string {
  const [major, minor] = kubernetesVersion.slice(1).split('.');
  const set = { gitVersion: kubernetesVersion, gitMajor: major, gitMinor: minor };
  return Object.entries(set)
    .map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`)
    .join(' ');
}
