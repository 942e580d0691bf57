// Runs `kubexray controller` as a process of its own, as it runs in a cluster, and keeps what it logs. Starts processes.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { at } from '../cluster/at.ts';
import { waitFor } from '../cluster/wait-for.ts';

export interface ControllerProcessOptions {
  readonly kubeconfigPath: string;
  readonly xrayUrl: string;
  readonly xrayTokenFile: string;
  readonly flags?: readonly string[];
  /** Registries that are asked over plain HTTP; without them none is, because the hosts of test images do not exist. */
  readonly registries?: readonly string[];
  /** Default: the source of this checkout. */
  readonly cli?: string;
}

export interface ControllerProcess {
  readonly pid: number | undefined;
  readonly healthUrl: string;
  /** Lines of the log so far, as they were written. */
  readonly log: () => readonly string[];
  /** Sends the signal and resolves with the exit code, null when the signal itself ended it. */
  readonly end: (signal?: NodeJS.Signals) => Promise<number | null>;
}

const sourceCli = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));

/** Starts the controller and returns when it is ready. Rejects with its log when it ends before. */
export async function startControllerProcess(options: ControllerProcessOptions): Promise<ControllerProcess> {
  const { kubeconfigPath, xrayUrl, xrayTokenFile, flags = [], registries, cli = sourceCli } = options;
  const args = [cli, 'controller', '--kubeconfig', kubeconfigPath, '--xray-url', xrayUrl, '--xray-token-file', xrayTokenFile];
  const asked = registries === undefined ? ['--no-registry'] : ['--registry-plain-http', registries.join(',')];
  // Nothing of the tester's own environment may reach it by accident.
  const env = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    TMPDIR: process.env.TMPDIR,
    XDG_CACHE_HOME: process.env.XDG_CACHE_HOME,
    KUBEXRAY_OPA: process.env.KUBEXRAY_OPA,
  };
  const child = spawn(process.execPath, [...args, ...asked, '--health-port', '0', ...flags], { stdio: ['ignore', 'ignore', 'pipe'], env });
  const lines: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => lines.push(line));
  const begin = async (): Promise<string> => {
    const port = await waitFor(() => (hasEnded(child) ? 'ended' : healthPort(lines)), {
      what: 'health port of the controller',
      timeoutMs: 180_000,
    });
    const url = `http://127.0.0.1:${port}`;
    const isReady = async () => hasEnded(child) || (await fetch(`${url}/readyz`)).ok;
    await waitFor(isReady, { what: 'readiness of the controller', timeoutMs: 60_000 });
    if (hasEnded(child)) throw new Error(`the controller ended with ${child.exitCode ?? child.signalCode}`);
    return url;
  };
  const healthUrl = await begin().catch((thrown: unknown) => {
    child.kill('SIGKILL');
    throw new Error(`start the controller: ${String(thrown)}\n${lines.slice(-20).join('\n')}`, { cause: thrown });
  });
  return { pid: child.pid, healthUrl, log: () => lines, end: (signal = 'SIGTERM') => end(child, signal) };
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

function healthPort(lines: readonly string[]): number | undefined {
  const started = lines.find((line) => line.includes('"controller started"'));
  return started === undefined ? undefined : Number(at(JSON.parse(started), 'healthPort'));
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (hasEnded(child)) return child.exitCode;
  const exited = once(child, 'exit');
  child.kill(signal);
  await exited;
  return child.exitCode;
}
