// The file with the credentials for registries, read again when it changes. Reads that file only.
import { readFile, stat } from 'node:fs/promises';
import { Failure, messageOf } from '../failure.ts';
import { type DockerConfig, parseDockerConfig } from './docker-config.ts';

export interface ConfigFile {
  /** Returns what the file says now; the same object as long as it does not change. Keeps the last that could be read. */
  readonly current: () => Promise<DockerConfig>;
}

/** Without a file: nobody's credentials. */
export const noCredentials: DockerConfig = { entries: [], warnings: [] };

// Kubernetes bounds a Secret at 1 MiB.
const maxSizeBytes = 2 ** 20;

/**
 * Reads the file and returns how to read it later. `warn` is told what cannot be used and, later, that it cannot be read, each once
 * per change. Throws `Failure` when it cannot be read now.
 */
export async function openConfigFile(path: string, warn: (message: string) => void): Promise<ConfigFile> {
  let state = await stateOf(path);
  let config = await read(path);
  for (const warning of config.warnings) warn(`${path}: ${warning}`);

  async function current(): Promise<DockerConfig> {
    const found = await stateOf(path).catch(() => 'absent');
    if (found === state) return config;
    state = found;
    try {
      config = await read(path);
      for (const warning of config.warnings) warn(`${path}: ${warning}`);
    } catch (thrown) {
      warn(`${messageOf(thrown)}; what it said before is still used`);
    }
    return config;
  }

  return { current };
}

/** A mounted Secret changes by a link to another directory: another file, perhaps of the same time. */
async function stateOf(path: string): Promise<string> {
  try {
    const { ino, size, mtimeMs, ctimeMs } = await stat(path);
    return `${ino} ${size} ${mtimeMs} ${ctimeMs}`;
  } catch (thrown) {
    throw unusable(path, messageOf(thrown), thrown);
  }
}

async function read(path: string): Promise<DockerConfig> {
  const text = await readFile(path, 'utf8').catch((thrown: unknown) => {
    throw unusable(path, messageOf(thrown), thrown);
  });
  const config = text.length > maxSizeBytes ? { problem: 'it is larger than 1 MiB' } : parseDockerConfig(text);
  if ('problem' in config) throw unusable(path, config.problem);
  return config;
}

function unusable(path: string, problem: string, cause?: unknown): Failure {
  return new Failure(`read the registries' credentials from ${path}: ${problem}`, { retry: 'never', reason: 'Usage', cause });
}
