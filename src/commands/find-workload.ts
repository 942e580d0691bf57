// From what a person calls a workload to its key: KIND/NAMESPACE/NAME, short names of kinds included. Pure.
import type { Cluster, WorkloadRef } from '../facts/cluster.ts';
import { compareTexts } from '../facts/compare-texts.ts';
import { gatherWorkload } from '../facts/workload.ts';
import { Failure } from '../failure.ts';
import { usage } from './settings.ts';

export interface NamedWorkload {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** As kubectl has them, in lower case; a kind that is not here is compared without regard to case. */
const kinds: Readonly<Record<string, string>> = {
  ...{ deploy: 'deployment', deployments: 'deployment', sts: 'statefulset', statefulsets: 'statefulset' },
  ...{ ds: 'daemonset', daemonsets: 'daemonset', rs: 'replicaset', replicasets: 'replicaset' },
  ...{ po: 'pod', pods: 'pod', cj: 'cronjob', cronjobs: 'cronjob', jobs: 'job' },
};
const knownKinds: ReadonlySet<string> = new Set(Object.values(kinds));
const shortKinds = 'deploy, sts, ds, rs, job, cj, po';
const shownNames = 5;

/** Reads KIND/NAMESPACE/NAME. Throws `Failure` when it is not that. */
export function parseWorkloadName(text: string): NamedWorkload {
  const [word = '', namespace = '', name = '', ...more] = text.split('/');
  // kubectl prints `deployment.apps/…`.
  const [kind = ''] = word.split('.');
  if (kind === '' || namespace === '' || name === '' || more.length > 0)
    throw usage(`give the workload as KIND/NAMESPACE/NAME, not ${text}`);
  return { kind, namespace, name };
}

/**
 * Returns the key of the workload of this name, or of the one that a pod, ReplicaSet or Job of this name belongs to. Throws `Failure`
 * that lists the nearest names when there is none.
 */
export function findWorkload(cluster: Cluster, wanted: NamedWorkload): string {
  const keys = [...cluster.workloadKeys()];
  const workloads = keys.flatMap((key) => {
    const ref = gatherWorkload(cluster, key)?.ref;
    return ref === undefined ? [] : [{ key, ref }];
  });
  const isWanted = ({ kind, namespace, name }: NamedWorkload): boolean =>
    folded(kind) === folded(wanted.kind) && namespace === wanted.namespace && name === wanted.name;
  const found = workloads.find(({ ref }) => isWanted(ref)) ?? workloads.find(({ key }) => partsOf(cluster, key).some(isWanted));
  if (found !== undefined) return found.key;
  // A workload may be of a kind that only its owner tells, such as Rollout.
  const isKind = workloads.some(({ ref }) => folded(ref.kind) === folded(wanted.kind)) || knownKinds.has(folded(wanted.kind));
  if (!isKind) throw usage(`unknown kind \`${wanted.kind}\`; workloads are ${shortKinds}`);
  throw new Failure(
    `find ${nameOf(wanted)}: there is no such workload${suggestion(
      workloads.map(({ ref }) => ref),
      wanted,
    )}`,
    {
      ...{ retry: 'never', reason: 'NotFound' },
    },
  );
}

function partsOf(cluster: Cluster, key: string): readonly NamedWorkload[] {
  const { pods, controllers } = cluster.below(key);
  return [...pods, ...controllers];
}

function suggestion(refs: readonly WorkloadRef[], wanted: NamedWorkload): string {
  const distance = (ref: NamedWorkload): number =>
    editDistance(ref.name, wanted.name) +
    2 * editDistance(ref.namespace, wanted.namespace) +
    (folded(ref.kind) === folded(wanted.kind) ? 0 : 1);
  const near = refs
    .map((ref) => ({ name: nameOf(ref), distance: distance(ref) }))
    .sort((a, b) => a.distance - b.distance || compareTexts(a.name, b.name))
    .slice(0, shownNames)
    .map(({ name }) => name);
  return near.length === 0 ? ', nor any other' : `; the nearest are ${near.join(', ')}`;
}

function folded(kind: string): string {
  const lower = kind.toLowerCase();
  return kinds[lower] ?? lower;
}

function nameOf({ kind, namespace, name }: NamedWorkload): string {
  return `${kind}/${namespace}/${name}`;
}

/** How many letters have to be put in, left out or changed. Names have 253 letters at most. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...b].entries()) {
      const changed = (row[j] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min((row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1, changed));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
