// A lock file that dies with its holder. It saves a second build, no more: were it ever held twice, both would still put a
// whole file in place. Reads and writes that one file.
import { open, readFile, rm, stat, utimes } from 'node:fs/promises';
import { kill, pid } from 'node:process';

export type Lock =
  | { readonly kind: 'acquired'; readonly release: () => Promise<void> }
  /** Somebody has it; `holder` says who, such as `process 4711`. */
  | { readonly kind: 'held'; readonly holder: string };

// The holder touches the file this often. A file untouched for six times as long has lost its holder, even where the process
// id lives on: a thread that ended, a number used again, another container.
const beatMs = 5_000;
const lostAfterMs = 30_000;

/** Takes the lock if it is free or its holder is gone; never waits. */
export async function acquireLock(path: string): Promise<Lock> {
  for (;;) {
    try {
      const file = await open(path, 'wx');
      await file.writeFile(String(pid));
      await file.close();
      return { kind: 'acquired', release: keep(path) };
    } catch (thrown) {
      if (!isCode(thrown, 'EEXIST')) throw thrown;
    }
    const holder = await livingHolder(path);
    if (holder !== undefined) return { kind: 'held', holder };
    await rm(path, { force: true });
  }
}

function keep(path: string): () => Promise<void> {
  const beat = setInterval(() => {
    const now = new Date();
    // Without the file there is nothing to keep alive, and the build goes on.
    utimes(path, now, now).catch(() => {});
  }, beatMs);
  beat.unref();
  return async () => {
    clearInterval(beat);
    await rm(path, { force: true });
  };
}

async function livingHolder(path: string): Promise<string | undefined> {
  const [holder, found] = await Promise.all([readFile(path, 'utf8'), stat(path)]).catch(() => ['', undefined] as const);
  if (found === undefined || Date.now() - found.mtimeMs > lostAfterMs) return undefined;
  // The file is empty for an instant after it was made.
  if (holder === '') return 'another process';
  return isAlive(Number(holder)) ? `process ${holder}` : undefined;
}

function isAlive(processId: number): boolean {
  try {
    // Signal 0 asks only.
    return kill(processId, 0);
  } catch (thrown) {
    // EPERM: it lives, as another user.
    return isCode(thrown, 'EPERM');
  }
}

function isCode(thrown: unknown, code: string): boolean {
  return thrown instanceof Error && 'code' in thrown && thrown.code === code;
}
