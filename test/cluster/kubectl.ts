// Runs kubectl where it is on PATH, as the kubeconfig given says. Starts processes.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Environment } from '../../src/opa/tool-cache.ts';

const run = promisify(execFile);

export interface Kubectl {
  readonly env: Environment;
  readonly kubeconfigPath: string;
}

/** Tells whether there is a kubectl that runs. */
export async function hasKubectl(env: Environment): Promise<boolean> {
  return run('kubectl', ['version', '--client'], { env, timeout: 10_000 }).then(
    () => true,
    () => false,
  );
}

/** Returns what kubectl prints; rejects with what it complains of. */
export async function kubectl({ env, kubeconfigPath }: Kubectl, args: readonly string[]): Promise<string> {
  const { stdout } = await run('kubectl', args, {
    env: { ...env, KUBECONFIG: kubeconfigPath },
    timeout: 60_000,
    maxBuffer: 16 * 1024 * 1024,
  });
  return stdout;
}
