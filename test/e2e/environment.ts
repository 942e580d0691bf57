// A real control plane, Xray's stand-in and the controller as its own process under its own ServiceAccount: what every end-to-end test stands on.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KubeXrayPolicySpec, KubeXrayPolicyStatus, ViolationStatus } from '../../src/policy/kubexraypolicy.generated.ts';
import type { AdminClient } from '../cluster/admin-client.ts';
import { at } from '../cluster/at.ts';
import { type ControlPlane, startControlPlane } from '../cluster/control-plane.ts';
import { applyManifests } from '../cluster/manifests.ts';
import { waitFor } from '../cluster/wait-for.ts';
import { startXray, type XrayStandIn } from '../xray/stand-in.ts';
import { type ControllerProcess, type ControllerProcessOptions, startControllerProcess } from './controller-process.ts';

export interface Environment {
  readonly cluster: ControlPlane;
  readonly admin: AdminClient;
  readonly xray: XrayStandIn;
  /** Starts another controller process, after the one before was ended. */
  readonly startController: (options?: Pick<ControllerProcessOptions, 'flags' | 'registries' | 'cli'>) => Promise<ControllerProcess>;
  readonly stop: () => Promise<void>;
}

/** Starts control plane and stand-in, installs the resource and the controller's account. The controller is started by the test. */
export async function startEnvironment(options: { readonly images?: string } = {}): Promise<Environment> {
  const directory = await mkdtemp(join(tmpdir(), 'kubexray-e2e-'));
  const [cluster, xray] = await Promise.all([
    startControlPlane(),
    startXray(options.images === undefined ? {} : { directory: options.images }),
  ]);
  const { admin } = cluster;
  const kubeconfigPath = join(directory, 'kubeconfig');
  const xrayTokenFile = join(directory, 'xray-token');
  await installController(admin);
  await admin.writeKubeconfig(kubeconfigPath, await admin.tokenFor('kubexray', 'kubexray'));
  // With the line end that an editor leaves.
  await writeFile(xrayTokenFile, `${xray.login().token}\n`);
  const controllers: ControllerProcess[] = [];
  return {
    cluster,
    admin,
    xray,
    startController: async (more = {}) => {
      const controller = await startControllerProcess({ kubeconfigPath, xrayUrl: xray.url, xrayTokenFile, ...more });
      controllers.push(controller);
      return controller;
    },
    stop: async () => {
      await Promise.all(controllers.map((controller) => controller.end('SIGKILL')));
      await Promise.all([cluster.stop(), xray.close()]);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Applies the CRD and what the controller may do, as the README says. */
export async function installController(admin: AdminClient): Promise<void> {
  const read = (path: string) => readFile(new URL(`../../${path}`, import.meta.url), 'utf8');
  await applyManifests(admin, await read('crds/kubexraypolicies.yaml'));
  await admin.createNamespace('kubexray');
  await applyManifests(admin, await read('deploy/rbac.yaml'));
}

export type ScalableKind = 'Deployment' | 'StatefulSet';

export interface WorkloadManifest {
  readonly kind?: ScalableKind;
  readonly namespace: string;
  readonly name: string;
  readonly image: string;
  readonly replicas?: number;
  /** Of the pod template; see the runner of the test cluster. */
  readonly annotations?: Readonly<Record<string, string>>;
  readonly spec?: object;
}

/** A Deployment or StatefulSet; without `replicas` it is as if the author leaves the count to others. */
export function workloadManifest(options: WorkloadManifest): object {
  const { kind = 'Deployment', namespace, name, image, replicas, annotations = {}, spec = {} } = options;
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { namespace, name },
    spec: {
      ...(replicas === undefined ? {} : { replicas }),
      selector: { matchLabels: labels },
      template: { metadata: { labels, annotations }, spec: { containers: [{ name: 'main', image }] } },
      ...spec,
    },
  };
}

export interface ObjectName {
  readonly kind?: ScalableKind;
  readonly namespace: string;
  readonly name: string;
}

export function workloadPath({ kind = 'Deployment', namespace, name }: ObjectName): string {
  return `/apis/apps/v1/namespaces/${namespace}/${kind.toLowerCase()}s/${name}`;
}

/** Applies a workload and returns at once: a policy may take it to zero before its pods run. */
export async function submit(admin: AdminClient, workload: WorkloadManifest): Promise<void> {
  await applyManifests(admin, [workloadManifest(workload)]);
}

/** Applies a workload and returns when all its pods run. */
export async function deploy(admin: AdminClient, workload: WorkloadManifest): Promise<void> {
  await submit(admin, workload);
  const { replicas = 1 } = workload;
  const ready = async () => at(await admin.expect('GET', workloadPath(workload)), 'status.readyReplicas') === replicas;
  await waitFor(ready, { what: `${workload.name} ready` });
}

/** Replicas wanted and pods there, or `gone`. */
export async function scaleOf(admin: AdminClient, name: ObjectName): Promise<unknown> {
  const { status, body } = await admin.request('GET', workloadPath(name));
  if (status === 404) return 'gone';
  return { replicas: at(body, 'spec.replicas'), pods: at(body, 'status.replicas') ?? 0 };
}

export function policyPath(name: string): string {
  return `/apis/kubexray.io/v1alpha1/kubexraypolicies/${name}`;
}

/** Applies a policy. */
export async function applyPolicy(admin: AdminClient, name: string, spec: KubeXrayPolicySpec): Promise<void> {
  await admin.apply(policyPath(name), { apiVersion: 'kubexray.io/v1alpha1', kind: 'KubeXrayPolicy', metadata: { name }, spec });
}

export async function policyStatus(admin: AdminClient, name: string): Promise<KubeXrayPolicyStatus> {
  const status = at(await admin.expect('GET', policyPath(name)), 'status') ?? {};
  // The API server holds it against the CRD, from which the type is made.
  return status as KubeXrayPolicyStatus;
}

/** Returns once the policy's newest generation was judged on every workload. */
export async function evaluated(admin: AdminClient, name: string): Promise<KubeXrayPolicyStatus> {
  const ask = async () => {
    const policy = await admin.expect('GET', policyPath(name));
    const status = await policyStatus(admin, name);
    const isReady = condition(status, 'Ready')?.status === 'True' && status.observedGeneration === at(policy, 'metadata.generation');
    return isReady ? status : undefined;
  };
  return waitFor(ask, { what: `policy ${name} ready` });
}

export function condition(status: KubeXrayPolicyStatus, type: string) {
  return status.conditions?.find((found) => found.type === type);
}

/** Returns the rows of a workload, once one of them has the outcome. */
export async function rowsWithOutcome(
  admin: AdminClient,
  { policy, workload, outcome }: { readonly policy: string; readonly workload: string; readonly outcome: ViolationStatus['outcome'] },
): Promise<readonly ViolationStatus[]> {
  const ask = async () => {
    const rows = (await policyStatus(admin, policy)).violations?.filter((row) => row.workload.name === workload) ?? [];
    return rows.some((row) => row.outcome === outcome) ? rows : undefined;
  };
  return waitFor(ask, { what: `${outcome} of ${workload} in policy ${policy}` });
}
