// Sets the scene of the storm test: control plane, stand-in behind a tap, controller, policies, and the first workloads. Starts processes.
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { at } from '../cluster/at.ts';
import { waitFor } from '../cluster/wait-for.ts';
import type { Fault } from '../xray/faults.ts';
import type { ControllerProcess } from './controller-process.ts';
import { applyPolicy, type Environment, startEnvironment } from './environment.ts';
import { backgroundFaults } from './storm-faults.ts';
import { type Content, digestOfRef, Fleet, type Member, namespaces, type StormNamespace } from './storm-fleet.ts';
import { createStir, type Stir } from './storm-stir.ts';
import { startTap, type Tap } from './storm-tap.ts';
import type { StormRule } from './storm-told.ts';
import { startWitness, type Witness } from './storm-witness.ts';

/** The watch that a policy of the storm names, and that webhooks name. */
export const watchName = 'storm-legal';
/** The policy that is about nothing but what the watch lists; it does nothing. */
export const watchPolicy = 'watched';

export const webhookToken = 'storm-webhook-token';
/** Facts are asked for again after half of it: often enough for the limiter to have something to hold back. */
export const maxAgeMs = 8_000;

export interface Storm {
  readonly environment: Environment;
  readonly controller: ControllerProcess;
  readonly tap: Tap;
  readonly witness: Witness;
  readonly fleet: Fleet;
  readonly stir: Stir;
  readonly tokens: Set<string>;
  /** Gives the controller another token for Xray; the one before is good for nothing any more. */
  readonly rotateToken: () => Promise<void>;
  /** Ends the faults of what is asked in the background. */
  readonly liftBackground: () => void;
  readonly stop: () => Promise<void>;
}

const rule = (name: StormRule, use: string, action: 'ScaleDown' | 'Delete', parameters = {}) => ({
  ...{ name, use, parameters },
  actions: { deployments: action, statefulSets: action },
});

/** Of the storm, by name: what they are about, and their rules. */
export const policies: Readonly<Record<string, { readonly namespaces: string[]; readonly rules: ReturnType<typeof rule>[] }>> = {
  high: { namespaces: ['storm-*'], rules: [rule('no-high', 'security', 'ScaleDown')] },
  agpl: { namespaces: ['storm-agpl'], rules: [rule('no-agpl', 'license', 'Delete', { denied: ['AGPL-*'] })] },
  unscanned: {
    namespaces: ['storm-unscanned'],
    rules: [rule('unscanned', 'unscanned', 'ScaleDown', { gracePeriod: '0s', countUnchecked: true })],
  },
};

/** Starts everything; no workload is there yet. */
export async function begin(random: () => number): Promise<Storm> {
  const environment = await startEnvironment();
  const { admin, xray, cluster } = environment;
  const directory = await mkdtemp(join(tmpdir(), 'kubexray-storm-'));
  const [tokenFile, webhookTokenFile] = [join(directory, 'token'), join(directory, 'webhook-token')];
  const tokens = new Set<string>();
  const rotateToken = async (): Promise<void> => {
    const token = `storm-token-${tokens.size}`;
    tokens.add(token);
    xray.setToken(token);
    // As the kubelet does it: whoever reads meanwhile reads the one or the other.
    await writeFile(`${tokenFile}.new`, `${token}\n`);
    await rename(`${tokenFile}.new`, tokenFile);
  };
  await rotateToken();
  await writeFile(webhookTokenFile, webhookToken);
  const tap = await startTap(xray.url);
  const witness = startWitness(cluster);
  for (const namespace of namespaces) await admin.createNamespace(namespace);
  for (const [name, { namespaces: matched, rules }] of Object.entries(policies))
    await applyPolicy(admin, name, {
      mode: 'Enforce',
      match: { namespaces: matched },
      facts: { maxAge: `${maxAgeMs / 1000}s` },
      rules: rules as [(typeof rules)[number]],
    });
  xray.setWatch({ name: watchName, policies: [{ name: 'no-copyleft', bannedLicenses: ['AGPL-3.0'] }] });
  await applyPolicy(admin, watchPolicy, {
    mode: 'DryRun',
    match: { namespaces: ['storm-high'] },
    facts: { maxAge: '10m', watches: [watchName] },
    rules: [{ name: 'licenses', use: 'license', parameters: { useXrayViolations: true } }],
  });
  const lifts = backgroundFaults.map((fault) => xray.inject(fault));
  const liftBackground = () => {
    for (const lift of lifts) lift();
  };
  const flags = ['--xray-url', tap.url, '--xray-token-file', tokenFile];
  const webhookFlags = ['--webhook-port', '0', '--webhook-insecure', '--webhook-token-file', webhookTokenFile];
  const controller = await environment.startController({ flags: [...flags, ...webhookFlags] });
  const started = controller.log().find((line) => line.includes('"controller started"')) ?? '';
  const webhookUrl = `http://127.0.0.1:${at(JSON.parse(started), 'webhookPort')}/webhook`;
  const fleet = new Fleet({ admin, xray, random, registry: tap.host });
  const stir = createStir({ fleet, xray, witness, random, webhookUrl, webhookToken, watch: watchName });
  const stop = async () => {
    await witness.close();
    await Promise.all([environment.stop(), tap.close()]);
    await rm(directory, { recursive: true, force: true });
  };
  return { environment, controller, tap, witness, fleet, stir, tokens, rotateToken, liftBackground, stop };
}

/** A workload whose image Xray knows, or does not, and none of it ever gets through. */
export interface Hidden {
  readonly member: Member;
  readonly lift: () => void;
}

/** Workloads that the storm itself leaves alone. */
export interface Steady {
  /** What is said of its image alone is spoilt. */
  readonly hidden: Hidden;
  /** Every answer is spoilt that would speak of their images, from the beginning to the end: they must not keep others from being known. */
  readonly poison: readonly Hidden[];
  /** Clean, and then Xray drops what it knew of its image. */
  readonly forgotten: Member;
  /** Violated from the beginning to the end. */
  readonly vulnerable: Member;
}

/** Makes the first workloads, and returns when Xray has said something. */
export async function settle({ environment: { xray }, fleet, tap }: Storm): Promise<Steady> {
  const [forgotten, vulnerable] = [fleet.newImage('clean'), fleet.newImage('high')];
  const add = (namespace: StormNamespace, ref: string) => fleet.add({ namespace, ref, role: 'fixed', kind: 'Deployment' });
  const steady = { forgotten: await add('storm-unscanned', forgotten), vulnerable: await add('storm-high', vulnerable) };
  for (const namespace of namespaces) await fleet.add({ namespace, ref: fleet.newImage('clean') });
  await waitFor(() => tap.told(digestOfRef(forgotten)).length > 0, { what: 'the first answer' });
  const hide = async (namespace: StormNamespace, content: Content, fault: Fault): Promise<Hidden> => {
    const ref = fleet.newImage(content);
    const lift = xray.inject({ ...fault, digest: digestOfRef(ref) });
    return { member: await add(namespace, ref), lift };
  };
  // Of several faults the first strikes: one that spoils a part of an answer must not let another's through, so it comes last.
  const poison = [
    await hide('storm-agpl', 'agpl', { kind: 'status', status: 504 }),
    await hide('storm-unscanned', 'unknown', { kind: 'truncated', ending: 'end' }),
    // Each question about it hangs for 20 s, a look whether Xray is back as well.
    await hide('storm-unscanned', 'unknown', { kind: 'silence' }),
  ];
  return { ...steady, poison, hidden: await hide('storm-agpl', 'agpl', { kind: 'wrongShape', shape: 'issuesAbsent' }) };
}
