// The programs that bench:reaction measures: our controller, and another one that is started as jfrog/kubexray is. Starts processes.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { at } from '../cluster/at.ts';
import { waitFor } from '../cluster/wait-for.ts';
import type { XrayStandIn } from '../xray/stand-in.ts';
import type { WebhookLogin } from '../xray/webhook.ts';
import { accounts } from './audit.ts';
import type { BenchCluster } from './reaction-cluster.ts';
import { nowMs } from './watch.ts';

export interface Contender {
  readonly name: string;
  readonly isOurs: boolean;
  readonly startedAtMs: number;
  readonly webhook: () => Promise<{ readonly url: string; readonly login: WebhookLogin }>;
  /** When the first line that holds the text came; undefined when there is none. */
  readonly loggedAtMs: (text: string) => number | undefined;
  /** The end of what it wrote, for a message of failure. */
  readonly tail: () => string;
  /** Undefined where the system does not say. */
  readonly usage: () => Promise<Usage | undefined>;
  readonly hasEnded: () => boolean;
  readonly end: () => Promise<void>;
}

/** What a process has taken so far. */
export interface Usage {
  /** Resident now. */
  readonly memoryMb: number;
  readonly highestMemoryMb: number;
  /** Of all its threads: it says how much work there is, however busy the machine was. */
  readonly cpuMs: number;
}

export interface Peer {
  readonly name: string;
  readonly path: string;
}

interface Stage {
  readonly cluster: BenchCluster;
  readonly xray: XrayStandIn;
}

const webhookToken = 'bench-webhook-token';
const sourceCli = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));

export interface OurProgram {
  /** Default: the source of this checkout; images run what is built of it. */
  readonly cli?: string;
  /** Such as `--cpu-prof`. */
  readonly nodeFlags?: readonly string[];
}

/** Starts our controller under its own account, with what it is given in a cluster. */
export async function startOurs({ cluster, xray }: Stage, { cli = sourceCli, nodeFlags = [] }: OurProgram): Promise<Contender> {
  const file = async (name: string, text: string): Promise<string> => {
    await writeFile(join(cluster.directory, name), text);
    return join(cluster.directory, name);
  };
  const kubeconfig = join(cluster.directory, 'kubeconfig-ours');
  await cluster.admin.writeKubeconfig(kubeconfig, await cluster.admin.tokenFor('kubexray', accounts.ours));
  const flags = [
    ['--kubeconfig', kubeconfig, '--no-registry', '--health-port', '0'],
    ['--xray-url', xray.url, '--xray-token-file', await file('xray-token', xray.login().token)],
    ['--webhook-port', '0', '--webhook-token-file', await file('webhook-token', webhookToken), '--webhook-insecure=true'],
  ].flat();
  const started = run(process.execPath, [...nodeFlags, cli, 'controller', ...flags], { cwd: cluster.directory, home: process.env.HOME });
  const port = async (): Promise<unknown> => {
    const line = await waitFor(() => started.lines.find(({ text }) => text.includes('"controller started"')), { what: 'our webhook' });
    return at(JSON.parse(line.text), 'webhookPort');
  };
  const login = { kind: 'token', token: webhookToken } as const;
  const webhook = async () => ({ url: `http://127.0.0.1:${await port()}/webhook`, login });
  return { name: 'ours', isOurs: true, webhook, ...started };
}

/** Starts a program as jfrog/kubexray is started: it reads `~/.kube/config`, `./xray_config.yaml` and `./config.yaml`, and listens on 8765. */
export async function startPeer({ cluster, xray }: Stage, peer: Peer): Promise<Contender> {
  const home = join(cluster.directory, 'peer');
  await mkdir(join(home, '.kube'), { recursive: true });
  await cluster.admin.writeKubeconfig(join(home, '.kube', 'config'), await cluster.admin.tokenFor('kubexray', accounts.peer));
  const { user, password } = xray.login();
  const secret = { url: `${xray.url}/xray`, user, password, slackWebhookUrl: '', xrayWebhookToken: webhookToken };
  const ignored = { deployments: 'ignore', statefulSets: 'ignore', whitelistNamespaces: [] };
  const policy = { unscanned: ignored, security: { ...ignored, deployments: 'scaledown' }, license: ignored };
  // JSON is YAML.
  await writeFile(join(home, 'xray_config.yaml'), JSON.stringify(secret), { mode: 0o600 });
  await writeFile(join(home, 'config.yaml'), JSON.stringify(policy));
  const started = run(peer.path, [], { cwd: home, home });
  const webhook = async () => ({ url: 'http://127.0.0.1:8765/', login: { kind: 'token', token: webhookToken } as const });
  return { name: peer.name, isOurs: false, webhook, ...started };
}

interface Line {
  readonly atMs: number;
  readonly text: string;
}

function run(command: string, args: readonly string[], { cwd, home }: { readonly cwd: string; readonly home: string | undefined }) {
  const { PATH, TMPDIR, XDG_CACHE_HOME, KUBEXRAY_OPA } = process.env;
  const startedAtMs = nowMs();
  const child = spawn(command, args, {
    cwd,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH, TMPDIR, XDG_CACHE_HOME, KUBEXRAY_OPA, HOME: home },
  });
  let failed = '';
  child.on('error', (error) => {
    failed = error.message;
  });
  const lines: Line[] = [];
  createInterface({ input: child.stderr }).on('line', (text) => lines.push({ atMs: nowMs(), text }));
  const hasEnded = (): boolean => failed !== '' || child.exitCode !== null || child.signalCode !== null;
  return {
    lines,
    startedAtMs,
    hasEnded,
    loggedAtMs: (text: string) => lines.find((line) => line.text.includes(text))?.atMs,
    tail: () => [failed, ...lines.slice(-10).map(({ text }) => text)].join('\n'),
    usage: () => usageOf(child.pid),
    end: () => end(child, hasEnded),
  };
}

/** https://www.kernel.org/doc/html/latest/filesystems/proc.html: VmRSS and VmHWM in KiB, utime and stime in hundredths of a second. */
async function usageOf(pid: number | undefined): Promise<Usage | undefined> {
  const read = (name: string): Promise<string> => readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => '');
  const [status, stat] = await Promise.all([read('status'), read('stat')]);
  if (status === '' || stat === '') return undefined;
  const field = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) / 1024;
  // Behind the name of the program, which may hold anything, the third field is first.
  const times = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13);
  return { memoryMb: field('VmRSS'), highestMemoryMb: field('VmHWM'), cpuMs: times.reduce((sum, ticks) => sum + Number(ticks) * 10, 0) };
}

async function end(child: ChildProcess, hasEnded: () => boolean): Promise<void> {
  if (hasEnded()) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 15_000);
  await exited;
  clearTimeout(timer);
}
