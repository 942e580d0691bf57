// `kubexray snapshot`: writes what a live cluster runs, and what Xray knows of it, to one file. Reads flags; does network I/O; writes the file.
import { open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { Failure, messageOf } from '../failure.ts';
import { createKubernetesClient } from '../kubernetes/client.ts';
import { progressOn } from '../opa/progress.ts';
import type { FullRecording } from '../recording/recorded.ts';
import { snapshotText } from '../recording/snapshot-text.ts';
import { createXrayClient } from '../xray/client.ts';
import { withPatientProgress } from './patient-progress.ts';
import { clusterTimeoutMs, recordCluster } from './recordings.ts';
import { refuseBlind } from './refuse-blind.ts';
import { addRegistry, type RegistryFlags, withRegistries } from './registry-settings.ts';
import { addKubeconfig, addXray, listOf, usage, type XrayFlags } from './settings.ts';
import { type XraySettings, xraySettings } from './xray-settings.ts';

interface SnapshotFlags extends XrayFlags, RegistryFlags {
  readonly kubeconfig?: string;
  readonly output: string;
  readonly annotations?: string;
  readonly timeout: string;
}

/** Adds the verb to the program. */
export function addSnapshot(program: Command): void {
  const command = program
    .command('snapshot')
    .description('record the workloads of a cluster and what Xray knows of their images, for plan, test and explain; changes nothing')
    .requiredOption('-o, --output <file>', 'where to write it; - is standard output')
    .option('--annotations <patterns>', 'annotations to keep beside kubexray.io/*, separated by commas; the others may hold secrets')
    .option('--timeout <seconds>', 'how long reading the cluster may take', String(clusterTimeoutMs / 1000));
  addKubeconfig(command);
  addXray(command);
  addRegistry(command);
  command.action((flags: SnapshotFlags) => run(flags));
}

async function run(flags: SnapshotFlags): Promise<void> {
  if (!/^[1-9]\d{0,4}$/.test(flags.timeout)) throw usage(`--timeout must be a number of seconds, not ${flags.timeout}`);
  const { say } = progressOn(process.stderr);
  const settings = xraySettings(flags, process.env);
  for (const warning of settings?.warnings ?? []) say(warning);
  const recording = await withPatientProgress({ stream: process.stderr }, (progress) => record(flags, settings, progress));
  const { text, droppedAnnotations } = snapshotText(recording, listOf(flags.annotations));
  await write(flags.output, text);
  const noXray = settings === undefined ? ['nothing is recorded about images: there was no --xray-url'] : [];
  for (const note of [...recording.notes, ...noXray, ...notesOn(recording, droppedAnnotations)]) say(note);
  say(summary(recording, Buffer.byteLength(text)));
}

async function record(flags: SnapshotFlags, settings: XraySettings | undefined, progress: (text: string) => void): Promise<FullRecording> {
  const xray = settings === undefined ? undefined : createXrayClient(settings.client);
  const client = await createKubernetesClient({ kubeconfigPath: flags.kubeconfig, env: process.env });
  try {
    const scans = xray === undefined ? {} : { scans: xray, violations: xray };
    const timeoutMs = Number(flags.timeout) * 1000;
    const { say } = progressOn(process.stderr);
    const surroundings = { env: process.env, now: () => performance.now(), warn: say, isXrayAsked: xray !== undefined };
    const recording = await withRegistries(flags, surroundings, (registries) =>
      recordCluster({ client, ...scans, ...registries, clock, timeoutMs, progress }),
    );
    refuseBlind(recording.facts, 'without --xray-url the cluster alone is recorded');
    return recording;
  } finally {
    await Promise.all([client.close(), xray?.close()]);
  }
}

const clock = { now: () => new Date() };

function notesOn({ facts, watches }: FullRecording, droppedAnnotations: readonly string[]): readonly string[] {
  const [unknown, ...more] = [...facts.values()].filter((fact) => fact.state === 'unavailable');
  return [
    ...(droppedAnnotations.length === 0 ? [] : [`annotations left out (keep them with --annotations): ${listed(droppedAnnotations)}`]),
    ...(unknown === undefined ? [] : [`nothing is known of ${count(more.length + 1, 'image')}: ${unknown.reason}`]),
    ...[...(watches ?? [])].flatMap(([watch, fact]) =>
      fact.state === 'known' ? [] : [`nothing is known of the watch ${watch}: ${fact.reason}`],
    ),
  ];
}

function summary({ objects, policies, facts, watches = new Map() }: FullRecording, sizeBytes: number): string {
  const parts = [
    count(objects.length, 'object'),
    count(policies.length, 'policy'),
    count(facts.size, 'image'),
    ...(watches.size === 0 ? [] : [count(watches.size, 'watch')]),
  ];
  return `recorded ${parts.join(', ')}: ${bytesText(sizeBytes)}`;
}

/** Writes the whole file or none of it, for its owner alone: what a cluster runs, and where it is weak, is not for everybody. */
async function write(file: string, text: string): Promise<void> {
  if (file === '-') return writeToStandardOutput(text);
  const draft = join(dirname(file), `.kubexray-snapshot-${process.pid}.tmp`);
  try {
    const handle = await open(draft, 'wx', 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, file);
  } catch (thrown) {
    await rm(draft, { force: true });
    throw new Failure(`write ${file}: ${messageOf(thrown)}`, { retry: 'never', reason: 'NotWritten', cause: thrown });
  }
}

function writeToStandardOutput(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => (error ? reject(error) : resolve()));
  });
}

const listedAtMost = 10;

function listed(names: readonly string[]): string {
  const more = names.length > listedAtMost ? `, and ${names.length - listedAtMost} more` : '';
  return `${names.slice(0, listedAtMost).join(', ')}${more}`;
}

function count(number: number, noun: string): string {
  if (number === 1) return `1 ${noun}`;
  if (noun.endsWith('y')) return `${number} ${noun.slice(0, -1)}ies`;
  return `${number} ${noun}${noun.endsWith('ch') ? 'es' : 's'}`;
}

/** Returns a size as people read it: `1.4 MiB`. */
export function bytesText(sizeBytes: number): string {
  if (sizeBytes < 1024) return `${sizeBytes} bytes`;
  const [size, unit] = sizeBytes < 2 ** 20 ? [sizeBytes / 1024, 'KiB'] : [sizeBytes / 2 ** 20, 'MiB'];
  return `${size.toFixed(1)} ${unit}`;
}
