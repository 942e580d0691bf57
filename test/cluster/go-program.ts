// Programs that tests need, each built from the Go module in its folder and kept in the user's cache folder.
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { arch, platform } from 'node:os';
import { join } from 'node:path';
import { messageOf } from '../../src/failure.ts';
import { leanBuildEnv, leanBuildFlags, runGo } from '../../src/opa/go.ts';
import type { Progress } from '../../src/opa/progress.ts';
import { builtOnce, type Environment } from '../../src/opa/tool-cache.ts';

export interface GoProgram {
  /** In one word, as it is shown and as its folder in the cache is called. */
  readonly name: string;
  /** Folder of the module; only the files in it count, not those of folders below. */
  readonly sources: string;
  /** Whatever else makes two builds differ. */
  readonly variation: string;
  /** How long a build takes, in words. */
  readonly takes: string;
  /** For the linker, in addition to those that leave out debug data. */
  readonly linkerFlags: string;
}

export interface BuildSurroundings {
  readonly env: Environment;
  readonly progress: Progress;
}

/** Returns the path of the program. Builds it when this was not done for these sources, this Go and this machine. */
export async function goProgram(program: GoProgram, options: BuildSurroundings): Promise<string> {
  const { name, sources, takes, linkerFlags } = program;
  const env = { ...options.env, ...leanBuildEnv, GOWORK: 'off' };
  const goVersion = await versionOfGo(program, env);
  const tool = {
    name,
    key: `${await hashOfSources(program, goVersion)}-${platform()}-${arch()}`,
    takes,
    build: async (directory: string) => {
      const path = join(directory, name);
      const args = ['build', ...leanBuildFlags, `-ldflags=-s -w ${linkerFlags}`, '-o', path, '.'];
      await runGo(args, { env, directory: sources, timeoutMs: 30 * 60_000 });
      return path;
    },
  };
  return builtOnce(tool, options);
}

// Asked in the module's folder, where an older Go may fetch a newer one for it.
async function versionOfGo({ name, sources }: GoProgram, env: Environment): Promise<string> {
  try {
    return (await runGo(['env', 'GOVERSION'], { env, directory: sources, timeoutMs: 5 * 60_000 })).trim();
  } catch (thrown) {
    throw new Error(`find the ${name}: it is built with Go, which is needed (https://go.dev/dl): ${messageOf(thrown)}`, { cause: thrown });
  }
}

async function hashOfSources({ sources, variation }: GoProgram, goVersion: string): Promise<string> {
  const names = (await readdir(sources)).filter((name) => name.endsWith('.go') || name === 'go.mod' || name === 'go.sum');
  const hash = createHash('sha256').update(`${goVersion} ${variation}`);
  for (const name of names.sort()) hash.update(`\n${name}\n`).update(await readFile(join(sources, name)));
  return hash.digest('hex').slice(0, 16);
}
