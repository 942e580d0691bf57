// From the flags that say where workloads and facts come from to a recording: a live cluster, or files. Network I/O, and never a write.
import type { Command } from 'commander';
import { workloadKinds } from '../facts/objects.ts';
import { createKubernetesClient, type KubernetesClient } from '../kubernetes/client.ts';
import type { Policy } from '../policy/policy.ts';
import { unreadable } from '../recording/documents.ts';
import { createXrayClient, type XrayClient } from '../xray/client.ts';
import { withPatientProgress } from './patient-progress.ts';
import { completedRecording, type ReadRecording, readRecording, recordCluster } from './recordings.ts';
import { addRegistry, type RegistryFlags, withRegistries } from './registry-settings.ts';
import { addKubeconfig, addXray, usage, type XrayFlags } from './settings.ts';
import type { Surroundings } from './surroundings.ts';
import { xraySettings } from './xray-settings.ts';

export interface RecordingFlags extends XrayFlags, RegistryFlags {
  readonly kubeconfig?: string;
  readonly resources?: string;
  readonly facts?: string;
}

export interface FoundRecording {
  readonly recording: ReadRecording;
  /** Whether every policy there is was recorded: manifests have none. */
  readonly knownPolicies: 'all' | 'some';
}

export interface FindOptions {
  readonly from: 'cluster' | 'files';
  readonly surroundings: Surroundings;
  /** The policies that are given beside the recording. */
  readonly policies: readonly Policy[];
}

/** Adds the flags that say what is judged; `--cluster` and `--snapshot` are for the verbs themselves. */
export function addRecording(command: Command): void {
  command
    .option('--resources <path>', 'manifests (a file, or a folder of them), or a snapshot')
    .option('--facts <file>', 'what is known of images: a snapshot, or a list of images; Xray is asked about the others');
  addKubeconfig(command);
  addXray(command);
  addRegistry(command);
}

/** Reads the recording, and says on standard error what is assumed in it. Throws `Failure` naming what could not be read. */
export async function findRecording(flags: RecordingFlags, options: FindOptions): Promise<FoundRecording> {
  const { from, surroundings, policies } = options;
  const watches = [...new Set(policies.flatMap((policy) => policy.watches))];
  const sources = { flags, surroundings, watches };
  const found = await (from === 'cluster' ? fromCluster(sources) : fromFiles(sources));
  for (const note of notesOn(found.recording, policies)) surroundings.stderr.write(`kubexray: ${note}\n`);
  if (from === 'files' && !hasWorkloads(found.recording))
    throw unreadable(flags.resources ?? '', `there is no workload in it (${workloadKinds.join(', ')} or Pod)`);
  return found;
}

async function fromCluster(sources: Sources): Promise<FoundRecording> {
  const { flags, surroundings } = sources;
  const { env } = surroundings;
  // Before Xray: without a cluster there is nothing to ask about.
  const client = await createKubernetesClient({ kubeconfigPath: flags.kubeconfig, env });
  try {
    const scans = scansOf(flags, surroundings);
    if (scans === undefined && flags.facts === undefined)
      throw usage('--xray-url is missing: Xray is asked about the images of a cluster, unless --facts says what is known of them');
    try {
      return { recording: await recorded(client, scans, sources), knownPolicies: 'all' };
    } finally {
      await scans?.close();
    }
  } finally {
    await client.close();
  }
}

interface Sources {
  readonly flags: RecordingFlags;
  readonly surroundings: Surroundings;
  /** Of the policies that are given beside the recording. */
  readonly watches: readonly string[];
}

function recorded(client: KubernetesClient, xray: XrayClient | undefined, sources: Sources): Promise<ReadRecording> {
  const { flags, surroundings } = sources;
  const { now, stderr, env } = surroundings;
  const warn = (message: string): void => void stderr.write(`kubexray: ${message}\n`);
  return withPatientProgress({ stream: stderr }, async (progress) => {
    const content = await recordCluster({ client, clock: { now }, progress });
    return withRegistries(flags, { env, now: () => performance.now(), warn, isXrayAsked: xray !== undefined }, (registries) =>
      completedRecording(content, { ...factsOf(sources, xray), ...registries, progress }, content.notes),
    );
  });
}

async function fromFiles(sources: Sources): Promise<FoundRecording> {
  const { flags, surroundings } = sources;
  if (flags.resources === undefined) throw usage('--resources is missing');
  const scans = scansOf(flags, surroundings);
  try {
    const recording = await readRecording({ resources: flags.resources, now: surroundings.now(), ...factsOf(sources, scans) });
    if (recording.facts.size === 0 && hasWorkloads(recording))
      surroundings.stderr.write(`kubexray: nothing is known of any image; ${adviceFor(scans)}\n`);
    // A snapshot has all policies of its moment, but manifests may lie beside it.
    return { recording, knownPolicies: 'some' };
  } finally {
    await scans?.close();
  }
}

function scansOf(flags: RecordingFlags, { env, stderr }: Surroundings): XrayClient | undefined {
  const settings = xraySettings(flags, env);
  for (const warning of settings?.warnings ?? []) stderr.write(`kubexray: ${warning}\n`);
  return settings === undefined ? undefined : createXrayClient(settings.client);
}

function factsOf({ flags: { facts }, watches }: Sources, xray: XrayClient | undefined) {
  return { watches, ...(facts === undefined ? {} : { facts }), ...(xray === undefined ? {} : { scans: xray, violations: xray }) };
}

function adviceFor(scans: XrayClient | undefined): string {
  return scans === undefined
    ? 'give --facts or --xray-url'
    : 'Xray is asked by digest, and none is known: pin images by digest, or give --facts';
}

function hasWorkloads({ cluster }: ReadRecording): boolean {
  return !cluster.workloadKeys()[Symbol.iterator]().next().done;
}

/** That labels of namespaces are not known matters only where something reads them. */
function notesOn({ notes, declared, policies: own }: ReadRecording, given: readonly object[]): readonly string[] {
  const readsLabels = /namespaceSelector|namespaceLabels/.test(JSON.stringify([given, own]));
  const { namespaceNote = '' } = declared ?? {};
  return [...notes, ...(namespaceNote !== '' && readsLabels ? [namespaceNote] : [])];
}
