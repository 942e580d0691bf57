// What the demo looks at in the cluster, and the same as rows of tables: workloads with their pods, policies, findings.
import { stringify } from 'yaml';
import type { Actions, Rule, ViolationStatus } from '../../src/policy/kubexraypolicy.generated.ts';
import type { AdminClient } from '../cluster/admin-client.ts';
import { at } from '../cluster/at.ts';
import { policyStatus } from '../e2e/environment.ts';
import { digestOf, type Image } from '../xray/images.ts';
import type { Column } from './page.ts';

/** A row of a policy's status, and whose. */
export interface Finding extends ViolationStatus {
  readonly policy: string;
}

const registry = 'registry.example.com/';
const kinds = { Deployment: '/apis/apps/v1/deployments', StatefulSet: '/apis/apps/v1/statefulsets', Job: '/apis/batch/v1/jobs' } as const;

interface WorkloadView {
  readonly name: string;
  readonly kind: string;
  readonly image: string;
  readonly wanted: number;
  readonly ready: number;
}

async function workloads(admin: AdminClient): Promise<readonly WorkloadView[]> {
  const lists = Object.entries(kinds).map(async ([kind, path]) => {
    const items = at(await admin.expect('GET', path), 'items');
    return Array.isArray(items) ? items.map((item: unknown) => workloadView(kind, item)) : [];
  });
  return (await Promise.all(lists)).flat();
}

function workloadView(kind: string, object: unknown): WorkloadView {
  const [wanted, ready] = kind === 'Job' ? ['spec.parallelism', 'status.ready'] : ['spec.replicas', 'status.readyReplicas'];
  return {
    name: `${String(at(object, 'metadata.namespace'))}/${String(at(object, 'metadata.name'))}`,
    kind,
    image: String(at(object, 'spec.template.spec.containers.0.image')),
    wanted: Number(at(object, wanted)),
    ready: Number(at(object, ready) ?? 0),
  };
}

/** Returns the pods that are ready of those wanted, such as `shop/api 3/3`, for each workload of the cluster, sorted. */
export async function podCounts(admin: AdminClient): Promise<readonly string[]> {
  return (await workloads(admin)).map(({ name, ready, wanted }) => `${name} ${ready}/${wanted}`).sort();
}

export const workloadColumns: readonly Column[] = [
  { name: 'WORKLOAD', width: 17 },
  { name: 'KIND', width: 11 },
  { name: 'PODS', width: 4 },
  { name: 'IMAGE', width: 26 },
  { name: 'WHAT XRAY KNOWS OF IT', width: 29 },
];

/** Returns a row for each workload of the cluster. */
export async function workloadRows(admin: AdminClient, images: readonly Image[]): Promise<readonly (readonly string[])[]> {
  const views = await workloads(admin);
  const sorted = views.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return sorted.map(({ name, kind, ready, image }) => [name, kind, String(ready), image.replace(registry, ''), knownOf(image, images)]);
}

function knownOf(image: string, images: readonly Image[]): string {
  const known = images.find(({ digest }) => digest === digestOf(image));
  if (known === undefined) return 'nothing: never scanned';
  const issues = known.issues.map(({ id, cve, severity, malicious }) =>
    malicious === true ? `malicious package, ${id}` : `${cve ?? id} (${severity})`,
  );
  const licenses = known.licenses.map((license) => (typeof license === 'string' ? license : license.name));
  return issues.length > 0 ? issues.join(', ') : `no issue; ${licenses.join(', ')}`;
}

export const ruleColumns: readonly Column[] = [
  { name: 'RULE', width: 17 },
  { name: 'ASKS', width: 49 },
  { name: 'ACTIONS', width: 26 },
];

/** Returns a row for each rule of a policy as its file has it. */
export function ruleRows(rules: readonly Rule[]): readonly (readonly string[])[] {
  return rules.map(({ name, use, rego, parameters, actions }) => {
    const source = use ?? `${rego?.trimEnd().split('\n').length} lines of Rego`;
    return [name, parameters === undefined ? source : `${source} ${inOneLine(parameters)}`, inOneLine(actions ?? {}).slice(1, -1)];
  });
}

function inOneLine(value: Actions | Readonly<Record<string, unknown>>): string {
  return stringify(value, { collectionStyle: 'flow', lineWidth: 0, flowCollectionPadding: false }).trimEnd();
}

/** Returns the findings of these policies, in the order of their statuses. */
export async function findingsOf(admin: AdminClient, policies: readonly string[]): Promise<readonly Finding[]> {
  const lists = policies.map(async (policy) => ((await policyStatus(admin, policy)).violations ?? []).map((row) => ({ policy, ...row })));
  return (await Promise.all(lists)).flat();
}

/** Returns a finding without what differs from run to run, such as `production/no-high shop/ledger ScaleDown Confirmed`. */
export function findingLine({ policy, rule, workload, action, outcome, reason = '' }: Finding): string {
  return [`${policy}/${rule}`, `${workload.namespace}/${workload.name}`, action, outcome, reason].join(' ').trimEnd();
}

export const findingColumns: readonly Column[] = [
  { name: 'WORKLOAD', width: 17 },
  { name: 'POLICY, RULE', width: 17 },
  { name: 'FOUND', width: 35 },
  { name: 'DONE', width: 21 },
];

/** Returns what the table says of a finding: the status' own words, and plainer ones. */
export function findingRow(finding: Finding): readonly string[] {
  const { workload, policy, rule, message, image = '', action, outcome, reason = '' } = finding;
  const status = reason === '' ? `${action} ${outcome}` : `${outcome}, ${reason}`;
  // Which image a workload runs is said before.
  const found = message.replace(`${image} `, '');
  return [`${workload.namespace}/${workload.name}\n${workload.kind}`, `${policy}\n${rule}`, found, `${plainWords(finding)}\n${status}`];
}

function plainWords({ action, outcome }: Finding): string {
  if (outcome === 'Confirmed') return action === 'Delete' ? 'deleted' : 'scaled to zero';
  if (outcome === 'WouldAct') return action === 'Delete' ? 'would be deleted' : 'would go to zero';
  return outcome === 'Held' ? 'left alone' : 'reported';
}
