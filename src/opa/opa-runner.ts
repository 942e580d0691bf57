// Runs `opa` on a few files in a temporary folder of its own, two runs at a time. Writes to the system's temporary folder.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type OpaRun, runOpa } from './run-opa.ts';

export interface OpaRunnerOptions {
  readonly opa: string;
  /** Where temporary folders are made. */
  readonly temporaryDirectory: string;
  readonly timeoutMs: number;
  readonly maxOutputBytes: number;
  /** Of each run, where the system has a limit. Default: 1 GiB; 200 large rules in one module take 220 MiB. */
  readonly maxMemoryBytes?: number;
}

export interface OpaTask<Result> {
  /** Contents by file name. */
  readonly files: ReadonlyMap<string, string>;
  readonly args: readonly string[];
  /** Reads what is needed before the folder goes. */
  readonly read: (run: OpaRun, directory: string) => Result | Promise<Result>;
}

export type RunTask = <Result>(task: OpaTask<Result>) => Promise<Result>;

const defaultMemoryBytes = 1024 * 1024 * 1024;
// More at once would take the cores from evaluation.
const maxRunning = 2;

/** Returns a function that runs tasks; it throws `Failure` as `runOpa` does. */
export function createOpaRunner(options: OpaRunnerOptions): RunTask {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (task) => {
    if (running >= maxRunning) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await runInFolder(task, options);
    } finally {
      // The place goes to the one who waits longest, or back.
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}

async function runInFolder<Result>(task: OpaTask<Result>, options: OpaRunnerOptions): Promise<Result> {
  const directory = await mkdtemp(join(options.temporaryDirectory, 'kubexray-opa-'));
  try {
    await Promise.all([...task.files].map(([name, content]) => writeFile(join(directory, name), content)));
    return await task.read(await runOpa(task.args, { maxMemoryBytes: defaultMemoryBytes, ...options, directory }), directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
