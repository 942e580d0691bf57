// Tools that are built once and kept in the user's cache folder. Reads and writes that folder only.
import { mkdir, mkdtemp, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Failure } from '../failure.ts';
import { acquireLock } from './build-lock.ts';
import type { Progress } from './progress.ts';

/** Environment variables as the entry file hands them on. */
export type Environment = Readonly<Record<string, string | undefined>>;

export interface Tool {
  /** The tool in one word, as it is shown and as its folder is called. */
  readonly name: string;
  /** Everything that makes two builds differ, as a file name: version or hash, operating system, architecture. */
  readonly key: string;
  /** How long a build takes, in words, such as `about a minute`. */
  readonly takes: string;
  /** Builds into an empty directory of its own and returns the path of the one file to keep. */
  readonly build: (directory: string) => Promise<string>;
}

export interface CacheOptions {
  readonly env: Environment;
  readonly progress: Progress;
  /** How often a second process looks whether the first is done. */
  readonly pollMs?: number;
}

// A tool that was not used for so long is of another version: the test control plane alone is 112 MB.
const unusedAfterMs = 30 * 24 * 3600_000;

// No build takes so long: its directory was left by one that was killed.
const abandonedAfterMs = 3600_000;

const buildMark = '.building-';

/** Returns the directory in which tools are kept: `kubexray` in `XDG_CACHE_HOME`, else in `~/.cache`. Throws `Failure` without both. */
export function cacheDirectory(env: Environment): string {
  const { XDG_CACHE_HOME: cache, HOME: home } = env;
  // A relative path is to be ignored: https://specifications.freedesktop.org/basedir-spec/latest/
  if (cache !== undefined && isAbsolute(cache)) return join(cache, 'kubexray');
  if (home !== undefined && isAbsolute(home)) return join(home, '.cache', 'kubexray');
  throw new Failure('find the cache folder: neither XDG_CACHE_HOME nor HOME is set', { retry: 'never', reason: 'NoCache' });
}

/**
 * Returns the path of a tool, building it if this was not done before. The file appears whole or not at all; of two processes
 * one builds and the other waits, saying so. Throws what the build throws; the next call tries again.
 */
export async function builtOnce(tool: Tool, options: CacheOptions): Promise<string> {
  const folder = join(cacheDirectory(options.env), tool.name);
  const path = join(folder, tool.key);
  let waiting = false;
  while (!(await markUsed(path))) {
    await mkdir(folder, { recursive: true });
    const lock = await acquireLock(`${path}.lock`);
    if (lock.kind === 'acquired') {
      try {
        // Somebody may have finished between the look and the lock.
        if (!(await markUsed(path))) await build(tool, { folder, path, progress: options.progress });
      } finally {
        await lock.release();
      }
      return path;
    }
    if (!waiting) options.progress.say(`${tool.name}: ${lock.holder} is building it; waiting`);
    waiting = true;
    await delay(options.pollMs ?? 250);
  }
  return path;
}

async function build(tool: Tool, { folder, path, progress }: { folder: string; path: string; progress: Progress }): Promise<void> {
  const directory = await mkdtemp(`${path}${buildMark}`);
  const startedAt = performance.now();
  const seconds = () => Math.round((performance.now() - startedAt) / 1000);
  progress.say(`${tool.name}: building it once, ${tool.takes}; it is kept in ${folder}`);
  const timer = setInterval(() => progress.update(`${tool.name}: building, ${seconds()} s so far`), progress.updateEveryMs);
  try {
    await rename(await tool.build(directory), path);
    progress.say(`${tool.name}: built in ${seconds()} s`);
  } catch (thrown) {
    progress.say(`${tool.name}: the build failed after ${seconds()} s`);
    throw thrown;
  } finally {
    clearInterval(timer);
    await rm(directory, { recursive: true, force: true });
  }
  await sweep(folder);
}

/** Tells whether the file is there, and keeps it from being swept. */
async function markUsed(path: string): Promise<boolean> {
  const now = new Date();
  return utimes(path, now, now).then(
    () => true,
    () => false,
  );
}

/** Removes what nobody used for long: other versions, and what a build left that was killed. */
async function sweep(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const found = await stat(path).catch(() => undefined);
    const keptMs = name.includes(buildMark) ? abandonedAfterMs : unusedAfterMs;
    if (found !== undefined && Date.now() - found.mtimeMs > keptMs) await rm(path, { recursive: true, force: true });
  }
}
