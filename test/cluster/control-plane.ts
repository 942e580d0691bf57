// Starts the test control plane (etcd, kube-apiserver, workload controllers, runner) as a child process that ends with this one.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { isJsonObject } from '../../src/facts/json.ts';
import { messageOf } from '../../src/failure.ts';
import { type Progress, progressOn } from '../../src/opa/progress.ts';
import type { Environment } from '../../src/opa/tool-cache.ts';
import { AdminClient, type ClusterAddress } from './admin-client.ts';
import { controlPlaneBinary } from './binary.ts';

export interface ControlPlaneOptions {
  /** Default: this process's. */
  readonly env?: Environment;
  /** Where a build is announced. Default: standard error. */
  readonly progress?: Progress;
  /** Kept at the end, and used again when it is there: objects, certificates and tokens survive. Default: a temporary one. */
  readonly dataDirectory?: string;
  /** Port of the API server. Default: any free one. */
  readonly port?: number;
  /** Default: 2. */
  readonly nodes?: number;
  /** Such as `--feature-gates=ListFromCacheSnapshot=false`. */
  readonly apiServerFlags?: readonly string[];
}

export interface ControlPlane extends ClusterAddress {
  /** Kubeconfig of the administrator. */
  readonly kubeconfigPath: string;
  readonly pid: number;
  /** From the start of the program to its being ready for pods. */
  readonly startSeconds: number;
  /** Drops etcd's history, so that old resource versions expire. Returns before it is done. */
  readonly compact: () => void;
  /** Everything a test does as administrator. */
  readonly admin: AdminClient;
  /** Ends the program and removes a temporary directory; calling it again is safe. */
  readonly stop: () => Promise<void>;
}

// Boot takes 2 to 4 s; a loaded machine with four at once may need several times as long.
const startWithinMs = 90_000;

// The program bounds its own end at 3 s.
const stopWithinMs = 10_000;

/**
 * Starts a control plane and returns when pods created from now on will run. The first call on a machine builds the program.
 * However this process ends, SIGKILL included, the program ends with it: its standard input is a pipe that closes then.
 */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const { env = process.env, progress = progressOn(process.stderr) } = options;
  const binary = await controlPlaneBinary({ env, progress });
  const temporary = options.dataDirectory === undefined;
  const directory = options.dataDirectory ?? (await mkdtemp(join(tmpdir(), 'kubexray-cluster-')));
  await mkdir(directory, { recursive: true });
  const logPath = join(directory, 'control-plane.log');
  const log = await open(logPath, 'w');
  // A process group of its own: Ctrl-C in a terminal is for this process, which may still need the cluster to end in order.
  const child = spawn(binary, flagsOf(options, { directory, temporary }), { stdio: ['pipe', 'pipe', log.fd], env, detached: true });
  await log.close();
  const stop = async () => {
    // Nothing of a temporary one is worth an orderly end, which takes a second.
    await end(child, temporary ? 'SIGKILL' : 'SIGTERM');
    if (temporary) await rm(directory, { recursive: true, force: true });
  };
  try {
    return controlPlane(child, await announcement(child), stop);
  } catch (thrown) {
    const tail = (await readFile(logPath, 'utf8').catch(() => '')).trimEnd().split('\n').slice(-20).join('\n');
    await stop();
    throw new Error(`start the test control plane: ${messageOf(thrown)}\n${tail}`, {
      cause: thrown,
    });
  }
}

function flagsOf(options: ControlPlaneOptions, { directory, temporary }: { directory: string; temporary: boolean }): string[] {
  return [
    `--data-dir=${directory}`,
    `--temporary=${temporary}`,
    `--port=${options.port ?? 0}`,
    `--nodes=${options.nodes ?? 2}`,
    ...(options.apiServerFlags ?? []).map((flag) => `--api-server-flag=${flag}`),
  ];
}

interface Announcement {
  readonly kubeconfig: string;
  readonly server: string;
  readonly token: string;
  readonly ca: string;
  readonly pid: number;
  readonly seconds: number;
}

/** Waits for the one line that the program prints when it is ready. */
async function announcement(child: ChildProcess): Promise<Announcement> {
  const { promise, resolve, reject } = Promise.withResolvers<Announcement>();
  const timer = setTimeout(() => reject(new Error(`not ready after ${startWithinMs / 1000} s`)), startWithinMs);
  child.once('error', reject);
  child.once('exit', (code, signal) => reject(new Error(`it ended with ${signal ?? `exit code ${code}`}`)));
  let text = '';
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    if (!text.includes('\n')) return;
    const line: unknown = JSON.parse(text);
    if (isAnnouncement(line)) resolve(line);
    else reject(new Error(`it announced ${text}`));
  });
  return promise.finally(() => clearTimeout(timer));
}

function isAnnouncement(value: unknown): value is Announcement {
  if (!isJsonObject(value) || typeof value.pid !== 'number' || typeof value.seconds !== 'number') return false;
  return [value.kubeconfig, value.server, value.token, value.ca].every((member) => typeof member === 'string');
}

function controlPlane(child: ChildProcess, ready: Announcement, stopProgram: () => Promise<void>): ControlPlane {
  const address = { server: ready.server, ca: ready.ca, token: ready.token };
  const admin = new AdminClient(address);
  return {
    ...address,
    kubeconfigPath: ready.kubeconfig,
    pid: ready.pid,
    startSeconds: ready.seconds,
    compact: () => void child.kill('SIGUSR1'),
    admin,
    stop: async () => {
      await admin.close();
      await stopProgram();
    },
  };
}

async function end(child: ChildProcess, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill(signal);
  const timer = setTimeout(() => child.kill('SIGKILL'), stopWithinMs);
  await exited;
  clearTimeout(timer);
}
