// From the flags that say where workloads and facts come from to a recording: a live cluster, or files. Network I/O, and never a write.
import type { Command } from 'commander';
import type { Clock } from '../facts/clock.ts';
import type { Recording } from '../facts/recording.ts';
import type { ScanSource } from '../facts/scan.ts';
import { createKubernetesClient } from '../kubernetes/client.ts';
import { createXrayClient } from '../xray/client.ts';
import { readRecording, recordCluster } from './recordings.ts';
import { addKubeconfig, addXray, usage, type XrayFlags, xrayCredentials } from './settings.ts';
import type { Surroundings } from './surroundings.ts';

export interface RecordingFlags extends XrayFlags {
  readonly kubeconfig?: string;
  readonly resources?: string;
  readonly facts?: string;
}

export interface FoundRecording {
  readonly recording: Recording;
  /** Whether every policy there is was recorded: manifests have none. */
  readonly knownPolicies: 'all' | 'some';
}

/** Adds the flags that say what is judged; `--cluster` and `--snapshot` are for the verbs themselves. */
export function addRecording(command: Command): void {
  command
    .option('--resources <path>', 'manifests (a file, or a folder of them), or a snapshot')
    .option('--facts <file>', 'what is known of images: a snapshot, or a list of images; else Xray is asked');
  addKubeconfig(command);
  addXray(command);
}

/** Reads the recording. Throws `Failure` naming what could not be read. */
export async function findRecording(
  flags: RecordingFlags,
  { from, surroundings }: { readonly from: 'cluster' | 'files'; readonly surroundings: Surroundings },
): Promise<FoundRecording> {
  return from === 'cluster' ? fromCluster(flags, surroundings) : fromFiles(flags, surroundings);
}

async function fromCluster(flags: RecordingFlags, { env, now }: Surroundings): Promise<FoundRecording> {
  if (flags.xrayUrl === undefined) throw usage('--xray-url is missing: Xray is asked about the images of a cluster');
  const scans = createXrayClient({ url: flags.xrayUrl, credentials: xrayCredentials(flags, env) });
  try {
    const client = await createKubernetesClient({ kubeconfigPath: flags.kubeconfig, env });
    try {
      const clock: Pick<Clock, 'now'> = { now };
      return { recording: await recordCluster({ client, scans, clock }), knownPolicies: 'all' };
    } finally {
      await client.close();
    }
  } finally {
    await scans.close();
  }
}

async function fromFiles(flags: RecordingFlags, { env, now, stderr }: Surroundings): Promise<FoundRecording> {
  if (flags.resources === undefined) throw usage('--resources is missing');
  const scans =
    flags.xrayUrl === undefined ? undefined : createXrayClient({ url: flags.xrayUrl, credentials: xrayCredentials(flags, env) });
  try {
    const recording = await readRecording({ resources: flags.resources, now: now(), ...factsOf(flags, scans) });
    if (recording.facts.size === 0 && scans === undefined)
      stderr.write('kubexray: nothing is known of any image; give --facts or --xray-url\n');
    for (const note of recording.notes) stderr.write(`kubexray: ${note}\n`);
    // A snapshot has all policies of its moment, but manifests may lie beside it.
    return { recording, knownPolicies: 'some' };
  } finally {
    await scans?.close();
  }
}

function factsOf({ facts }: RecordingFlags, scans: ScanSource | undefined): { facts?: string; scans?: ScanSource } {
  return { ...(facts === undefined ? {} : { facts }), ...(scans === undefined ? {} : { scans }) };
}
